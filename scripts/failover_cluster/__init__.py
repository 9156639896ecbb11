"""Builds the cluster of `deploy/ha` on this machine, lets parts of it fail under load, and reports.

The configuration files are those of `deploy/ha` and `deploy/pgbouncer.ini`, with the addresses and
passwords of this run in the environment. Everything listens on loopback, runs as an unprivileged
user, and ends with the run; so does the temporary folder that it lives in.
"""
