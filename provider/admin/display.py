"""How the provider's states and amounts are shown, and requests without their tokens."""

from typing import Any

from django.db.models import Q
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.backoffice import mask_token
from config.backoffice.display import NOTHING, pill
from provider.models import BetStatus, Casino, RoundStatus, RunOutcome, RunStatus, Verdict

_TONES: dict[str, str] = {
    RunStatus.FINISHED: "good",
    RunOutcome.COMPLETED: "good",
    RunOutcome.REFUSED: "bad",
    RoundStatus.SETTLED: "good",
    BetStatus.UNKNOWN: "bad",
    BetStatus.REFUSED: "bad",
    BetStatus.VOIDING: "bad",
    Verdict.ACCEPTED: "good",
    Verdict.UNCERTAIN: "bad",
}


def state(value: str) -> SafeString:
    return pill(value.lower().replace("_", " "), _TONES.get(value, ""))


def minor(amount: int | None, currency: str) -> str | SafeString:
    """An amount as the wire has it: the provider knows no decimals of currencies."""
    if amount is None:
        return NOTHING
    return format_html(
        '<span class="money">{}</span> <span class="minor">{} in minor units</span>',
        f"{amount:,}",
        currency,
    )


def milliseconds(duration_ms: float | None) -> str:
    return NOTHING if duration_ms is None else f"{duration_ms:.1f} ms"


def without_token(request: dict[str, Any]) -> dict[str, Any]:
    """A body that was sent, with so much of the session's token as tells it from others."""
    token = str(request.get("sessionToken", ""))
    return {**request, "sessionToken": mask_token(token)}


def of_any_casino(**name: Any) -> Q:
    """A condition on a name that is unique a casino, so that its index answers it."""
    return Q(casino_id__in=list(Casino.objects.values_list("pk", flat=True)), **name)
