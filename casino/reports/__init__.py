"""Reports about play and money, each with the definition of its figures. They only read.

All figures come from the ledger. A report over millions of transactions reads summaries up to a
watermark (see ``summary``) and the ledger itself beyond it. Nothing here is called while money
moves.
"""
