"""Sections 1 and 2 of the contract: signatures, getBalance, debit, credit and rollback."""

from collections.abc import Mapping
from typing import Any

from tests.oracle.answers import SOME, Expected, Refused
from tests.oracle.codes import refusal
from tests.oracle.model import LARGEST, Row, Session, State, Wallet

Fields = Mapping[str, Any]


class Callbacks(State):
    """``provider`` signed the request; None if the signature is wrong."""

    def callback(self, name: str, fields: Fields, provider: str | None) -> Expected:
        """getBalance, debit, credit or rollback."""
        try:
            return self._callback(name, fields, provider)
        except Refused as refused:
            return refusal(refused)

    def _callback(self, name: str, fields: Fields, provider: str | None) -> Expected:
        if provider is None:
            raise Refused("INVALID_SIGNATURE")  # before anything else
        if name in {"debit", "credit"}:
            _read_amount(fields["amount"], least=1 if name == "debit" else 0)
        session = self._session(fields["sessionToken"], provider)
        if name == "getBalance":
            return self._balance(session)
        act = {"debit": self._debit, "credit": self._credit, "rollback": self._rollback}[name]
        return act(session, fields, f"provider:{provider}")

    def _session(self, token: str, provider: str) -> Session:
        for session in self.sessions:
            # The contract names no code: another provider's session does not exist for this one.
            if session.token == token and self.games[session.game_id].provider == provider:
                return session
        raise Refused("SESSION_NOT_FOUND")

    def _balance(self, session: Session) -> Expected:
        wallet = self.wallets[session.wallet_id]
        body = {
            "status": "success",
            "playerId": wallet.player_id,
            "currency": wallet.currency.code,
            "exponent": wallet.currency.exponent,
            "balance": wallet.playable,
            "playableBalance": wallet.playable,
            "redeemableBalance": wallet.redeemable,
        }
        return Expected(200, body)

    def _debit(self, session: Session, fields: Fields, source: str) -> Expected:
        wallet, amount = self.wallets[session.wallet_id], fields["amount"]
        key, content = (source, fields["transactionId"]), _content("debit", wallet, fields)

        def move() -> tuple[Row, Any]:
            _same_currency(wallet, fields)
            self._may_bet_in(session, amount)
            part = self.stake(wallet, amount)
            row = self.post(
                wallet,
                "BET",
                key,
                content,
                playable=-amount,
                redeemable=-part,
                round_id=fields["roundId"],
            )
            return row, _moved(row, wallet)

        self.refuse_the_late(key)
        return self.once(*key, content, move)

    def _may_bet_in(self, session: Session, amount: int) -> None:
        game = self.games[session.game_id]
        try:
            self.may_bet(session.player_id, game, amount)
        except Refused as refused:
            if refused.name != "BET_LIMIT" or session.active:
                raise
        if not session.active:
            raise Refused("SESSION_INACTIVE")

    def refuse_the_late(self, key: tuple[str, str]) -> None:
        """Refuse a bet that comes after its tombstone."""
        if key in self.ids and self.ids[key].kind == "TOMBSTONE":
            raise Refused("TRANSACTION_ROLLED_BACK")

    def _credit(self, session: Session, fields: Fields, source: str) -> Expected:
        wallet, amount = self.wallets[session.wallet_id], fields["amount"]
        key = (source, fields["transactionId"])
        content = (*_content("credit", wallet, fields), fields.get("relatedTransactionId"))

        def move() -> tuple[Row, Any]:
            _same_currency(wallet, fields)
            self.must_be_owed(wallet, source, fields)
            row = self.post(
                wallet,
                "WIN",
                key,
                content,
                playable=amount,
                redeemable=self.win(wallet, amount),
                round_id=fields["roundId"],
            )
            return row, _moved(row, wallet)

        return self.once(*key, content, move)

    def must_be_owed(self, wallet: Wallet, source: str, fields: Fields) -> None:
        """The round must have a standing bet; a bet that is named must be one of them."""
        bets = self.rows_of_round(wallet, source, fields["roundId"], "BET")
        _one_must_stand(bets)
        related = fields.get("relatedTransactionId")
        if related is not None:
            _one_must_stand([bet for bet in bets if bet.external_id == related])

    def _rollback(self, session: Session, fields: Fields, source: str) -> Expected:
        wallet = self.wallets[session.wallet_id]
        key, original = (source, fields["transactionId"]), fields["originalTransactionId"]
        asked, said = ("rollback", wallet.wallet_id, original), fields.get("roundId")

        if key[1] == original and self.was_buried_by_another(key):
            return Expected(200, self._unmoved(wallet, self.ids[key], said))

        def move() -> tuple[Row, Any]:
            bet = self.ids.get((source, original))
            if bet is None and key[1] == original:
                row = self.post(wallet, "TOMBSTONE", key, (*asked, said), round_id=said)
                return row, self._unmoved(wallet, row, said)
            if bet is None:
                self.bury(wallet, (source, original), said)
                kind, round_id = "ROLLBACK", said
            else:
                kind, round_id = self._way_back(wallet, bet, said)
            restored = bet if kind == "ROLLBACK" else None
            row = self._restore(wallet, restored, kind, key, (*asked, round_id))
            return row, {
                **_moved(row, wallet),
                "originalTransactionId": original,
                "rolledBack": restored is not None,
                "tombstone": bet is None or bet.kind == "TOMBSTONE",
            }

        # The contract leaves open what it means to omit the round the second time: here, the same.
        earlier = self.ids.get(key)
        repeated = earlier.round_id if earlier is not None and said is None else said
        return self.once(*key, (*asked, repeated), move)

    def was_buried_by_another(self, bet: tuple[str, str]) -> bool:
        """Whether a rollback with an id of its own left the tombstone."""
        return bet in self.ids and self.ids[bet].content == ("tombstone",)

    def _unmoved(self, wallet: Wallet, tombstone: Row, said: str | None) -> dict[str, Any]:
        """The answer about a tombstone to a rollback that carries its bet's own id.

        The contract does not define the balance if nothing new is stored: it is the current one.
        """
        return {
            **_moved(tombstone, wallet),
            "roundId": tombstone.round_id or said,
            "balance": wallet.playable,
            "originalTransactionId": tombstone.external_id,
            "rolledBack": False,
            "tombstone": True,
        }

    def bury(self, wallet: Wallet, bet: tuple[str, str], round_id: str | None) -> None:
        """The marker gets a number in the wallet's history before the rollback that left it."""
        self.post(wallet, "TOMBSTONE", bet, ("tombstone",), round_id=round_id)

    def _way_back(self, wallet: Wallet, bet: Row, said: str | None) -> tuple[str, str | None]:
        """Which kind of row a rollback of this makes, and for which round."""
        if bet.kind == "TOMBSTONE":
            # The contract leaves the round open: the tombstone's or, without one, the given one.
            return "REPEATED_ROLLBACK", bet.round_id or said
        if bet.kind != "BET" or bet.wallet_id != wallet.wallet_id:
            raise Refused("ROLLBACK_NOT_ALLOWED")
        if said not in {None, bet.round_id}:
            raise Refused("ROLLBACK_NOT_ALLOWED")
        if bet.is_rolled_back:
            return "REPEATED_ROLLBACK", bet.round_id
        assert bet.round_id is not None
        if self.rows_of_round(wallet, bet.source, bet.round_id, "WIN"):
            raise Refused("ROUND_SETTLED")
        return "ROLLBACK", bet.round_id

    def _restore(
        self,
        wallet: Wallet,
        bet: Row | None,
        kind: str,
        key: tuple[str, str],
        content: tuple[Any, ...],
    ) -> Row:
        """``bet`` is None if nothing is given back."""
        row = self.post(
            wallet,
            kind,
            key,
            content,
            playable=bet.amount if bet else 0,
            redeemable=self.part_to_restore(wallet, bet) if bet else 0,
            round_id=content[-1],
        )
        if bet:
            bet.is_rolled_back = True
        return row

    def part_to_restore(self, wallet: Wallet, bet: Row) -> int:
        """What the bet took of the redeemable balance; it is never computed again."""
        return bet.redeemable


def _one_must_stand(bets: list[Row]) -> None:
    if not bets:
        raise Refused("BET_NOT_FOUND")
    if all(bet.is_rolled_back for bet in bets):
        raise Refused("TRANSACTION_ROLLED_BACK")


def _content(kind: str, wallet: Wallet, fields: Fields) -> tuple[Any, ...]:
    """The content of a request; naming the wallet's own currency does not change it."""
    currency = fields.get("currency") or wallet.currency.code
    return (kind, wallet.wallet_id, fields["amount"], fields["roundId"], currency)


def _same_currency(wallet: Wallet, fields: Fields) -> None:
    if fields.get("currency") not in (None, wallet.currency.code):
        raise Refused("CURRENCY_MISMATCH")


def _read_amount(amount: Any, *, least: int) -> None:
    """An integer in minor units: not a float, string or bool."""
    if type(amount) is not int or not least <= amount <= LARGEST:
        raise Refused("INVALID_REQUEST", errors={"amount": [SOME]})


def _moved(row: Row, wallet: Wallet) -> dict[str, Any]:
    return {
        "status": "success",
        "transactionId": row.external_id,
        "casinoTransactionId": SOME,
        "roundId": row.round_id,
        "amount": row.amount,
        "currency": wallet.currency.code,
        "balance": row.playable_after,
    }
