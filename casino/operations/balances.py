"""The balance of a session's wallet, and a player's balance of each asset. Nothing is locked."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from casino.ledger.prepared import Row, statement
from casino.ledger.reading import rows_of
from casino.models import User
from casino.operations.errors import PlayerNotFound, SessionNotFound, SessionOfAnotherProvider
from casino.operations.holdings import Holding
from config.wire.tokens import token_digest


class SessionBalance(NamedTuple):
    """Minor units; ``redeemable`` is the part of ``playable`` that may be withdrawn.

    ``exponent`` is the number of digits after the decimal point.
    """

    player_id: str
    currency: str
    exponent: int
    playable: int
    redeemable: int


# The most frequent call. Django would take twice as long to compile this as the whole call takes.
_BALANCES = """
SELECT session.token, session.provider_id, player.username, wallet.currency_code,
    currency.exponent, wallet.playable_balance, wallet.redeemable_balance
FROM {sessions}
JOIN casino_users player ON player.id = session.user_id
JOIN casino_wallets wallet ON wallet.id = session.wallet_id
JOIN casino_currencies currency ON currency.code = wallet.currency_code
"""
_OF_ONE = statement(
    _BALANCES.format(sessions="casino_game_sessions session") + "WHERE session.token = %(token)s"
)
_OF_SEVERAL = statement(
    _BALANCES.format(
        sessions="unnest(%(tokens)s::text[]) asked(token)"
        " JOIN casino_game_sessions session ON session.token = asked.token"
    )
)


class BalanceOfSession:
    """A session's balance, to be read with others of its kind: one query, no lock.

    It also works for an inactive session.
    """

    __slots__ = ("_fault", "_provider_pk", "_row", "_token", "is_done")

    def __init__(self, *, session_token: str, provider_pk: int) -> None:
        self._token = token_digest(session_token)
        self._provider_pk = provider_pk
        self._row: Row | None = None
        self._fault: Exception | None = None
        self.is_done = False

    @staticmethod
    def carry_out(
        asked: "Sequence[BalanceOfSession]", make_way: Callable[[], None] = lambda: None
    ) -> None:
        """Read these. If the database is unavailable, all of them get the same error."""
        make_way()  # others may read at the same time
        found: dict[str, Row] = {}
        fault: Exception | None = None
        tokens = [each._token for each in asked]
        try:
            if len(tokens) == 1:
                rows = rows_of(_OF_ONE, {"token": tokens[0]}, tuple)
            else:
                rows = rows_of(_OF_SEVERAL, {"tokens": tokens}, tuple)
            found = {row[0]: row[1:] for row in rows}
        except Exception as caught:
            fault = caught
        for each in asked:
            each._row, each._fault, each.is_done = found.get(each._token), fault, True

    def result(self) -> SessionBalance:
        """Raises SessionNotFound, SessionOfAnotherProvider, or the error of the read."""
        if not self.is_done:
            self.carry_out([self])
        if self._fault is not None:
            raise self._fault
        if self._row is None:
            raise SessionNotFound("There is no such session.")
        provider_pk, *balance = self._row
        if provider_pk != self._provider_pk:
            raise SessionOfAnotherProvider("The session belongs to another provider.")
        return SessionBalance(*balance)


class AssetBalance(NamedTuple):
    """A wallet's balance in minor units of the asset, at ``version``."""

    wallet_pk: int
    asset_code: str
    exponent: int
    balance: int
    version: int
    updated_at: datetime


_OF_PLAYER = """
SELECT wallet.id, wallet.currency_code, currency.exponent, wallet.playable_balance,
    wallet.version, wallet.updated_at
FROM casino_users player
JOIN casino_wallets wallet ON wallet.user_id = player.id
JOIN casino_currencies currency ON currency.code = wallet.currency_code AND currency.is_asset
WHERE player.username = %(player_id)s
"""
_ASSETS = statement(f"{_OF_PLAYER} ORDER BY wallet.currency_code")
_ASSET = statement(f"{_OF_PLAYER} AND wallet.currency_code = %(asset_code)s")


def balances_of_player(*, player_id: str) -> list[AssetBalance]:
    """Every asset that the player has a wallet for, by code, without money like EUR.

    Raises PlayerNotFound.
    """
    found = _read(player_id)
    if not found and not User.objects.filter(username=player_id).exists():
        raise PlayerNotFound("There is no such user.")
    return found


def balance_of_holding(*, holding: Holding) -> AssetBalance:
    """The player's balance of one asset. Raises PlayerNotFound, WalletNotFound."""
    found = _read(holding.player_id, holding.asset_code)
    if not found:
        raise holding.not_found()
    return found[0]


def _read(player_id: str, asset_code: str | None = None) -> list[AssetBalance]:
    if asset_code is None:
        return rows_of(_ASSETS, {"player_id": player_id}, AssetBalance)
    return rows_of(_ASSET, {"player_id": player_id, "asset_code": asset_code}, AssetBalance)
