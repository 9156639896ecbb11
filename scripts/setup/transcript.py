"""A simulated round as a readable table, from the answer of /casino/simulateRound."""

from collections.abc import Iterator, Mapping
from typing import Any

from scripts.setup.terminal import BOLD, DIM, GREEN, RED, YELLOW, styled

SIGNS = {"debit": "-", "credit": "+", "rollback": "+"}
HEADINGS = ("#", "step", "request", "HTTP", "balance", "time")


def is_sound(answer: Mapping[str, Any]) -> bool:
    """Whether the round was played to its end and every balance adds up."""
    return answer.get("consistent") is True and answer.get("outcome") == "completed"


def lines(answer: Mapping[str, Any]) -> Iterator[str]:
    session = answer["session"]
    yield (
        f"  {styled(session['playerId'], BOLD)} plays {styled(session['gameId'], BOLD)}"
        f" in {session['currency']}, amounts in minor units, run {answer['runId']}"
    )
    yield ""
    rows = [_row(number, step) for number, step in enumerate(answer["steps"], start=1)]
    widths = [max(len(cell) for cell in column) for column in zip(HEADINGS, *rows, strict=True)]
    yield f"  {styled(_aligned(HEADINGS, widths), DIM)}"
    for row, step in zip(rows, answer["steps"], strict=True):
        accepted = step["httpStatus"] == 200
        yield f"  {_aligned(row, widths)}  {_mark(accepted)}{_remarks(step)}"
    yield ""
    yield from _summary(answer)


def _row(number: int, step: Mapping[str, Any]) -> tuple[str, ...]:
    response = step["response"] or {}
    return (
        str(number),
        step["step"],
        _gist(step["step"], step["request"], response),
        str(step["httpStatus"] or "-"),
        _grouped(response.get("balance")),
        f"{step['durationMs']:.1f} ms",
    )


def _gist(name: str, request: Mapping[str, Any], response: Mapping[str, Any]) -> str:
    if name not in SIGNS:
        return "ask for the balance"
    amount = request.get("amount", response.get("amount"))
    round_id = str(request.get("roundId") or response.get("roundId") or "").rsplit(".", 1)[-1]
    return f"{SIGNS[name]}{_grouped(amount)} in {round_id}"


def _aligned(cells: tuple[str, ...], widths: list[int]) -> str:
    number, step, request, *figures = (
        cell.rjust(width) if index in (0, 3, 4, 5) else cell.ljust(width)
        for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join((number, step, request, *figures))


def _remarks(step: Mapping[str, Any]) -> str:
    found = []
    if step["httpStatus"] != 200:
        found.append(str((step["response"] or {}).get("code", "no answer")))
    if step.get("replayed"):
        found.append("replayed")
    if step.get("attempts", 1) > 1:
        found.append(f"{step['attempts']} attempts")
    return f" {styled(', '.join(found), YELLOW)}" if found else ""


def _summary(answer: Mapping[str, Any]) -> Iterator[str]:
    consistent = answer["consistent"] is True
    yield (
        f"  balance   {_grouped(answer['openingBalance'])} → {_grouped(answer['closingBalance'])},"
        f" expected {_grouped(answer['expectedBalance'])}  {_mark(consistent)}"
        f" {'consistent' if consistent else 'NOT CONSISTENT'}"
    )
    yield f"  outcome   {answer['outcome']}  {_mark(answer['outcome'] == 'completed')}"


def _mark(good: bool) -> str:
    return styled("✓", GREEN) if good else styled("✗", RED)


def _grouped(amount: object) -> str:
    return f"{amount:,}" if isinstance(amount, int) else "-"
