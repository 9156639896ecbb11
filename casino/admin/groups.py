"""The headings that the casino's tables are listed under, in order."""

PLAYERS = (1, "players")
LEDGER = (2, "ledger")
PLAY = (3, "play")
CATALOGUE = (4, "catalogue")
ACCESS = (5, "access")
