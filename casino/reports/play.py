"""How much was played and what the house kept: turnover, payouts, GGR and NGR, by day, game etc."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Any, NamedTuple

from casino.models import Wallet
from casino.reports.period import Period
from casino.reports.sql import COUNTED, FRESH, FRESH_DAYS, FRESH_HOURS
from casino.reports.summary import Reach
from config.postgres.replica import connection


class By(Enum):
    """What a line of the report is about. A line never mixes currencies."""

    CURRENCY = "currency"
    HOUR = "hour"
    DAY = "day"
    GAME = "game"
    PROVIDER = "provider"
    PLAYER = "player"


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """What a report is limited to. None means no limit."""

    currency: str | None = None
    game: str | None = None
    provider: str | None = None
    player_pk: int | None = None


EVERYTHING = Narrowed()


class Played(NamedTuple):
    """One line. Amounts are in minor units; 10**``exponent`` of them are one major unit.

    ``key`` is what the line is about (a code, a date, an hour), ``name`` is what people call it,
    and ``key_pk`` is the primary key of a player, for links.
    """

    key: Any
    name: str
    key_pk: int | None
    currency: str
    exponent: int
    is_asset: bool
    rounds: int
    bets: int
    wins: int
    rollbacks: int
    staked: int
    returned: int
    paid: int
    bonuses: int
    added: int
    removed: int

    @property
    def is_play(self) -> bool:
        """Whether anything was played. Otherwise there were only bonuses and adjustments."""
        return self.bets + self.wins + self.rollbacks > 0

    @property
    def turnover(self) -> int:
        return self.staked - self.returned

    @property
    def ggr(self) -> int:
        return self.turnover - self.paid

    @property
    def ngr(self) -> int:
        bonuses = 0 if self.is_asset else self.bonuses
        return self.ggr - bonuses - self.added

    @property
    def result(self) -> int:
        """What the players won or lost in total: payouts less turnover."""
        return -self.ggr


_KEYS = {
    By.CURRENCY: ("play.currency_code", "currency.name", "NULL::bigint"),
    By.HOUR: ("play.hour", "''", "NULL::bigint"),
    By.DAY: ("(play.hour AT TIME ZONE 'UTC')::date", "''", "NULL::bigint"),
    By.GAME: ("play.game_code", "coalesce(game.name, '')", "game.id"),
    By.PROVIDER: (
        "coalesce(provider.code, play.source)",
        "coalesce(provider.name, '')",
        "provider.id",
    ),
    By.PLAYER: ("player.username", "player.display_name", "player.id"),
}

_NAMES = ", ".join(COUNTED)
_HOURS = f"""
SELECT hour, currency_code, game_code, source, {_NAMES}
FROM casino_report_game_hours WHERE hour >= %(first)s AND hour < %(after)s
UNION ALL
SELECT hour, currency_code, game_code, source, {_NAMES}
FROM ({FRESH_HOURS}) unsummed WHERE hour >= %(first)s AND hour < %(after)s
"""
_OF_WALLETS = """
    day >= %(first_day)s AND day <= %(last_day)s
    AND (%(wallets)s::bigint[] IS NULL OR wallet_id = ANY(%(wallets)s))
"""
_DAYS = f"""
SELECT days.*, wallet.currency_code, wallet.user_id FROM (
    SELECT day, wallet_id, game_code, source, {_NAMES}
    FROM casino_report_player_days WHERE {_OF_WALLETS}
    UNION ALL
    SELECT day, wallet_id, game_code, source, {_NAMES}
    FROM ({FRESH_DAYS}) unsummed WHERE {_OF_WALLETS}
) days JOIN casino_wallets wallet ON wallet.id = days.wallet_id
"""
_WITH_FIGURES = """
HAVING bool_or(play.bets + play.wins + play.rollbacks > 0
    OR play.bonuses + play.added + play.removed > 0)
"""
_WHOLE = "10::numeric ^ (18 - exponent)"
"""Makes the minor units of all currencies equally small. No currency has more than 18 decimals."""

_ORDERS = {
    "key": "key, currency",
    "result": f"(paid + returned - staked) * {_WHOLE} DESC, key",
    "turnover": f"(staked - returned) * {_WHOLE} DESC, key",
}


def play(
    *,
    by: By,
    period: Period,
    reach: Reach,
    narrowed: Narrowed = EVERYTHING,
    order: str = "key",
    most: int | None = None,
) -> list[Played]:
    """The lines of the period, ordered by ``key`` or by the highest ``result`` or ``turnover``.

    Amounts are compared as they are shown, in major units, although nothing is converted. There are
    at most ``most`` lines per currency. Makes one query per book; call it within
    ``summary.reading``.
    """
    # A player is in one book only. Other lines add up over the books, so each book sends all its
    # lines.
    bound = most if by is By.PLAYER or not reach.of_books else None
    query, parts = _query(by, narrowed, order), []
    for part in reach.each():
        parameters = {**_parameters(period, part, narrowed), "most": bound or 2**31}
        with connection.cursor() as cursor:
            cursor.execute(query, parameters)
            parts.append([_read(row) for row in cursor.fetchall()])
    return parts[0] if len(parts) == 1 else _together(parts, order, most)


_SORTS: Mapping[str, Callable[[Played], Any]] = {
    "key": lambda line: (line.key, line.currency),
    "result": lambda line: (Fraction(line.ggr, 10**line.exponent), line.key),
    "turnover": lambda line: (Fraction(-line.turnover, 10**line.exponent), line.key),
}
"""The same orders as ``_ORDERS`` has in SQL."""


def _together(parts: list[list[Played]], order: str, most: int | None) -> list[Played]:
    """Merge the lines of several books; lines about the same thing are added up."""
    summed: dict[tuple[Any, str], Played] = {}
    for line in (line for part in parts for line in part):
        known = summed.get((line.key, line.currency))
        if known is not None:
            sums = {name: getattr(known, name) + getattr(line, name) for name in COUNTED}
            line = known._replace(**sums)  # noqa: PLW2901 - the sum takes its place
        summed[line.key, line.currency] = line
    placed: Counter[str] = Counter()
    lines = []
    for line in sorted(summed.values(), key=_SORTS[order]):
        placed[line.currency] += 1
        if most is None or placed[line.currency] <= most:
            lines.append(line)
    return lines


def active_players(*, period: Period, reach: Reach) -> dict[str, int]:
    """How many players bet in the period, by currency; a player who bet in two counts in both."""
    query = f"""
        WITH fresh AS MATERIALIZED ({FRESH})
        SELECT currency_code, count(DISTINCT user_id) FROM ({_DAYS}) play WHERE bets > 0 GROUP BY 1
    """
    active: Counter[str] = Counter()
    for part in reach.each():
        with connection.cursor() as cursor:
            cursor.execute(query, _parameters(period, part, EVERYTHING))
            active.update(dict(cursor.fetchall()))
    return active


def _parameters(period: Period, reach: Reach, narrowed: Narrowed) -> dict[str, Any]:
    wallets = None
    if narrowed.player_pk is not None:
        owned = Wallet.objects.filter(user_id=narrowed.player_pk)
        wallets = list(owned.values_list("pk", flat=True))
    return {
        **reach.parameters,
        "first": period.begin,
        "after": period.end,
        "first_day": period.first,
        "last_day": period.last,
        "wallets": wallets,
        "currency": narrowed.currency,
        "game": narrowed.game,
        "provider": narrowed.provider,
    }


def _query(by: By, narrowed: Narrowed, order: str) -> str:
    """Only the days have players. A report without players reads the hours, which are far fewer."""
    by_player = by is By.PLAYER or narrowed.player_pk is not None
    key, name, key_pk = _KEYS[by]
    if by_player and by is By.DAY:
        key = "play.day"
    sums = ", ".join(f"sum(play.{column}) AS {column}" for column in COUNTED)
    return f"""
        WITH fresh AS MATERIALIZED ({FRESH}),
        lines AS (
            SELECT {key} AS key, {name} AS name, {key_pk} AS key_pk,
                play.currency_code AS currency, currency.exponent, currency.is_asset, {sums}
            FROM ({_DAYS if by_player else _HOURS}) play
            JOIN casino_currencies currency ON currency.code = play.currency_code
            LEFT JOIN casino_games game ON game.provider_game_id = play.game_code
            LEFT JOIN casino_game_providers provider ON provider.id = game.provider_id
            {"JOIN casino_users player ON player.id = play.user_id" if by_player else ""}
            WHERE (%(currency)s::text IS NULL OR play.currency_code = %(currency)s)
                AND (%(game)s::text IS NULL OR play.game_code = %(game)s)
                AND (%(provider)s::text IS NULL
                    OR coalesce(provider.code, play.source) = %(provider)s)
            GROUP BY 1, 2, 3, 4, 5, 6
            {_WITH_FIGURES}
        ), placed AS (
            SELECT lines.*,
                row_number() OVER (PARTITION BY currency ORDER BY {_ORDERS[order]}) AS place
            FROM lines
        )
        SELECT key, name, key_pk, currency, exponent, is_asset, {_NAMES}
        FROM placed WHERE place <= %(most)s ORDER BY {_ORDERS[order]}
    """


def _read(row: tuple[Any, ...]) -> Played:
    key, name, key_pk, currency, exponent, is_asset, *numbers = row
    return Played(key, name, key_pk, currency, exponent, is_asset, *map(int, numbers))
