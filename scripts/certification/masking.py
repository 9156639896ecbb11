"""Keeps secrets out of everything that is shown or stored: evidence, terminal, error messages."""

import base64
import json
import threading
from urllib.parse import quote, quote_plus

LONGEST_SHOWN = 4_000
"""Characters of a body that evidence keeps."""


class Masker:
    """Replaces secret values by ``***NAME***``, in whatever way they are written."""

    def __init__(self) -> None:
        self._masks: dict[str, str] = {}
        self._longest_first: tuple[tuple[str, str], ...] = ()
        self._lock = threading.Lock()

    def hide(self, value: str, name: str) -> None:
        """Mask ``value`` from now on. An empty value hides nothing."""
        if not value:
            return
        mask = f"***{name}***"
        in_base64 = base64.b64encode(value.encode()).decode()
        with self._lock:
            for written in (
                value,
                json.dumps(value)[1:-1],
                json.dumps(value, ensure_ascii=False)[1:-1],
                quote(value, safe=""),
                quote_plus(value),
                in_base64,
            ):
                self._masks.setdefault(written, mask)
            # One secret may be part of another.
            self._longest_first = tuple(sorted(self._masks.items(), key=lambda each: -len(each[0])))

    def text(self, text: str) -> str:
        for value, mask in self._longest_first:
            text = text.replace(value, mask)
        return text

    def shows_whole(self, body: bytes) -> bool:
        """Whether ``body`` gives a text from which the same bytes can be made again."""
        try:
            return len(self.text(body.decode())) <= LONGEST_SHOWN
        except UnicodeDecodeError:
            return False

    def body(self, body: bytes) -> str:
        """A body as text, masked, and cut if it is very long."""
        text = self.text(body.decode("utf-8", "backslashreplace"))
        if len(text) <= LONGEST_SHOWN:
            return text
        return f"{text[:LONGEST_SHOWN]}… ({len(body):,} bytes)"
