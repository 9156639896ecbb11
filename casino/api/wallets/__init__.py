"""The internal wallet service's dialect: ``/api/v1``, and an older version of it at the root.

Both serve the same wallets of the same assets (contract, section 5). ``/api/v1`` writes amounts as
integers of the asset's smallest unit, the root service as numbers of whole units. For an asset
without decimals, these are the same numbers.
"""
