"""The game page that a player sees."""
