"""How callers speak to the casino. Each dialect has a folder, and none imports another."""
