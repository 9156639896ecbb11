"""Read-only questions about play and money, each with the definition of its figures.

All figures come from the ledger. Where a question spans millions of transactions, it is answered
from summaries that are filled from the ledger behind a watermark (``summary``), and from the ledger
itself beyond that watermark. Nothing here is called while money moves.
"""
