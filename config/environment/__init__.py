"""How settings are read: from the process's environment and from `.env`, strictly.

`dotenv` needs the standard library only: the scripts read `.env` before any package is installed.
"""
