"""Packages that a command imports and that need neither settings nor the environment for that.

prometheus_client is none of them: the environment tells it where several processes count together.
The process from which commands are forked imports this module first (``tests/processes.py``).
"""

import gc
from importlib import import_module

PACKAGES = (
    "cryptography.fernet",
    "django.contrib.admin",
    "django.contrib.postgres.search",
    "django.core.handlers.wsgi",
    "django.core.management.commands.migrate",
    "django.core.servers.basehttp",
    "django.db.backends.postgresql.base",
    "django.template.defaulttags",
    "django.test",
    "django.views.generic",
    "drf_spectacular.utils",
    "environ",
    "httptools",
    "msgspec",
    "psutil",
    "psycopg_pool",
    "requests",
    "uritemplate",
    "whitenoise",
    "yaml",
)

for each in PACKAGES:
    import_module(each)
gc.freeze()  # what a fork's garbage collector does not touch, the fork does not copy
