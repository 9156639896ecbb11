"""Sessions of the configured players, opened when a case first needs them."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from scripts.certification import CannotRun, templates
from scripts.certification.config import Config, Player
from scripts.certification.masking import Masker
from scripts.certification.profiles.base import Profile
from scripts.certification.profiles.requests import Header, Request
from scripts.certification.wire import Exchange, Wire

OWN_SESSIONS = "sessions of the sender's own"
NAMES = ("main", "mobile", "other", "spare", "limited", "stranger")
"""``mobile``: another session of the main player. ``spare``: a new one for each case, of the last
player. ``stranger``: a player whom the wallet does not know."""
_COMMAND_SECONDS = 60


class NoSession(CannotRun):
    """A session could not be opened; the message says why."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A session of a player in a game."""

    name: str
    player: Player
    token: str
    game: str
    token_before: str = ""

    def filling(self) -> dict[str, str]:
        """For the placeholders of hooks."""
        return {
            "player": self.player.id,
            "session": self.token,
            "game": self.game,
            "currency": self.player.currency,
        }


class Seats:
    """The sessions of a run. ``keep`` receives every exchange that opened one."""

    def __init__(
        self, *, url: str, config: Config, profile: Profile, wire: Wire, masker: Masker
    ) -> None:
        self._url = url
        self._config = config
        self._wire = wire
        self._masker = masker
        self._sends_its_own = OWN_SESSIONS in profile.features
        self._open: dict[str, Seat] = {}
        self._tokens = {player.id: list(player.sessions) for player in config.players}
        self.keep: Callable[[Exchange], None] = lambda _exchange: None

    def player_of(self, name: str) -> Player:
        players = self._config.players
        if name == "other":
            return players[1]
        return players[-1] if name == "spare" else players[0]

    def seat(self, name: str) -> Seat:
        """The seat; opens its session if needed. Raises NoSession."""
        if name not in self._open:
            self._open[name] = _nobody(self._config) if name == "stranger" else self._take(name)
        return self._open[name]

    def home(self, player: Player) -> Seat:
        """A seat of the player that no hook ever touches."""
        names = {self._config.players[0].id: "main"}
        if len(self._config.players) > 1:
            names.setdefault(self._config.players[1].id, "other")
        return self.seat(names.get(player.id, f"home-{player.id}"))

    def renew(self, seat: Seat, token: str) -> None:
        """The wallet has given the session another token."""
        self._hide(token, f"NEW_{seat.name}")
        self._open[seat.name] = replace(seat, token=token, token_before=seat.token)

    def leave_spare(self) -> None:
        """The next case gets another one."""
        self._open.pop("spare", None)

    def leave_all_of(self, player: Player) -> None:
        """Open new sessions from now on: the wallet may have ended the ones that are open."""
        self._open = {name: seat for name, seat in self._open.items() if seat.player != player}

    def _take(self, name: str) -> Seat:
        games = self._config.games
        game = games.limited if name == "limited" else games.main
        player = self.player_of("spare" if name.startswith("home-") else name)
        token = self._new_token(player, game)
        self._hide(token, name)
        return Seat(name, player, token, game)

    def _hide(self, token: str, name: str) -> None:
        if not self._sends_its_own:
            self._masker.hide(token, f"TOKEN_{name.upper().replace('-', '_')}")

    def _new_token(self, player: Player, game: str) -> str:
        if self._sends_its_own:
            return f"certify-{uuid.uuid4()}"
        if self._tokens[player.id]:
            return self._tokens[player.id].pop(0)
        session = self._config.session
        filling = {"player": player.id, "game": game, "currency": player.currency}
        if session.launch:
            return self._launch(filling)
        if session.command:
            return _printed(session.command, filling)
        raise NoSession(
            f"no session for {player.id}: the configuration does not say how to open one"
        )

    def _launch(self, filling: dict[str, str]) -> str:
        session = self._config.session
        is_whole = templates.is_address(session.launch)
        url = session.launch if is_whole else self._url + session.launch
        body = {name: value.format_map(filling) for name, value in session.body.items()}
        headers = [Header("Content-Type", "application/json")]
        headers += [Header(*pair) for pair in session.headers.items()]
        request = Request("POST", url, tuple(headers), json.dumps(body).encode())
        exchange = self._wire.send(request)
        self.keep(exchange)
        answer = exchange.answer
        token = _token_in(answer.body, session.token)
        if answer.status is None:
            raise NoSession(f"no session for {filling['player']}: {url}: {answer.fault}")
        if answer.status >= 300:
            shown = f"{answer.status} {self._masker.body(answer.body)[:200]}".rstrip()
            said = shown + answer.telling("Location")
            raise NoSession(f"no session for {filling['player']}: {url} answered {said}")
        if not token:
            why = answer.telling("Content-Encoding")
            said = f"{answer.status} without {session.token} (session.token){why}"
            raise NoSession(f"no session for {filling['player']}: {url} answered {said}")
        return token


def _token_in(body: bytes, path: str) -> str:
    try:
        value: Any = json.loads(body)
        for name in path.split("."):
            value = value[name]
    except (ValueError, KeyError, TypeError):
        return ""
    return value if isinstance(value, str) else ""


def _printed(command: str, filling: dict[str, str]) -> str:
    try:
        printed = templates.run(command, filling, timeout_seconds=_COMMAND_SECONDS)
    except templates.CommandFailed as fault:
        raise NoSession(f"no session for {filling['player']}: {fault}") from None
    if not printed:
        raise NoSession(f"no session for {filling['player']}: the command printed nothing")
    return printed.splitlines()[-1]


def _nobody(config: Config) -> Seat:
    main = config.players[0]
    name = f"certify-nobody-{uuid.uuid4().hex[:12]}"
    player = Player(id=name, currency=main.currency, exponent=main.exponent, wallet=name)
    return Seat("stranger", player, name, config.games.main)
