"""Builds requests from the few names that are drawn: players, tables, ids, rounds and amounts."""

from typing import Any

from tests.oracle import calls
from tests.oracle.calls import Call, Signer
from tests.oracle.house import name_of, player_id
from tests.oracle.model import LARGEST, Row, Session, Wallet
from tests.oracle.trial import Trial


class Drafts:
    """Drafts for one trial. Amounts may depend on what the wallet has in the model."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.fresh = 0

    # ---- names ----------------------------------------------------------------------------------
    def id(self, number: int) -> str:
        return f"{self.trial.name}-t{number}"

    def fresh_id(self) -> str:
        """The next id; the first ones may be drawn as well."""
        self.fresh += 1
        return self.id(self.fresh + 9)

    def player(self, name: str) -> str:
        return player_id(self.trial.name, name)

    def session(self, table: int) -> Session:
        sessions = self.trial.oracle.sessions
        return sessions[table % len(sessions)]

    def session_of(self, call: Call) -> Session:
        token = call.fields["sessionToken"]
        return next(each for each in self.trial.oracle.sessions if each.token == token)

    def wallet_of(self, session: Session) -> Wallet:
        return self.trial.oracle.wallets[session.wallet_id]

    def wallet(self, player: str, currency: str) -> Wallet | None:
        """``currency`` may be either of its codes."""
        for wallet in self.trial.oracle.wallets_of(self.player(player)):
            if currency in (wallet.currency.code, wallet.currency.short_code):
                return wallet
        return None

    def wallet_id(self, player: str, currency: str) -> str | None:
        wallet = self.wallet(player, currency)
        return wallet.wallet_id if wallet else None

    def amount(self, amount: Any, wallet_id: str | None) -> Any:
        wallet = self.trial.oracle.wallets.get(wallet_id or "")
        held = wallet.playable if wallet else 0
        named = {
            "half": held // 2,
            "all": held,
            "all - 1": held - 1,
            "all + 1": held + 1,
            "room": LARGEST - held,
            "room + 1": LARGEST - held + 1,
        }
        return named[amount] if isinstance(amount, str) else amount

    def standing_bets(self) -> list[tuple[Session, Row]]:
        """Bets of callbacks that may be paid or rolled back, each with a session for it."""
        oracle = self.trial.oracle
        return [
            (session, row)
            for wallet in oracle.wallets.values()
            for row in wallet.rows
            if row.kind == "BET" and not row.is_rolled_back
            for session in oracle.sessions
            if session.wallet_id == wallet.wallet_id
            and row.source == f"provider:{oracle.games[session.game_id].provider}"
        ]

    # ---- callbacks ------------------------------------------------------------------------------
    def launch(self, player: str, game: str, currency: str) -> Call:
        known = self.trial.house.games.get(game)
        fields = {
            "playerId": self.player(player),
            "gameId": known.provider_game_id if known else "nothing",
            "currency": currency,
        }
        return calls.launch(fields, self.wallet_id(player, currency))

    def callback(self, kind: str, fields: dict[str, Any], session: Session) -> Call:
        return calls.callback(kind, fields, self.trial.signer_of(session), session.wallet_id)

    def movement(
        self,
        kind: str,
        session: Session,
        transaction_id: str,
        round_id: str,
        amount: Any,
        **more: str | None,
    ) -> Call:
        """A debit or a credit. ``more``: optional fields, left out if None."""
        fields = {
            "sessionToken": session.token,
            "transactionId": transaction_id,
            "roundId": round_id,
            "amount": self.amount(amount, session.wallet_id),
            **{name: value for name, value in more.items() if value is not None},
        }
        if more.get("currency") == "own":
            fields["currency"] = self.wallet_of(session).currency.code
        return self.callback(kind, fields, session)

    def reversal(
        self, session: Session, transaction_id: str, original: str, round_id: str | None = None
    ) -> Call:
        fields = {
            "sessionToken": session.token,
            "transactionId": transaction_id,
            "originalTransactionId": original,
        }
        if round_id is not None:
            fields["roundId"] = round_id
        return self.callback("rollback", fields, session)

    def changed(self, call: Call, change: str) -> Call:
        """A callback that was sent, with the same id but a change that may be content."""
        kind, session = call.path.rpartition("/")[2], self.session_of(call)
        if change == "wallet":
            other = self.other_wallets(session)
            return self.callback(kind, {**call.fields, "sessionToken": other.token}, other)
        if change == "kind":
            others = {"debit": "credit", "credit": "rollback", "rollback": "debit"}
            more = {"amount": 5, "roundId": "r1", "originalTransactionId": self.id(3)}
            return self.callback(others[kind], {**more, **call.fields}, session)
        original = "originalTransactionId" if kind == "rollback" else "relatedTransactionId"
        changes: dict[str, dict[str, Any]] = {
            "amount": {"amount": 1 if call.fields.get("amount") != 1 else 2},
            "round": {"roundId": "r9"},
            "the round of the bet": {"roundId": self.round_of(call)},
            "currency": {"currency": "USD"},
            "the wallet's currency": {"currency": self.wallet_of(session).currency.code},
            "original": {original: self.id(99)},
        }
        return call.but(**changes[change])

    def round_of(self, call: Call) -> str | None:
        """The round of the bet that is rolled back, unless the rollback named it."""
        for row in self.wallet_of(self.session_of(call)).rows:
            if row.external_id == call.fields.get("originalTransactionId"):
                return None if "roundId" in call.fields else row.round_id
        return call.fields.get("roundId")

    def other_wallets(self, session: Session) -> Session:
        """A session of another wallet at the same provider."""
        games = self.trial.oracle.games
        return next(
            each
            for each in self.trial.oracle.sessions
            if each.wallet_id != session.wallet_id
            and games[each.game_id].provider == games[session.game_id].provider
        )

    def forged(self, call: Call, how: str) -> Call:
        """The same call, signed by somebody who may not sign it."""
        assert call.signer is not None
        code, house = call.signer.code, self.trial.house
        signers = {
            "signed by a stranger": Signer(code, b"guessed", None),
            "not signed": Signer(code, None, None),
            "signed for the other direction": Signer(
                code, str(house.providers["main"].provider_secret).encode(), None
            ),
            # The signature is right, but the session belongs to another provider.
            "signed by another provider": self.trial.signer(
                "second" if code == house.code("main") else "main"
            ),
        }
        kind = call.path.rpartition("/")[2]
        return calls.callback(kind, call.fields, signers[how], call.wallet_id)

    def nobodys(self, kind: str) -> Call:
        """A callback for a session that does not exist."""
        fields = {
            "sessionToken": "nobody's",
            "transactionId": self.fresh_id(),
            "roundId": "r1",
            "amount": 1,
            "originalTransactionId": self.id(1),
        }
        return calls.callback(kind, fields, self.trial.signer("main"), None)

    # ---- events ---------------------------------------------------------------------------------
    def event(
        self, number: int, player: str, wallet_id: str | None, game: str, **sent: Any
    ) -> Call:
        known = self.trial.house.games.get(game)
        fields = {
            "req_id": self.id(number),
            "session_id": f"evening-of-{player}",
            "player_id": self.player(player),
            "wallet_id": wallet_id or "nothing",
            "game_code": known.provider_game_id if known else f"{self.trial.name}-{game}",
            **sent,
        }
        return calls.event(fields)

    # ---- the wallet service ---------------------------------------------------------------------
    def version_1(
        self, what: str, user_id: str, asset: str, *, amount: Any, reference: str, said: str
    ) -> Call:
        about = {"topup": "payment_method", "bonus": "bonus_type", "spend": "item_id"}[what]
        wallet_id = self.wallet_id(name_of(self.trial.name, user_id), asset)
        fields = {
            "user_id": user_id,
            "asset_code": asset,
            "amount": self.amount(amount, wallet_id),
            "reference_id": reference,
            about: said,
        }
        return calls.version_1(what, fields, wallet_id)

    def spending(self, session: Session, amount: Any) -> Call:
        """A purchase from the wallet that is played with, if the wallet service has it."""
        wallet = self.wallet_of(session)
        return self.version_1(
            "spend",
            wallet.player_id,
            wallet.currency.code,
            amount=amount,
            reference=self.fresh_id(),
            said="a sword",
        )

    def funds(
        self, what: str, player: str, asset: str, *, amount: Any, key: str, seen: str | None
    ) -> Call:
        """``seen``: the version that the caller says it saw, if any."""
        wallet = self.wallet(player, asset)
        wallet_id, version = (wallet.wallet_id, wallet.version) if wallet else (None, 0)
        if_match = {"now": f'"{version}"', "before": f'"{version - 1}"'}.get(seen or "")
        fields = {"asset_code": asset, "amount": self.amount(amount, wallet_id)}
        return calls.funds(
            what,
            user_id=self.player(player),
            fields=fields,
            key=key,
            if_match=if_match,
            wallet_id=wallet_id,
        )

    def root(self, what: str, player: str, asset: str, amount: Any, **more: str | None) -> Call:
        fields = {
            "transaction_type": what,
            "user_id": self.player(player),
            "asset_code": asset,
            "amount": amount,
            **{name: value for name, value in more.items() if value is not None},
        }
        return calls.root(fields, self.wallet_id(player, asset))
