"""How callers speak to the casino: a folder per dialect; none imports another."""
