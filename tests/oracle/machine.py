"""Everything that Hypothesis may do: play, events, the wallet service, and an operator's work."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.oracle import calls
from tests.oracle.model import LARGEST
from tests.oracle.play import AMOUNTS, IDS, PLAYERS, ROUNDS, TABLES, StepsOfPlay
from tests.oracle.staff import Operator
from tests.oracle.steps import Step, step, steps_of

ASSETS = st.sampled_from(("SHELLS", "SHELLS", "SH", "GC", "GOLD_COINS", "DI", "EUR"))
GOOD_MAJOR_AMOUNTS = ("0", "0.00", "0.01", "0.1", "0.50", "1", "1.00", "1.5", "02", 2, 0.29, 1.5)
BAD_MAJOR_AMOUNTS = ("20.001", "-1", "1e1", "NaN", "", True, 10**17, "92233720368547758.07")
MAJOR_AMOUNTS = st.sampled_from((*GOOD_MAJOR_AMOUNTS, *GOOD_MAJOR_AMOUNTS, *BAD_MAJOR_AMOUNTS))
NUMBERS = st.sampled_from((1, 3, 1.5, 0.01, 0.29, 2.0, 40, 0, -1, 0.001, "1", True, LARGEST))


class Everything(StepsOfPlay):
    """One world, driven through every family."""

    def __init__(self) -> None:
        super().__init__()
        self.operator = Operator(self.trial)

    # ---- events ---------------------------------------------------------------------------------
    @step(
        kind=st.sampled_from(("bet", "bet", "result")),
        number=IDS,
        round_id=ROUNDS,
        player=PLAYERS,
        holder=st.sampled_from((*["the player"] * 6, "ann", "bob", "nobody")),
        game=st.sampled_from((*["new"] * 5, "newer", "limits", "withdrawn", "closed")),
        amount=MAJOR_AMOUNTS,
        currency=st.sampled_from((*["EUR", "SHELLS"] * 3, "GOLD_COINS", "XXX")),
        held=st.sampled_from((*["the same"] * 6, "EUR")),
    )
    def event(
        self,
        *,
        kind: str,
        number: int,
        round_id: str,
        player: str,
        holder: str,
        game: str,
        amount: Any,
        currency: str,
        held: str,
    ) -> None:
        """An event on the wallet of ``holder`` in the currency ``held``."""
        wallet_id = self.drafts.wallet_id(
            player if holder == "the player" else holder, currency if held == "the same" else held
        )
        sent = {"type": kind, "round_id": round_id, "amount": amount, "currency": currency}
        self.tell(self.drafts.event(number, player, wallet_id, game, **sent))

    # ---- the wallet service ---------------------------------------------------------------------
    @step(
        what=st.sampled_from(("topup", "bonus", "spend")),
        player=PLAYERS,
        asset=ASSETS,
        amount=AMOUNTS,
        number=IDS,
        said=st.sampled_from(("a", "a", "a", "b")),
    )
    def version_1(
        self, *, what: str, player: str, asset: str, amount: Any, number: int, said: str
    ) -> None:
        drafts = self.drafts
        self.tell(
            drafts.version_1(
                what,
                drafts.player(player),
                asset,
                amount=amount,
                reference=drafts.id(number),
                said=said,
            )
        )

    @step(
        what=st.sampled_from(("add-funds", "remove-funds")),
        player=PLAYERS,
        asset=ASSETS,
        amount=AMOUNTS,
        number=IDS,
        seen=st.sampled_from((None, "now", "before")),
    )
    def funds(
        self, *, what: str, player: str, asset: str, amount: Any, number: int, seen: str | None
    ) -> None:
        key = self.drafts.id(number)
        self.tell(self.drafts.funds(what, player, asset, amount=amount, key=key, seen=seen))

    @step(
        what=st.sampled_from(("topup", "bonus", "purchase")),
        player=PLAYERS,
        asset=ASSETS,
        amount=NUMBERS,
        number=st.none() | IDS,
        description=st.sampled_from((None, None, "a gift")),
    )
    def root(
        self,
        *,
        what: str,
        player: str,
        asset: str,
        amount: Any,
        number: int | None,
        description: str | None,
    ) -> None:
        key = None if number is None else self.drafts.id(number)
        call = self.drafts.root(
            what, player, asset, amount, idempotency_key=key, description=description
        )
        self.tell(call)

    @step(player=PLAYERS, asset=st.sampled_from(("DI", "SHELLS", "EUR", "GC")))
    def open_wallet(self, *, player: str, asset: str) -> None:
        self.trial.tell(calls.open_wallet(self.drafts.player(player), asset))

    # ---- what an operator does meanwhile --------------------------------------------------------
    @step(
        what=st.sampled_from(("player", "player", "session", "slots", "other", "second")),
        player=PLAYERS,
        table=TABLES,
        may_play=st.sampled_from((False, True, True)),
    )
    def operate(self, *, what: str, player: str, table: int, may_play: bool) -> None:
        """Block or unblock a player, a game, or the second provider; or end a session."""
        if what == "player":
            self.operator.block(self.drafts.player(player), blocked=not may_play)
        elif what == "session":
            self.operator.end(self.drafts.session(table))
        elif what == "second":
            self.operator.disable(what, enabled=may_play)
        else:
            self.operator.withdraw(what, active=may_play)


class Machine(Everything):
    """Takes one step after the other."""

    @rule(step=steps_of(Everything))
    def take(self, step: Step) -> None:
        getattr(self, step.name)(**step.arguments)
