"""Lets a person try the wallet service by hand. It knows only what the service says over HTTP."""
