"""Django's PostgreSQL backend, with additions: above all, it knows if a COMMIT is uncertain."""
