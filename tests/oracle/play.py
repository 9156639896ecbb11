"""What may be sent as callbacks: bets, wins and rollbacks, repeated, changed and simultaneous."""

from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from tests.oracle.calls import WAYS, Call
from tests.oracle.drafts import Drafts
from tests.oracle.house import House
from tests.oracle.model import LARGEST
from tests.oracle.oracle import Oracle
from tests.oracle.readings import Readings
from tests.oracle.steps import step
from tests.oracle.trial import Tally, Trial

IDS = st.integers(0, 19)
ROUNDS = st.sampled_from(("r1", "r2", "r3"))
TABLES = st.integers(0, 9)
"""The number of one of the sessions that exist so far."""
EARLIER = st.integers(0, 30)
"""The number of an earlier request, counted back from the last one."""
PLAYERS = st.sampled_from(("ann", "ann", "bob"))
AMOUNTS = st.sampled_from(
    (1, 10, 10, 30, 100, 150, "half", "all", "all - 1", "all + 1", "room", "room + 1", LARGEST)
)
"""Some depend on what the wallet has, or on how much more it can hold."""
NO_AMOUNTS: st.SearchStrategy[Any] = st.sampled_from(
    (-1, 1.5, 10.0, "10", True, None, LARGEST + 1, [1], {})
)
CURRENCIES = st.sampled_from((None, None, None, "own", "USD", "eur"))
GAMES = ("slots", "slots", "slots", "limits", "other", "silent", "withdrawn", "closed", "nothing")
CHANGES = (
    "amount",
    "round",
    "currency",
    "wallet",
    "original",
    "kind",
    "the round of the bet",
    "the wallet's currency",
)
CROSSING = (
    "a rollback",
    "a win",
    "both",
    "a bet",
    "a spend",
    "its id elsewhere",
    "a rollback elsewhere",
)
FORGERIES = (
    "signed by a stranger",
    "not signed",
    "signed for the other direction",
    "signed by another provider",
)


class StepsOfPlay(RuleBasedStateMachine):
    """Drives the service in ``house`` and compares it with the model that ``oracle`` makes.

    Nothing that is drawn depends on the service's answers, so a course of events can be repeated.
    """

    house: ClassVar[House]
    tally: ClassVar[Tally]
    oracle: ClassVar[type[Oracle]] = Oracle

    def __init__(self) -> None:
        super().__init__()
        self.trial = Trial(self.house, self.tally, self.oracle())
        self.drafts = Drafts(self.trial)
        self.sent: list[Call] = []
        self.play_before()

    def play_before(self) -> None:
        """Play some rounds, so that there is something to withdraw, repeat and roll back."""
        for table, stake, payout in ((0, 600, 500), (1, 300, 200), (4, 500, 50)):
            session = self.drafts.session(table)
            for kind, amount in (("debit", stake), ("credit", payout)):
                id_ = self.drafts.fresh_id()
                self.tell(self.drafts.movement(kind, session, id_, "r0", amount))
            self.tell(self.drafts.movement("debit", session, self.drafts.fresh_id(), "r1", 100))

    def teardown(self) -> None:
        readings = Readings(self.trial)
        if self.trial.has_failed:
            readings.count_losses()
        else:
            readings.read_everything()

    def tell(self, *calls: Call) -> None:
        """Send them one after the other; they may be sent again later."""
        for call in calls:
            self.sent.append(call)
            self.trial.tell(call)

    def earlier(self, which: int, *kinds: str) -> Call | None:
        """A callback of these kinds, or any request, that was sent before."""
        known = [call for call in self.sent if not kinds or call.path.endswith(kinds)]
        return known[-1 - which % len(known)] if known else None

    # ---- play -----------------------------------------------------------------------------------
    @step(
        player=PLAYERS,
        game=st.sampled_from(GAMES),
        currency=st.sampled_from(("EUR", "EUR", "SHELLS", "GOLD_COINS", "DIAMONDS")),
    )
    def launch(self, *, player: str, game: str, currency: str) -> None:
        self.trial.tell(self.drafts.launch(player, game, currency))

    @step(table=TABLES, number=IDS, round_id=ROUNDS, amount=AMOUNTS, currency=CURRENCIES)
    def bet(
        self, *, table: int, number: int, round_id: str, amount: Any, currency: str | None
    ) -> None:
        drafts, session = self.drafts, self.drafts.session(table)
        self.tell(
            drafts.movement(
                "debit", session, drafts.id(number), round_id, amount, currency=currency
            )
        )

    @step(table=TABLES, round_id=ROUNDS, amount=st.sampled_from((1, 10, 30, 60)))
    def small_bet(self, *, table: int, round_id: str, amount: int) -> None:
        drafts, session = self.drafts, self.drafts.session(table)
        self.tell(drafts.movement("debit", session, drafts.fresh_id(), round_id, amount))

    @step(
        table=TABLES,
        number=IDS,
        round_id=ROUNDS,
        amount=st.one_of(st.just(0), AMOUNTS),
        currency=CURRENCIES,
        related=st.none() | IDS,
    )
    def win(
        self,
        *,
        table: int,
        number: int,
        round_id: str,
        amount: Any,
        currency: str | None,
        related: int | None,
    ) -> None:
        drafts, session = self.drafts, self.drafts.session(table)
        named = None if related is None else drafts.id(related)
        more = {"currency": currency, "relatedTransactionId": named}
        self.tell(drafts.movement("credit", session, drafts.id(number), round_id, amount, **more))

    @step(which=EARLIER, how=st.sampled_from((0, 0, 5, 40, "room", "take back", "take back")))
    def settle(self, *, which: int, how: Any) -> None:
        """Pay the round of a standing bet, or roll the bet back if the round is not paid."""
        bets, drafts = self.drafts.standing_bets(), self.drafts
        if bets:
            session, bet = bets[-1 - which % len(bets)]
            if how == "take back":
                self.tell(drafts.reversal(session, drafts.fresh_id(), bet.external_id))
            else:
                sent = (drafts.fresh_id(), str(bet.round_id), how)
                self.tell(drafts.movement("credit", session, *sent))

    @step(table=TABLES, number=IDS, original=IDS, round_id=st.none() | ROUNDS)
    def roll_back(self, *, table: int, number: int, original: int, round_id: str | None) -> None:
        drafts, session = self.drafts, self.drafts.session(table)
        self.tell(drafts.reversal(session, drafts.id(number), drafts.id(original), round_id))

    @step(which=EARLIER, table=st.none() | TABLES, round_id=st.none() | ROUNDS)
    def roll_back_what_was_sent(
        self, *, which: int, table: int | None, round_id: str | None
    ) -> None:
        """Roll back any earlier request, as its own sender or as another one."""
        call = self.earlier(which, "debit", "credit", "rollback")
        if call is not None:
            drafts = self.drafts
            session = drafts.session_of(call) if table is None else drafts.session(table)
            original = call.fields["transactionId"]
            self.tell(drafts.reversal(session, drafts.fresh_id(), original, round_id))

    # ---- the same again, and almost the same ----------------------------------------------------
    @step(which=EARLIER, how=st.sampled_from((*WAYS, 2, 3, 4)))
    def again(self, *, which: int, how: Any) -> None:
        """Send an earlier request again, written in another way or several times at once."""
        call = self.earlier(which)
        if call is not None and isinstance(how, int):
            self.trial.tell_together([call] * how)
        elif call is not None:
            self.trial.tell(call, how)

    @step(which=EARLIER, change=st.sampled_from(CHANGES))
    def again_but(self, *, which: int, change: str) -> None:
        call = self.earlier(which, "debit", "credit", "rollback")
        if call is not None:
            self.trial.tell(self.drafts.changed(call, change))

    # ---- at the same moment ---------------------------------------------------------------------
    @step(
        kind=st.sampled_from(("debit", "debit", "rollback", "spend")),
        table=TABLES,
        number=IDS,
        round_id=ROUNDS,
        amount=AMOUNTS,
        copies=st.integers(2, 4),
    )
    def copies_together(
        self, *, kind: str, table: int, number: int, round_id: str, amount: Any, copies: int
    ) -> None:
        """Send copies of something that was not sent before."""
        drafts, session = self.drafts, self.drafts.session(table)
        if kind == "debit":
            call = drafts.movement("debit", session, drafts.fresh_id(), round_id, amount)
        elif kind == "rollback":
            call = drafts.reversal(session, drafts.fresh_id(), drafts.id(number))
        else:
            call = drafts.spending(session, amount)
        self.sent.append(call)
        self.trial.tell_together([call] * copies)

    @step(
        table=TABLES,
        round_id=ROUNDS,
        amount=AMOUNTS,
        others=st.sampled_from(CROSSING),
    )
    def race(self, *, table: int, round_id: str, amount: Any, others: str) -> None:
        """Send a bet, together with requests that may cross it."""
        drafts, session = self.drafts, self.drafts.session(table)
        bet = drafts.movement("debit", session, drafts.fresh_id(), round_id, amount)
        rollback = drafts.reversal(session, drafts.fresh_id(), bet.fields["transactionId"])
        win = drafts.movement("credit", session, drafts.fresh_id(), round_id, 25)
        other = drafts.movement("debit", session, drafts.fresh_id(), round_id, amount)
        elsewhere = drafts.other_wallets(session)
        crossing = {
            "a rollback": [rollback],
            "a win": [win],
            "a bet": [other],
            "a spend": [drafts.spending(session, amount)],
            "both": [rollback, win],
            "its id elsewhere": [drafts.changed(bet, "wallet")],
            "a rollback elsewhere": [
                drafts.reversal(elsewhere, drafts.fresh_id(), bet.fields["transactionId"])
            ],
        }[others]
        self.sent += [bet, *crossing]
        self.trial.tell_together([bet, *crossing])

    # ---- out of order ---------------------------------------------------------------------------
    @step(
        table=TABLES,
        amount=st.sampled_from((10, 20, "half", "all")),
        payout=st.sampled_from((0, 7, 50)),
        order=st.permutations(("bet", "bet", "win", "rollback", "rollback")),
    )
    def deliveries(self, *, table: int, amount: Any, payout: int, order: list[str]) -> None:
        """Send the requests of one round, each twice and in any order."""
        drafts, session = self.drafts, self.drafts.session(table)
        round_id = f"round-of-{drafts.fresh}"
        bet = drafts.movement("debit", session, drafts.fresh_id(), round_id, amount)
        parts = {
            "bet": bet,
            "win": drafts.movement("credit", session, drafts.fresh_id(), round_id, payout),
            "rollback": drafts.reversal(session, drafts.fresh_id(), bet.fields["transactionId"]),
        }
        self.tell(*(parts[part] for part in order))

    # ---- what is refused ------------------------------------------------------------------------
    @step(
        which=EARLIER,
        table=TABLES,
        kind=st.sampled_from(("getBalance", "debit", "credit", "rollback")),
        why=st.sampled_from((*FORGERIES, "amount", "amount", "session", "nothing staked")),
        amount=NO_AMOUNTS,
    )
    def turned_away(self, *, which: int, table: int, kind: str, why: str, amount: Any) -> None:
        """Send a request that is forged, for an unknown session, or has a wrong amount."""
        drafts, session = self.drafts, self.drafts.session(table)
        call = self.earlier(which, "debit", "credit", "rollback")
        if why in FORGERIES and call is not None:
            self.trial.tell(drafts.forged(call, why))
        elif why == "amount":
            name = "debit" if kind == "debit" else "credit"
            call = drafts.movement(name, session, drafts.fresh_id(), "r1", 1)
            self.trial.tell(call.but(amount=amount))
        elif why == "nothing staked":
            self.trial.tell(drafts.movement("debit", session, drafts.fresh_id(), "r1", 0))
        else:
            self.trial.tell(drafts.nobodys(kind))
