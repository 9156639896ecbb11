"""report.html: one file without scripts and external resources."""

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path

from scripts.certification.evidence.page_cases import MARKS, case_html, pill
from scripts.certification.evidence.report import CasePart, Report
from scripts.certification.evidence.transcript import Exchanged
from scripts.certification.results import MEANING, Verdict

_TONES = {"conforms": "pass", "does not conform": "fail", "not judged": "error"}
_SEAL = {
    "conforms": '<path d="M31 53l13 13 27-29"/>',
    "does not conform": '<path d="M36 36l32 32M68 36L36 68"/>',
    "not judged": '<path d="M52 30v28M52 71v1"/>',
}


def page(report: Report, entries: Sequence[Exchanged]) -> str:
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    by_number = {entry.number: entry for entry in entries}
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(report.name)} {report.verdict} · {report.kind} certification</title>",
            f"<style>{style}</style></head><body><main>",
            *_head(report),
            *_attention(report),
            *_matrix(report),
            *_left(report),
            *_cases(report, by_number),
            *_foot(report),
            "</main></body></html>\n",
        ]
    )


def _head(report: Report) -> Iterable[str]:
    tone = _TONES[report.verdict]
    yield '<header><div class="card top"><div>'
    yield f'<p class="eyebrow">{escape(report.kind)} certification</p>'
    yield f"<h1>{escape(report.name)}</h1>"
    yield f'<p class="soft">{escape(report.profile.title)}</p>'
    yield '<ul class="counts">'
    for verdict in Verdict:
        if count := report.counts[verdict.value]:
            yield f'<li class="{verdict.value}"><b>{count}</b> {verdict.value}</li>'
    yield "</ul></div>"
    yield f'<div class="seal {tone}"><svg viewBox="0 0 104 104" fill="none" stroke="currentColor"'
    yield ' stroke-width="7" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">'
    yield '<circle cx="52" cy="52" r="47" stroke-width="4"/>'
    yield '<circle cx="52" cy="52" r="39" stroke-width="1.5" stroke-dasharray="1 5"/>'
    yield f"{_SEAL[report.verdict]}</svg><strong>{report.verdict.capitalize()}</strong></div></div>"
    yield '<dl class="card facts">'
    for name, value in _facts(report).items():
        yield f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>"
    yield "</dl></header>"


def _facts(report: Report) -> Mapping[str, str]:
    started = datetime.fromisoformat(report.started_at)
    return {
        "Target": report.target,
        "Profile": f"{report.profile.name} {report.profile.version}",
        "Started": started.strftime("%d %b %Y, %H:%M:%S UTC"),
        "Duration": f"{report.seconds:.1f} s, {report.requests:,} requests",
        "Run and seed": f"{report.run_id}, {report.seed}",
        "Judged": "by the letter (strict)" if report.strict else "by the money",
    }


def _attention(report: Report) -> Iterable[str]:
    wanted = [case for case in report.cases if case.verdict in ("fail", "error", "non-strict")]
    if not wanted:
        return
    order = ("fail", "error", "non-strict")
    wanted.sort(key=lambda case: order.index(case.verdict))
    yield '<h2>What needs attention</h2><ul class="card attention">'
    for case in wanted:
        yield f'<li><span>{pill(case.verdict)}</span><div><a href="#{case.id}"><b>{case.id}</b> '
        yield f"{escape(case.title)}</a><p>{escape(case.reason)}</p></div></li>"
    yield "</ul>"


def _matrix(report: Report) -> Iterable[str]:
    yield '<h2>All cases</h2><div class="card matrix">'
    for letter, title in report.groups.items():
        cases = [case for case in report.cases if case.group == letter]
        yield f'<div class="row"><div class="name">{letter}. {escape(title)}'
        yield f'<small>{_tally(cases)}</small></div><div class="cells">'
        for case in cases:
            label = escape(f"{case.id} {case.title}: {case.verdict}")
            yield f'<a class="cell {case.verdict}" href="#{case.id}" title="{label}">'
            yield f"<span>{case.id}</span><i>{MARKS[case.verdict]}</i></a>"
        yield "</div></div>"
    yield '</div><ul class="legend">'
    for verdict, meaning in MEANING.items():
        mark = f"{MARKS[verdict.value]} {verdict.value}"
        yield f'<li class="{verdict.value}"><b>{mark}</b>: {escape(meaning)}</li>'
    yield "</ul>"


def _tally(cases: Sequence[CasePart]) -> str:
    counted = Counter(case.verdict for case in cases)
    return ", ".join(f"{counted[each]} {each}" for each in Verdict if counted[each])


def _left(report: Report) -> Iterable[str]:
    if report.stopped:
        yield '<div class="card note error"><p><b>Not all cases were played:</b> '
        yield f"{escape(report.stopped)}.</p></div>"
    if report.kind != "wallet":
        return
    if report.left:
        yield '<div class="card note non-strict"><p><b>Not left as it was found.</b></p>'
        yield "".join(f"<p>{escape(each)}</p>" for each in report.left)
        yield "</div>"
        return
    held = ", ".join(f"{each.id} {each.found} {each.currency}" for each in report.players)
    yield '<div class="card note pass"><p><b>The balances were left as they were found.</b> '
    yield f'<span class="soft">{escape(held)}</span></p>'
    yield "".join(f'<p class="soft">{escape(each)}</p>' for each in report.notes)
    yield "</div>"


_PROMISES = {
    "wallet": "Every case ends with the wallet's balance equal to the tool's own exact arithmetic.",
    "provider": "The tool played the casino: every trial ends with its books, to the last unit.",
}


def _cases(report: Report, entries: Mapping[int, Exchanged]) -> Iterable[str]:
    for letter, title in report.groups.items():
        yield f"<h2>{letter}. {escape(title)}</h2>"
        for case in report.cases:
            if case.group == letter:
                yield case_html(case, entries)


def _foot(report: Report) -> Iterable[str]:
    yield f"<footer><p>{_PROMISES[report.kind]} <code>***NAME***</code> stands for a secret. "
    yield "All requests and answers are in <code>transcript.ndjson</code>, the same findings in "
    yield "<code>report.json</code>, and checksums in <code>manifest.json</code>.</p>"
    yield f"<p>certification kit {escape(report.tool_version)}</p></footer>"
