"""A casino, a game and a player's session as the provider has them, and calls to the provider."""

import json
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from config.wire.signing import PROVIDER_SIGNATURE, sign
from config.wire.tokens import token_digest
from provider.models import Bet, Casino, Customer, Game, GameRound, Run, Session
from provider.runs import script
from tests.provider.fake_casino import FakeCasino
from tests.schema_check import assert_documented

OPENING = 100_000

PAY_TABLE = [
    {"show": ["seven", "seven", "seven"], "weight": 1, "pays": 1000},
    {"show": ["cherry", "cherry", "cherry"], "weight": 2, "pays": 250},
    {"show": ["seven", "cherry", "lemon"], "weight": 7, "pays": 0},
]


def unique(name: str) -> str:
    return f"{name}-{uuid.uuid4().hex[:12]}"


def make_casino(base_url: str, *, secret: str = "what the casino verifies", **more: Any) -> Casino:
    code = unique("casino")
    return Casino.objects.create(
        code=code,
        name=code,
        base_url=base_url,
        casino_secret=secret,
        provider_secret=f"what {code} signs with",
        **more,
    )


def make_game(**more: Any) -> Game:
    stakes = [100, 500, 1000, 2500, 5000]
    values = {"name": "A game", "pay_table": PAY_TABLE, "stakes": stakes, **more}
    return Game.objects.create(game_id=unique("game"), **values)


def make_session(casino: Casino, **more: Any) -> Session:
    customer = more.pop("customer", None) or Customer.objects.create(
        casino=casino, casino_code=casino.code, player_id=unique("player")
    )
    in_a_day = timezone.now() + timedelta(days=1)
    values = {"game": make_game(), "currency": "EUR", "expires_at": in_a_day, **more}
    session_token, launch_token = unique("token"), unique("launch")
    return Session.objects.create(
        casino=casino,
        customer=customer,
        provider_session_id=unique("ps"),
        session_token=session_token,
        session_token_digest=token_digest(session_token),
        launch_token=launch_token,
        launch_token_digest=token_digest(launch_token),
        **values,
    )


@dataclass
class Table:
    """A player's session, and the casino where it is played."""

    casino: FakeCasino
    session: Session

    @property
    def balance(self) -> int:
        return self.casino.balances[self.session.session_token]

    @balance.setter
    def balance(self, amount: int) -> None:
        self.casino.balances[self.session.session_token] = amount

    def simulate(self, **arguments: Any) -> "Answer":
        """POST /provider/simulate for this session."""
        body = {
            "providerSessionId": self.session.provider_session_id,
            "sessionToken": self.session.session_token,
            "playerId": self.session.customer.player_id,
            **arguments,
        }
        return post_signed("/provider/simulate", body, self.session.casino)

    def run(self, run_id: str) -> Run:
        return Run.objects.get(casino=self.session.casino, run_id=run_id)

    def bets(self, run_id: str) -> list[Bet]:
        return list(Bet.objects.filter(run=self.run(run_id)).order_by("pk"))

    def statuses(self, run_id: str) -> list[tuple[str, str]]:
        return [(bet.bet_type, bet.status) for bet in self.bets(run_id)]

    def rounds(self, run_id: str) -> list[str]:
        """The status of each round of the run, in order."""
        rounds = GameRound.objects.filter(run=self.run(run_id)).order_by("pk")
        return list(rounds.values_list("status", flat=True))

    def name(self, run_id: str, rest: str) -> str:
        """The transaction or round id that the run derives for ``rest``, as in ``bet-1``."""
        bet_1 = next(script.operations(self.run(run_id))).transaction_id
        return bet_1.removesuffix("bet-1") + rest


@dataclass
class Answer:
    status: int
    body: dict[str, Any]
    headers: Any
    raw: bytes

    @property
    def code(self) -> Any:
        return self.body.get("code")

    @property
    def steps(self) -> list[tuple[str, int | None]]:
        """The name of each step, and the status of the casino's answer."""
        return [(step["step"], step["httpStatus"]) for step in self.body["steps"]]


def lay_table(casino: FakeCasino, **more: Any) -> Table:
    session = make_session(make_casino(casino.url), **more)
    casino.balances[session.session_token] = OPENING
    casino.players[session.session_token] = session.customer.player_id
    return Table(casino, session)


def post_signed(path: str, body: Any, casino: Casino | None, **more: Any) -> Answer:
    """Call the provider as ``casino`` would."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signature = sign(casino.provider_secrets, raw) if casino else ""
    return post(path, raw, **{PROVIDER_SIGNATURE: signature, **more})


def post(path: str, raw: bytes, **headers: str) -> Answer:
    """Send ``raw``, and check that the answer is documented."""
    answer = send(path, raw, **headers)
    assert_documented("POST", path, answer.status, answer.raw, answer.headers, request_body=raw)
    return answer


def send(path: str, raw: bytes, **headers: str) -> Answer:
    content_type = headers.pop("content_type", "application/json")
    response = Client().post(path, raw, content_type=content_type, headers=headers)
    return Answer(response.status_code, response.json(), response.headers, response.content)
