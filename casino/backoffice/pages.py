"""Brings the back office's pages, cards and links into the admin."""


def register() -> None:
    """Import what registers itself; called when the models are ready."""
