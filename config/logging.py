"""Logging: one line per event, with the request's id and without secrets.

``LOG_FORMAT=json`` is for machines and the default outside demo mode; ``plain`` is for people.
"""

import logging
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from config.wire.hush import hush
from config.wire.request_id import current_request_id

JSON, PLAIN = "json", "plain"
FORMATS = (JSON, PLAIN)
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

_NO_REQUEST = "-"


class RequestId(logging.Filter):
    """Adds the id of the current request to every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id() or _NO_REQUEST
        return True


class OncePerSecond(logging.Filter):
    """Passes the first record of each second from one line of code, and drops the others."""

    def __init__(self, name: str = "") -> None:
        super().__init__(name)
        self._passed_at: dict[tuple[str, int], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        line = (record.pathname, record.lineno)
        if record.created - self._passed_at.get(line, 0.0) < 1.0:
            return False
        self._passed_at[line] = record.created
        return True


class _Hushed(logging.Formatter):
    """Masks secrets in the message, the traceback and the stack."""

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # another handler may have set it, without masking
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        record.message = hush(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        return hush(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802 - logging's name
        return hush(super().formatStack(stack_info))


def _visible(text: str) -> str:
    """Escape characters that cannot be seen, as Python does: control characters, terminal escapes,
    line separators, marks that change the direction of writing."""
    if text.isprintable():
        return text
    return "".join(
        character
        if character.isprintable()
        else character.encode("unicode_escape", "surrogatepass").decode("ascii")
        for character in text
    )


def _indented(text: str) -> str:
    return "\n".join(f"    {_visible(line)}" for line in text.split("\n"))


class PlainFormatter(_Hushed):
    """For people. A message is always one line and cannot control the terminal.

    The lines of a traceback are indented, so that none of them looks like a line of the log.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        record.message = _visible(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        return _indented(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802 - logging's name
        return _indented(super().formatStack(stack_info))


class MachineFormatter(_Hushed, JsonFormatter):
    """For machines: one JSON object per line, including a record's ``extra``."""

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        kept = {"request_id": log_data.get("request_id")}  # only harmless ids are accepted
        hushed = {
            name: hush(value) if isinstance(value, str) else value
            for name, value in log_data.items()
        }
        return super().process_log_record({**hushed, **kept})


def logging_config(log_format: str, level: str, book: str = "") -> dict[str, Any]:
    """Django's LOGGING. Every line names the ``book`` that the process serves, if there is one."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "request_id": {"()": RequestId},
            "once_per_second": {"()": OncePerSecond},
        },
        "formatters": {
            PLAIN: {
                "()": PlainFormatter,
                "format": f"{{asctime}} {{levelname}} {book + ' ' if book else ''}"
                "{request_id} {name} {message}",
                "style": "{",
            },
            JSON: {
                "()": MachineFormatter,
                "format": "{levelname}{name}{message}{request_id}{process}",
                "style": "{",
                "timestamp": True,
                "static_fields": {"book": book} if book else {},
                "rename_fields": {"levelname": "level", "name": "logger"},
            },
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": log_format,
                "filters": ["request_id"],
            },
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Without Django's own handlers, which send mail and write a second line in DEBUG.
            "django": {"handlers": [], "level": "INFO"},
            # A 4xx is the caller's fault; refusals have log lines of their own.
            "django.request": {"level": "ERROR"},
            # While the database is away, its pool tries to connect several times a second.
            "psycopg.pool": {"level": "WARNING", "filters": ["once_per_second"]},
            "axes": {"level": "WARNING"},  # users who are locked out
            "fontTools": {"level": "WARNING"},  # would log every table of every font in a PDF
        },
    }
