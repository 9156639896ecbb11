"""Reads settings strictly, from the process's environment and from `.env`.

`dotenv` needs only the standard library: the scripts read `.env` before any package is installed.
"""
