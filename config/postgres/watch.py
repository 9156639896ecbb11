"""Remembers that a database server is unavailable, so that only the first requests wait for it.

Only servers that another one can replace are watched: a primary with a replica, and the replica.
No server is asked as long as nobody suspects that it is unavailable.
"""

import logging
import threading
from collections.abc import Callable
from time import monotonic, sleep

import psycopg

from config.postgres.identity import Identity

logger = logging.getLogger(__name__)

ANSWERS_WITHIN_SECONDS = 2.0
ASKED_EVERY_SECONDS = 1.0


class ServerAway(psycopg.OperationalError):
    """The server did not answer when it was last asked, a second ago or less."""

    def __init__(self) -> None:
        super().__init__("PostgreSQL is away; it is asked every second whether it is back")


class Watch:
    """Whether one server is unavailable. While it is, a thread asks it again every second.

    ``ask`` makes a connection of its own and raises psycopg.Error if the server does not answer.
    ``identity`` is of the server that the newest connection reached; None as long as there is none.
    """

    def __init__(self, name: str, ask: Callable[[], None]) -> None:
        self._name, self._ask = name, ask
        self._changed = threading.Condition()
        self._is_asking = False
        self._asked_at = self._heard_at = 0.0
        self._distrusted = ""
        self.is_away = False
        self.identity: Identity | None = None

    def distrust(self, why: str) -> None:
        """Log why the server is not used although it answers. Blank: nothing speaks against it."""
        if why and why != self._distrusted:
            logger.warning("the %s is not used: it %s", self._name, why)
        self._distrusted = why

    def hear(self) -> None:
        """The server has just answered, so it is available even if it accepts nobody else."""
        self._heard_at = monotonic()

    def require(self) -> None:
        """Raises ServerAway."""
        if self.is_away:
            raise ServerAway

    def suspect(self) -> None:
        """Find out in the background whether the server is unavailable."""
        with self._changed:
            was_just_asked = monotonic() - self._asked_at < ASKED_EVERY_SECONDS
            if was_just_asked or self._is_asking:
                return
            self._is_asking = True
        threading.Thread(target=self._ask_until_it_answers, name=self._name, daemon=True).start()

    def is_found_away(self) -> bool:
        """Find out whether the server is unavailable. Takes up to ANSWERS_WITHIN_SECONDS."""
        self.suspect()
        with self._changed:
            self._changed.wait_for(
                lambda: self.is_away or not self._is_asking, timeout=ANSWERS_WITHIN_SECONDS
            )
            if self._is_asking:
                self._set(is_away=True)
            return self.is_away

    def _ask_until_it_answers(self) -> None:
        while not self._answers():
            with self._changed:
                self._set(is_away=True)
            sleep(ASKED_EVERY_SECONDS)
        with self._changed:
            self._is_asking = False
            self._set(is_away=False)

    def _answers(self) -> bool:
        self._asked_at = monotonic()
        try:
            self._ask()
        except (psycopg.Error, OSError) as error:
            logger.debug("the %s does not answer: %s", self._name, error)
            return self._heard_at > self._asked_at
        return True

    def _set(self, *, is_away: bool) -> None:
        if self.is_away != is_away:
            logger.warning("the %s is %s", self._name, "away" if is_away else "back")
        self.is_away = is_away
        self._changed.notify_all()
