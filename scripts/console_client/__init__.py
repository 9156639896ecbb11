"""Lets you try the wallet service by hand. It only knows what the service says over HTTP."""
