"""Waits for many connections at once. A watch ends with an event; any thread may renew it."""

import select
from typing import Protocol


class Poller(Protocol):
    """``poll`` returns a file once it can be read. After that, its watch must be renewed."""

    def add(self, file: int) -> None: ...

    def renew(self, file: int, *, for_writing: bool = False) -> None:
        """Raises OSError if the file was forgotten meanwhile."""

    def poll(self, timeout_seconds: float) -> list[int]: ...

    def forget(self, file: int) -> None: ...


class EpollPoller:
    """Linux."""

    def __init__(self) -> None:
        self._epoll = select.epoll()

    def add(self, file: int) -> None:
        self._epoll.register(file, select.EPOLLIN | select.EPOLLONESHOT)

    def renew(self, file: int, *, for_writing: bool = False) -> None:
        event = select.EPOLLOUT if for_writing else select.EPOLLIN
        self._epoll.modify(file, event | select.EPOLLONESHOT)

    def poll(self, timeout_seconds: float) -> list[int]:
        return [file for file, _ in self._epoll.poll(timeout_seconds)]

    def forget(self, file: int) -> None:
        self._epoll.unregister(file)


class KqueuePoller:
    """macOS and the BSDs."""

    def __init__(self) -> None:
        self._kqueue = select.kqueue()  # type: ignore[attr-defined, unused-ignore]

    def add(self, file: int) -> None:
        self.renew(file)

    def renew(self, file: int, *, for_writing: bool = False) -> None:
        wanted = select.KQ_FILTER_WRITE if for_writing else select.KQ_FILTER_READ  # type: ignore[attr-defined, unused-ignore]
        flags = select.KQ_EV_ADD | select.KQ_EV_ONESHOT  # type: ignore[attr-defined, unused-ignore]
        self._kqueue.control([select.kevent(file, wanted, flags)], 0)  # type: ignore[attr-defined, unused-ignore]

    def poll(self, timeout_seconds: float) -> list[int]:
        return [event.ident for event in self._kqueue.control(None, 256, timeout_seconds)]

    def forget(self, file: int) -> None:
        """The watch ends when the file is closed."""


def new_poller() -> Poller:
    return EpollPoller() if hasattr(select, "epoll") else KqueuePoller()
