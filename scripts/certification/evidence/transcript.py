"""Every request and answer of a run, one JSON object per line, with secrets masked."""

from collections.abc import Iterable

import msgspec

from scripts.certification.masking import Masker
from scripts.certification.results import Sent


class Exchanged(msgspec.Struct, frozen=True, kw_only=True):
    """``step`` 0: sent before or after the steps. ``fault``: why there is no answer."""

    number: int
    case: str
    step: int
    label: str
    at: str
    duration_ms: float
    connection: int
    method: str
    url: str
    headers: list[tuple[str, str]]
    body: str
    status: int | None
    answer_headers: list[tuple[str, str]]
    answer_body: str
    fault: str
    curl: str


def exchanged(sent: Sent, masker: Masker) -> Exchanged:
    exchange = sent.exchange
    request, answer = exchange.request, exchange.answer
    return Exchanged(
        number=sent.number,
        case=sent.case_id,
        step=sent.step,
        label=masker.text(sent.label),
        at=exchange.at.isoformat(timespec="milliseconds"),
        duration_ms=exchange.duration_ms,
        connection=exchange.connection,
        method=request.method,
        url=masker.text(request.url),
        headers=[(each.name, masker.text(each.visible)) for each in request.headers],
        body=masker.body(request.body),
        status=answer.status,
        answer_headers=[(name, masker.text(value)) for name, value in answer.headers],
        answer_body=masker.body(answer.body),
        fault=masker.text(answer.fault),
        curl=masker.text(sent.curl),
    )


def lines(entries: Iterable[Exchanged]) -> bytes:
    return b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries)
