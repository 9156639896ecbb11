"""The game page a launchUrl opens, and what its script asks for. The token in the URL is the key.

No cookie is looked at, so no other site can act in a player's name: it would need the URL. For the
same reason the page may stand in a casino's frame.
"""

import zlib
from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema

from config.web.endpoint import Endpoint, Lookup
from config.web.fields import Amount, Field, Identifier
from config.wire.errors import WireError, invalid_request
from provider import casino_client, refusals
from provider.answering import casino_silent, success, wire_error
from provider.games import PayTable
from provider.models import Session, Verdict
from provider.script import CasinoSilent
from provider.spin import SpinRefused, recent, spin

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'"
)


@require_safe
@xframe_options_exempt
def page(request: HttpRequest, token: str) -> HttpResponse:
    """The game, or a page that says that there is none under this address."""
    session = _session(token)
    if session is None:
        response = render(request, "provider/no_session.html", status=404)
    else:
        response = render(request, "provider/play.html", _context(session))
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["Referrer-Policy"] = "no-referrer"  # the address is the player's key
    add_never_cache_headers(response)
    return response


@extend_schema(exclude=True)
class State(Lookup):
    """What the page shows besides the game: the balance as the casino has it, and recent spins."""

    def get(self, request: HttpRequest, **found: Any) -> HttpResponse:
        session = _session_or_refusal(found["token"])
        answer = casino_client.get_balance(session).answer
        accepted = answer.verdict == Verdict.ACCEPTED
        balance = answer.body["balance"] if accepted and answer.body else None
        return success(balance=balance, code=answer.code, rounds=recent(session))


@extend_schema(exclude=True)
class Spin(Endpoint):
    """One spin. ``final`` in a refusal tells whether the same spin may be asked for again."""

    fields: ClassVar[Mapping[str, Field]] = {
        "spinId": Identifier(longest=64),
        "stake": Amount(least=1),
    }

    def authenticate(self, request: HttpRequest, body: bytes) -> Session:
        return _session_or_refusal(self.kwargs["token"])

    def handle(self, caller: Session, values: dict[str, Any]) -> HttpResponse:
        if values["stake"] not in caller.game.stakes:
            raise invalid_request({"stake": ["is not one of the game's stakes"]})
        try:
            spun = spin(caller, values["spinId"], values["stake"])
        except refusals.Refusal as refusal:
            raise wire_error(refusal) from None
        except SpinRefused as refused:
            raise _refused(refused) from None
        except CasinoSilent as silence:
            raise casino_silent(silence, "Ask again for the same spin.", final=False) from None
        return success(
            spinId=spun.spin_id,
            stake=spun.stake_minor,
            win=spun.win_minor,
            balance=spun.balance_minor,
            shown=spun.shown,
        )


def _refused(refused: SpinRefused) -> WireError:
    """The casino's refusal, passed on; or that the stake was given back for want of an answer."""
    if refused.body is None or refused.http_status is None:
        message = "The casino could not be had. The stake, if it was taken, has been given back."
        return WireError(502, "CASINO_UNAVAILABLE", message, extra={"final": True})
    extra: dict[str, Any] = {"final": True}
    if "balance" in refused.body:
        extra["balance"] = refused.body["balance"]
    return WireError(
        refused.http_status,
        str(refused.body.get("code")),
        str(refused.body.get("message")),
        extra=extra,
    )


def _session(token: str) -> Session | None:
    sessions = Session.objects.select_related("casino", "game", "customer")
    return sessions.filter(launch_token=token).first()


def _session_or_refusal(token: str) -> Session:
    session = _session(token)
    if session is None:
        raise wire_error(refusals.SessionUnknown("There is no such session."))
    return session


def _context(session: Session) -> dict[str, Any]:
    pays = session.game.pays
    middle = len(session.game.stakes) // 2
    return {
        "session": session,
        "game": session.game,
        "opening_line": pays.lines[0].show,
        "default_stake": session.game.stakes[middle],
        "prizes": _prizes(pays),
        "return_to_player": f"{float(100 * pays.return_to_player):.2f}",
        "settings": {"currency": session.currency, "symbols": pays.symbols},
        "hue": zlib.crc32(session.game.game_id.encode()) % 360,  # each game its colour
    }


def _prizes(pays: PayTable) -> list[tuple[tuple[str, ...], str]]:
    """What wins, best first, and how many stakes it pays."""
    winning = sorted(
        (line for line in pays.lines if line.pays_hundredths),
        key=lambda line: -line.pays_hundredths,
    )
    return [(line.show, f"{line.pays_hundredths / 100:g}") for line in winning]
