"""The server: HTTP/1.1 and WSGI. Slow and idle clients hold no thread.

One thread per process reads from all connections (`loop`), and llhttp parses (`requests`). A
request goes to a thread of the pool once it is complete, or has failed because its body is too
slow, too large or cut off. Health checks have threads of their own. The `crew` takes requests that
can be finished together, several with one thread. `supervisor` keeps the worker processes running.

HTTP/2 and TLS are left to a proxy. Nothing here depends on Django or the services.
"""
