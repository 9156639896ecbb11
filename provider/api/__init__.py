"""What a casino calls."""
