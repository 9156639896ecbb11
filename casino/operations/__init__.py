"""What a caller can ask for: one function each, keyword-only, whatever dialect it was asked in."""
