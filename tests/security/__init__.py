"""How the service can be attacked, and what protects it."""
