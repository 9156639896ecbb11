"""For scale: the debit as an ordinary Django REST framework project has it, and a view of nothing.

Never part of the product. It writes the same rows of the same tables, so that the audit holds.
"""
