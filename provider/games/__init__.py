"""Games and what they pay. Pure."""
