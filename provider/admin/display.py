"""Formats the provider's states and amounts."""

from typing import Any

from django.db.models import Q
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from config.backoffice.display import NOTHING, pill
from config.backoffice.exports import Cell, Money
from config.backoffice.report_table import in_html
from provider.models import (
    BetStatus,
    Casino,
    RoundStatus,
    Run,
    RunOutcome,
    RunStatus,
    Session,
    Verdict,
)

_TONES: dict[str, str] = {
    RunStatus.FINISHED: "good",
    RunOutcome.COMPLETED: "good",
    RoundStatus.SETTLED: "good",
    BetStatus.UNKNOWN: "bad",
    BetStatus.REFUSED: "bad",
    BetStatus.VOIDING: "bad",
    Verdict.ACCEPTED: "good",
    Verdict.UNCERTAIN: "bad",
}


def state(value: str) -> SafeString:
    return pill(value.lower().replace("_", " "), _TONES.get(value, ""))


def state_of_run(run: Run) -> SafeString:
    """Its status, or how it ended. A run that was not completed was ended by a refusal, by recovery
    or by staff, so it is not called refused.
    """
    if run.outcome == RunOutcome.REFUSED:
        return pill("ended early", "bad")
    return state(run.outcome or run.status)


def amount_of(*, amount: int | None, session: Session) -> Cell:
    """An amount with the decimals that the casino reported, or in minor units if it has not."""
    if amount is None:
        return None
    if session.exponent is None:
        return f"{amount:,} {session.currency} in minor units"
    return Money(amount, session.exponent, session.currency)


def money(*, amount: int | None, session: Session) -> Any:
    """The same for a page."""
    return in_html(amount_of(amount=amount, session=session))


def milliseconds(duration_ms: float | None) -> str:
    return NOTHING if duration_ms is None else f"{duration_ms:.1f} ms"


def of_any_casino(**name: Any) -> Q:
    """A condition on a name that is unique per casino. The index on both columns answers it."""
    return Q(casino_id__in=list(Casino.objects.values_list("pk", flat=True)), **name)


def drawn(lines: list[list[str]]) -> SafeString:
    """The symbols that the player saw, as the game page draws them."""
    drawings = static("provider/symbols.svg")
    shown = (
        format_html(
            '<span class="line" role="img" aria-label="{}">{}</span>',
            ", ".join(line),
            format_html_join(
                "",
                '<svg viewBox="0 0 64 64" aria-hidden="true"><use href="{}#{}"/></svg>',
                ((drawings, symbol) for symbol in line),
            ),
        )
        for line in lines
    )
    return format_html(
        '<div class="symbols">{}</div>', format_html_join("", "{}", ((each,) for each in shown))
    )
