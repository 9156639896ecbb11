"""Certifies a provider: plays a casino that misbehaves, and judges what the provider does.

cases.toml  what goes wrong, and what must hold afterwards
native      the contract of launch, simulate and the callbacks, in one file
casino      a casino with books of its own and a plan of faults
checks      what must hold
trial       one round under one plan of faults
"""

COMMAND = "provider"
"""`scripts/certify provider …`."""
