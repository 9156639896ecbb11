"""The money core. It knows nothing about HTTP, sessions or games."""
