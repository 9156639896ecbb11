"""Everything that a caller can ask for, independent of the API's dialects."""
