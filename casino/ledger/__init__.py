"""The money core. It knows nothing of HTTP, sessions or games."""
