"""Holds the journal against the casino's books, names every difference, mends what is safe."""
