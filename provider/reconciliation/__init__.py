"""Compares the journal with the casino's books, names every difference, repairs what is safe."""
