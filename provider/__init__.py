"""The game provider: runs the games, and moves money only with signed calls to the casino."""
