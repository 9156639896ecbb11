"""The game provider: runs the games, and moves money only by signed calls to the casino."""
