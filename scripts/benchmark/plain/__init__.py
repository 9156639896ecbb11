"""For comparison: the debit as an ordinary Django REST framework project has it, and a no-op view.

It is not part of the product. It writes the same rows into the same tables, so that audits pass.
"""
