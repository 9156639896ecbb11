"""Measures the money path against what PostgreSQL, the server and plain Django do by themselves.

Everything runs on one machine and alternates, so that its drift hits all alike: ratios within one
run are what counts. A run after which the ledger does not hold, or lacks a cent, fails.
"""
