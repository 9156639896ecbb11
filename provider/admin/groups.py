"""The headings of the provider's tables, in their order."""

PLAY = (1, "play")
JOURNAL = (2, "journal")
CATALOGUE = (3, "catalogue")
