"""The headings that the provider's tables stand under, in their order."""

PLAY = (1, "play")
JOURNAL = (2, "journal")
CATALOGUE = (3, "catalogue")
