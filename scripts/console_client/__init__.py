"""A person tries the wallet service by hand. Knows of it only what comes over HTTP."""
