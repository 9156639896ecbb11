"""Compares the money path with PostgreSQL, the server and plain Django by themselves.

Everything runs on one machine and takes turns, so that the machine's drift affects all alike: only
ratios within one run count. A run fails if the ledger is broken or a cent is missing afterwards.
"""
