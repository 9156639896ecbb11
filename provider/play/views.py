"""The game page that a launchUrl opens, and the requests of its script. The token in it is the key.

No cookie is read, so another site cannot act in a player's name: it would need the URL. For the
same reason a casino may show the page in a frame.
"""

import zlib
from collections.abc import Mapping
from typing import Annotated, ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe
from msgspec import UNSET, UnsetType

from config.web.bodies import Body, Nothing, Request, Success
from config.web.endpoint import Endpoint, Lookup, json_response
from config.web.failures import Refusals
from config.web.fields import Amount, FieldError, Identifier
from config.wire.errors import WireError, invalid_request
from config.wire.tokens import token_digest
from provider import casino_client, refusals
from provider.games.pay_table import PayTable
from provider.launch import must_not_have_expired
from provider.models import Session, Verdict
from provider.runs.driver import CasinoSilent
from provider.runs.spin import SpinRefused, SpinSummary, Stake, recent, spin
from provider.verdicts import refusal_code_in
from provider.wire_errors import REFUSALS, indecision_of

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'"
)

_SPIN_ID = Identifier(longest=64)


@require_safe
@xframe_options_exempt
def page(request: HttpRequest, token: str) -> HttpResponse:
    """The game, or a page that says that this address does not open a game, or no longer does."""
    session = _session(token)
    if session is None:
        response = render(request, "provider/no_session.html", status=404)
    elif session.expires_at <= timezone.now():
        response = render(request, "provider/no_session.html", {"has_ended": True}, status=410)
    else:
        response = render(request, "provider/play.html", _context(session))
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["Referrer-Policy"] = "no-referrer"  # the address is the player's key
    add_never_cache_headers(response)
    return response


class PlayedSpin(Body, frozen=True, rename="camel"):
    """A spin as the page lists it. ``win`` and ``shown`` are there once it is paid."""

    spin_id: str
    at: str
    stake: str
    result: str
    win: str | UnsetType = UNSET
    shown: list[str] | UnsetType | None = UNSET


class Shown(Success, frozen=True):
    balance: str | None
    exponent: int | None
    code: str
    rounds: list[PlayedSpin]


class State(Lookup[Nothing]):
    """The casino's balance and recent spins.

    ``?spin=`` names a spin that the page waits for; it is listed even if it is old. Amounts are
    text, because a browser's numbers are exact only up to 2**53.
    """

    schema = None
    refusals = REFUSALS

    def answer(self, asked: Nothing) -> HttpResponse:
        token = self.kwargs["token"]
        session = _known_session(token)
        must_not_have_expired(session)
        balance, code = _balance_of(session, token)
        spins = recent(session=session, asked_for=_spin_named_in(self.request))
        played = [_summary(each) for each in spins]
        return json_response(Shown(balance, session.exponent, code, played))


def _balance_of(session: Session, token: str) -> tuple[str | None, str]:
    """The balance, or None and a code that says why it is unknown."""
    try:
        with casino_client.place_for_calls(session.casino, holder=token):
            answer = casino_client.get_balance(session).answer
    except refusals.TooBusy:
        return None, "BUSY"
    if answer.verdict == Verdict.ACCEPTED and answer.body:
        _remember_exponent(session, answer.exponent)
        return str(answer.body["balance"]), ""
    return None, answer.code if answer.is_decision else indecision_of(answer).code


def _remember_exponent(session: Session, exponent: int | None) -> None:
    if exponent != session.exponent:
        session.exponent = exponent
        session.save(update_fields=["exponent", "updated_at"])


def _spin_named_in(request: HttpRequest) -> str | None:
    try:
        return _SPIN_ID.read(request.GET.get("spin"))
    except FieldError:
        return None


def _summary(spin: SpinSummary) -> PlayedSpin:
    is_paid = spin.win_minor is not None
    return PlayedSpin(
        spin_id=spin.spin_id,
        at=spin.at,
        stake=str(spin.stake_minor),
        result=_result(spin),
        win=str(spin.win_minor) if is_paid else UNSET,
        shown=spin.shown if is_paid else UNSET,
    )


def _result(spin: SpinSummary) -> str:
    if spin.is_open:
        return "open"
    return "completed" if spin.stake is None else spin.stake.name.lower()


def _undecided(silence: CasinoSilent) -> WireError:
    status, code, fact = indecision_of(silence.answer)
    message = f"The casino {fact} the {silence.step}. Send the same spin again."
    return WireError(status, code, message, extra={"final": False})


_VOID: Mapping[Stake, tuple[str, str]] = {
    Stake.NOT_TAKEN: ("STAKE_NOT_TAKEN", "The spin did not take place. Its stake was not taken."),
    Stake.RETURNED: ("STAKE_RETURNED", "The spin did not take place. Its stake was given back."),
    Stake.UNSETTLED: (
        "STAKE_UNSETTLED",
        "The casino has not settled the spin. Contact the casino about its stake.",
    ),
}


def _refused(refused: SpinRefused) -> WireError:
    """Pass on the casino's refusal, or say what happened to the stake."""
    if refused.http_status is None:
        code, message = _VOID[refused.stake]
        return WireError(409, code, message, extra={"final": True})
    balance, said = refused.body.get("balance"), refused.body.get("message")
    message = said if isinstance(said, str) and said else "The casino refused the stake."
    told = {"balance": str(balance)} if type(balance) is int else {}
    return WireError(
        refused.http_status, refusal_code_in(refused.body), message, extra={"final": True, **told}
    )


class SpinRequest(Request, frozen=True, rename="camel"):
    spin_id: Annotated[str, _SPIN_ID]
    stake: Annotated[int, Amount(1)]


class Spun(Success, frozen=True):
    spin_id: str
    stake: str
    win: str
    balance: str
    shown: list[str]


class Spin(Endpoint[Session, SpinRequest]):
    """One spin. ``final`` in a refusal says whether the page may ask for the same spin again."""

    schema = None
    refusals: ClassVar[Refusals] = {
        **REFUSALS,
        SpinRefused: _refused,
        CasinoSilent: _undecided,
    }

    def authenticate(self, request: HttpRequest, body: bytes) -> Session:
        return _known_session(self.kwargs["token"])

    def handle(self, caller: Session, asked: SpinRequest) -> HttpResponse:
        if asked.stake not in caller.game.stakes:
            raise invalid_request({"stake": ["is not one of the game's stakes"]})
        with casino_client.place_for_calls(caller.casino, holder=self.kwargs["token"]):
            spun = spin(session=caller, spin_id=asked.spin_id, stake_minor=asked.stake)
        return json_response(
            Spun(
                spin_id=spun.spin_id,
                stake=str(spun.stake_minor),
                win=str(spun.win_minor),
                balance=str(spun.balance_minor),
                shown=spun.shown,
            )
        )


def _session(token: str) -> Session | None:
    sessions = Session.objects.select_related("casino", "game", "customer")
    return sessions.filter(launch_token_digest=token_digest(token)).first()


def _known_session(token: str) -> Session:
    session = _session(token)
    if session is None:
        raise refusals.SessionUnknown("There is no such session.")
    return session


def _context(session: Session) -> Mapping[str, object]:
    pays = session.game.pays
    middle = len(session.game.stakes) // 2
    return {
        "session": session,
        "game": session.game,
        "opening_line": pays.lines[0].show,
        "default_stake": session.game.stakes[middle],
        "prizes": _prizes(pays),
        "return_to_player": f"{float(100 * pays.return_to_player):.2f}",
        "settings": {
            "currency": session.currency,
            "exponent": session.exponent,
            "symbols": pays.symbols,
        },
        "hue": zlib.crc32(session.game.game_id.encode()) % 360,  # each game has its colour
    }


def _prizes(pays: PayTable) -> list[tuple[tuple[str, ...], str]]:
    """The lines that win, best first, and how many stakes each pays."""
    winning = sorted(
        (line for line in pays.lines if line.pays_hundredths),
        key=lambda line: -line.pays_hundredths,
    )
    return [(line.show, f"{line.pays_hundredths / 100:g}") for line in winning]
