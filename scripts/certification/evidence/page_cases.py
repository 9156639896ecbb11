"""One case on the page: purpose, sources, steps, expected against observed, and what was sent."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from scripts.certification.evidence.report import BalancePart, CasePart, Observed, StepPart
from scripts.certification.evidence.transcript import Exchanged

MARKS = {
    "pass": "✓",
    "non-strict": "~",
    "fail": "✗",
    "info": "i",
    "skipped": "–",
    "error": "!",
}
MOST_EXCHANGES = 6
"""Of one step; the transcript has all."""
MOST_OBSERVATIONS = 40


def pill(verdict: str) -> str:
    return f'<span class="pill {verdict}">{MARKS[verdict]} {verdict}</span>'


def case_html(case: CasePart, entries: Mapping[int, Exchanged]) -> str:
    is_open = " open" if case.verdict in ("fail", "error", "non-strict") else ""
    return "\n".join(
        [
            f'<details class="card case {case.verdict}"{is_open}><summary>',
            f'<span class="id">{case.id}</span><span class="title">{escape(case.title)}</span>',
            f'<span class="pills">{pill(case.verdict)}</span></summary><div class="body">',
            f'<span class="anchor" id="{case.id}"></span><p>{escape(case.purpose)}</p>',
            *_about(case),
            *_reason(case),
            *_steps(case, entries),
            *_balances(case.balances),
            "</div></details>",
        ]
    )


def _about(case: CasePart) -> Iterable[str]:
    yield f'<h3>Severity and sources</h3><ul class="tags"><li><b>{case.severity}</b></li>'
    yield "".join(f"<li>{escape(each)}</li>" for each in case.sources)
    yield "</ul>"
    if case.rules:
        yield '<h3>What this contract says</h3><ul class="tags">'
        for name, answer in case.rules.items():
            told = f"{name.replace('_', ' ')}: <b>{escape(answer.replace('_', ' '))}</b>"
            yield f"<li>{told}</li>"
        yield "</ul>"


def _reason(case: CasePart) -> Iterable[str]:
    if case.reason:
        yield f'<p class="reason">{escape(case.reason)}</p>'
    for each in case.left_out:
        yield f'<p class="soft">Left out: {escape(each)}.</p>'


def _steps(case: CasePart, entries: Mapping[int, Exchanged]) -> Iterable[str]:
    if not case.steps:
        return
    yield "<h3>Steps</h3>"
    for step in case.steps:
        yield from _step(f"{step.number}." if step.number else "=", step, entries)
    if case.restoring and case.restoring.exchanges:
        yield from _step("↺", case.restoring, entries)


def _step(mark: str, step: StepPart, entries: Mapping[int, Exchanged]) -> Iterable[str]:
    yield f'<div class="step"><p><b>{mark}</b> {_marked(step.sentence)}</p>'
    if step.note:
        yield f'<p class="soft">{escape(step.note)}</p>'
    if step.observations:
        yield from _observations(step.observations)
    yield from _exchanges(step, entries)
    yield "</div>"


def _marked(sentence: str) -> str:
    """Names between backticks as code."""
    parts = escape(sentence).split("`")
    return "".join(
        f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts)
    )


def _observations(observations: Sequence[Observed]) -> Iterable[str]:
    yield '<table class="steps"><thead><tr><td></td><td></td><th scope="col">Expected</th>'
    yield '<th scope="col">Observed</th></tr></thead><tbody>'
    shown = sorted(observations, key=lambda each: not each.remarks)[:MOST_OBSERVATIONS]
    for each in [one for one in observations if one in shown]:
        verdict = "fail" if each.remarks else "pass"
        seen = f"expected {each.expected}, observed {each.observed}"  # as the columns say it
        told = [one for one in each.remarks if one != seen]
        remarks = "".join(f'<br><span class="remark">{escape(one)}</span>' for one in told)
        yield f'<tr><td class="mark {verdict}">{MARKS[verdict]}</td><td>{escape(each.label)}</td>'
        yield f'<td data-name="expected">{escape(each.expected)}</td>'
        yield f'<td data-name="observed">{escape(each.observed)}{remarks}</td></tr>'
    yield "</tbody></table>"
    if len(observations) > len(shown):
        more = len(observations) - len(shown)
        yield f'<p class="soft">… and {more} more of the same in report.json.</p>'


def _balances(balances: Sequence[BalancePart]) -> Iterable[str]:
    if not balances:
        return
    yield '<h3>Balances</h3><table class="balances"><thead><tr><th scope="col">Player</th>'
    yield '<th scope="col" class="money">Before</th>'
    yield '<th scope="col" class="money">By the tool’s arithmetic</th>'
    yield '<th scope="col" class="money">At the wallet</th>'
    yield "<td></td></tr></thead><tbody>"
    for line in balances:
        verdict = "pass" if line.observed == line.expected else "fail"
        observed = line.observed if line.observed is not None else "not read"
        yield f"<tr><td>{escape(line.player)}</td>"
        for value in (line.opening, line.expected, observed):
            yield f'<td class="money">{escape(value)}</td>'
        yield f'<td class="mark {verdict}">{MARKS[verdict]}</td></tr>'
    yield "</tbody></table>"


def _exchanges(step: StepPart, entries: Mapping[int, Exchanged]) -> Iterable[str]:
    shown = _most_telling([entries[number] for number in step.exchanges], step.observations)
    for entry in shown:
        yield _exchange(entry)
    if len(step.exchanges) > len(shown):
        more = len(step.exchanges) - len(shown)
        yield f'<p class="soft more">… and {more} more in transcript.ndjson.</p>'


def _most_telling(
    entries: Sequence[Exchanged], observations: Sequence[Observed]
) -> list[Exchanged]:
    """What went wrong first, then answers that few others have; in the order of sending."""
    wrong = {each.label for each in observations if each.remarks}
    alike = Counter((each.status, each.fault) for each in entries)
    ranked = sorted(
        entries, key=lambda each: (each.label not in wrong, alike[each.status, each.fault])
    )
    return sorted(ranked[:MOST_EXCHANGES], key=lambda each: each.number)


def _exchange(entry: Exchanged) -> str:
    told = str(entry.status) if entry.status is not None else entry.fault
    request = f"{entry.method} {entry.url}\n{_headers(entry.headers)}\n\n{entry.body}".rstrip()
    answer = (
        entry.fault
        if entry.status is None
        else f"HTTP {entry.status}\n{_headers(entry.answer_headers)}\n\n{entry.answer_body}"
    )
    return (
        f'<details class="wire"><summary><code>{escape(entry.method)} {escape(_path(entry.url))}'
        f"</code><code>→ {escape(told)}</code>"
        f'<span class="soft">#{entry.number} · {entry.duration_ms:.1f} ms</span></summary>'
        f'<div class="pair"><div><h4>Request</h4>{_pre(request)}</div>'
        f"<div><h4>Answer</h4>{_pre(answer.rstrip())}</div></div>"
        f"{_curl(entry)}</details>"
    )


def _curl(entry: Exchanged) -> str:
    return f'<div class="curl"><h4>Repeat it</h4>{_pre(entry.curl)}</div>' if entry.curl else ""


def _pre(text: str) -> str:
    """Long texts scroll, also for people without a mouse."""
    return f'<pre tabindex="0">{escape(text)}</pre>'


def _headers(headers: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in headers)


def _path(url: str) -> str:
    return "/" + url.split("/", 3)[-1]
