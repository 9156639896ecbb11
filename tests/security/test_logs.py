"""Every log line has its request's id and no secret, for refusals, faults and lost providers."""

import io
import json
import logging
import logging.config
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.conf import settings as project
from django.test import Client

from casino.api.callbacks import views
from config.logging import JSON, PLAIN, OncePerSecond, logging_config
from config.wire.signing import CASINO_SIGNATURE
from tests.casino_world import Play, make_play, post
from tests.factories import unique
from tests.servers import serving

Lines = io.StringIO


@pytest.fixture
def lines(request: pytest.FixtureRequest) -> Iterator[Lines]:
    """The log as a server writes it."""
    log_format = getattr(request, "param", JSON)
    config = logging_config(log_format, "INFO")
    stream = io.StringIO()
    maker = logging.config.DictConfigurator(config)
    maker.config["formatters"][log_format] = maker.configure_formatter(
        maker.config["formatters"][log_format]
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(maker.config["formatters"][log_format])
    handler.addFilter(maker.configure_filter(config["filters"]["request_id"]))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel("INFO")
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def records(lines: Lines) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def refused_in_every_way(play: Play) -> list[str]:
    """Send requests that are refused; return what the log must not contain."""
    body = json.dumps(play.movement(100)).encode()
    headers = play.headers(body)
    wrong = {**headers, CASINO_SIGNATURE: "ab" * 32}
    assert post("/casino/debit", body, wrong).status == 401
    assert post("/casino/debit", body + b" ", headers).status in (200, 401)
    assert play.debit(10**12).status == 422
    assert play.debit(100, currency="XXX").status == 400
    assert play.send("debit", b'{"sessionToken":').status == 400
    assert play.rollback("x", sessionToken=unique("token")).status == 404
    key = "ck_" + "k3y" * 12
    answer = Client().get("/players", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 401
    return [headers[CASINO_SIGNATURE], "ab" * 32, key]


def fault(*_args: Any, **_more: Any) -> None:
    raise RuntimeError(f"cannot read {_args} {_more}")


def debited_with_a_fault(play: Play, headers: Mapping[str, str] | None = None) -> int:
    """Send a debit and return its status; no check against the document, which has no 500."""
    body = json.dumps(play.movement(100)).encode()
    sent = {**play.headers(body), **(headers or {})}
    return Client().post("/casino/debit", body, "application/json", headers=sent).status_code


@pytest.mark.parametrize("lines", [JSON, PLAIN], indirect=True)
def test_no_line_tells_a_secret(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    play = make_play(
        session_token=unique("Token") + "0123456789abcdefghij",
        game__provider__api_endpoint="http://127.0.0.1:9",  # where nobody answers
    )
    hidden = refused_in_every_way(play)
    provider = play.session.provider
    launch = {"playerId": play.session.user.username, "currency": "EUR"}
    sent = json.dumps({**launch, "gameId": play.session.game.provider_game_id}).encode()
    assert post("/casino/launchGame", sent).status == 502
    monkeypatch.setattr(views, "SessionSeat", fault)
    assert debited_with_a_fault(play) == 500

    written = lines.getvalue()
    assert "RuntimeError" in written, "the fault must be logged"
    assert "INVALID_SIGNATURE" in written
    for secret in (
        *hidden,
        play.token,
        play.secret.decode(),
        provider.provider_secret,
        project.SECRET_KEY if len(project.SECRET_KEY) >= 8 else "no such",
        *(each.decode() for each in (*project.CASINO_SECRETS, *project.PROVIDER_SECRETS)),
    ):
        assert secret not in written
        assert secret[len(secret) // 2 :] not in written, "the log has half a secret"


def test_every_line_of_a_request_has_its_id(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "SessionSeat", fault)
    play = make_play()
    assert debited_with_a_fault(play, {"x-request-id": "its-id-1"}) == 500

    about_it = [each for each in records(lines) if each["request_id"] == "its-id-1"]
    assert {each["level"] for each in about_it} >= {"ERROR", "INFO"}


def test_a_refusal_is_one_line_with_its_code(lines: Lines) -> None:
    assert post("/casino/debit", b"{}", {"x-request-id": "its-id-2"}).status == 401

    [line] = [each for each in records(lines) if each["request_id"] == "its-id-2"]
    assert (line["level"], line["status"], line["code"]) == ("INFO", 401, "INVALID_SIGNATURE")
    assert (line["method"], line["path"]) == ("POST", "/casino/debit")


def test_what_is_not_there_is_no_warning(lines: Lines) -> None:
    logging.config.dictConfig(
        {"version": 1, "incremental": True,
         "loggers": {name: {"level": each["level"]}
                     for name, each in logging_config(JSON, "INFO")["loggers"].items()}}
    )  # fmt: skip
    assert Client().get("/nowhere").status_code == 404
    assert Client().delete("/casino/debit").status_code == 405
    assert [each for each in records(lines) if each["level"] in ("WARNING", "ERROR")] == []


@pytest.mark.parametrize("lines", [PLAIN], indirect=True)
def test_nobody_forges_a_line(lines: Lines) -> None:
    logging.getLogger("x").info("ok\n2026-01-01 00:00:00 ERROR forged")
    assert len(lines.getvalue().splitlines()) == 1


def test_a_server_writes_json_and_no_debug_page() -> None:
    play = make_play()
    with serving(LOG_FORMAT="json") as server:
        body = json.dumps(play.movement(100)).encode()
        wrong = {**play.headers(body), CASINO_SIGNATURE: "cd" * 32, "x-request-id": "its-id-3"}
        assert server.post("/casino/debit", body, wrong).status == 401
        page = server.request("GET", "/nowhere")
        log = server.new_log()

    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert [each["code"] for each in lines if each["request_id"] == "its-id-3"] == [
        "INVALID_SIGNATURE"
    ]
    assert "cdcdcdcdcd" not in log
    assert play.token not in log
    assert page.status == 404
    assert b"URLconf" not in page.raw


UNSEEN = {
    "\x1b[31mred": r"\x1b[31mred",
    "\x9b31m": r"\x9b31m",
    "a\r\nb": r"a\r\nb",
    "a\x00b\x07\x08": r"a\x00b\x07\x08",
    "a\x85b\u2028c\u2029d": r"a\x85b\u2028c\u2029d",
    "a\u202eb\u200b\ufeff": r"a\u202eb\u200b\ufeff",
    "a\udcffb": r"a\udcffb",
    "a\tb\x7f": r"a\tb\x7f",
}


@pytest.mark.parametrize("lines", [PLAIN], indirect=True)
@pytest.mark.parametrize(("text", "written"), UNSEEN.items(), ids=ascii)
def test_a_plain_line_shows_what_a_terminal_would_act_on(
    lines: Lines, text: str, written: str
) -> None:
    record = logging.LogRecord("a", logging.INFO, "", 0, "before %s after café 日本", (text,), None)
    # Only to this handler: pytest's would keep half a character that its workers cannot send.
    [handler] = (
        each for each in logging.getLogger().handlers if getattr(each, "stream", None) is lines
    )
    handler.handle(record)
    assert lines.getvalue().endswith(f" a before {written} after café 日本\n")


@pytest.mark.parametrize("lines", [PLAIN], indirect=True)
def test_no_line_of_a_traceback_can_be_taken_for_a_line_of_the_log(lines: Lines) -> None:
    forged = "2026-01-01 00:00:00,000 INFO - casino all is well"
    fault = RuntimeError(f"\x1b[2J\n{forged}\u2028{forged}")
    logging.getLogger("a").error("it failed", stack_info=True, exc_info=fault)
    first, *others = lines.getvalue().removesuffix("\n").split("\n")
    assert first.endswith(" a it failed")
    assert all(line.startswith("    ") and line.isprintable() for line in others)
    assert rf"    {forged}\u2028{forged}" in others
    assert r"    RuntimeError: \x1b[2J" in others


def test_what_the_pool_repeats_is_logged_once_per_second() -> None:
    once = OncePerSecond()

    def passes(line: int, at: float) -> bool:
        record = logging.LogRecord("psycopg.pool", logging.WARNING, "pool.py", line, "", (), None)
        record.created = at
        return bool(once.filter(record))

    said = [passes(7, 10.0), passes(7, 10.9), passes(8, 10.9), passes(7, 11.0), passes(7, 11.5)]
    assert said == [True, False, True, True, False]
