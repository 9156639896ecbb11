"""Granian, which begins a worker anew as often as it dies.

Granian by itself ends the whole server when a worker dies twice within seconds, as it does where
memory runs short; and nobody is there to begin the server anew.
"""

import time
from typing import Any

from granian.server.mp import MPServer

CALM_SECONDS = 5.0
PAUSE_SECONDS = 1.0


class LastingServer(MPServer):
    """A worker that dies again at once is begun after a pause: it may do so for ever."""

    _respawned_at = 0.0

    def _respawn_workers(self, *arguments: Any, **named: Any) -> None:
        if time.monotonic() - self._respawned_at < CALM_SECONDS:
            time.sleep(PAUSE_SECONDS)
        super()._respawn_workers(*arguments, **named)
        self._respawned_at = time.monotonic()
        self.respawned_wrks.clear()  # what Granian judges a crash loop by
