"""The aggregator's dialect: /event, /wallet, /players (contract, section 4)."""
