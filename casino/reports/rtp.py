"""What games returned to players, compared with the return that they declare."""

import math
from dataclasses import dataclass
from operator import add
from typing import Any, NamedTuple

from casino.reports.models import GameTheory
from casino.reports.period import Period
from casino.reports.play import EVERYTHING, Narrowed
from casino.reports.sql import FRESH, FRESH_HOURS
from casino.reports.summary import Reach
from config.postgres.replica import connection

STANDARD_ERRORS = 3
"""A fair game stays this close to its declared return in 997 of 1,000 cases."""


class Band(NamedTuple):
    """Shares of the turnover: the declared return, and the range that chance alone explains."""

    expected: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class GameReturn:
    """One game in one currency, in minor units; ``band`` is None if nothing is declared."""

    game_code: str
    game_name: str
    game_pk: int | None
    currency: str
    exponent: int
    bets: int
    turnover: int
    paid: int
    band: Band | None

    @property
    def actual(self) -> float | None:
        return self.paid / self.turnover if self.turnover > 0 else None

    @property
    def is_outside(self) -> bool:
        """Whether chance alone hardly explains the return."""
        if self.band is None or self.actual is None:
            return False
        return not self.band.low <= self.actual <= self.band.high

    @property
    def more_paid_than_promised(self) -> int | None:
        """What the game paid beyond its declared return, in minor units. May be negative."""
        if self.band is None:
            return None
        return round(self.paid - self.band.expected * self.turnover)


_QUERY = f"""
WITH fresh AS MATERIALIZED ({FRESH})
SELECT play.game_code, coalesce(game.name, ''), game.id, play.currency_code, currency.exponent,
    sum(play.bets), sum(play.staked - play.returned), sum(play.paid), sum(play.staked_squared)
FROM (
    SELECT hour, currency_code, game_code, bets, staked, returned, paid, staked_squared
    FROM casino_report_game_hours WHERE hour >= %(first)s AND hour < %(after)s
    UNION ALL
    SELECT hour, currency_code, game_code, bets, staked, returned, paid, staked_squared
    FROM ({FRESH_HOURS}) unsummed WHERE hour >= %(first)s AND hour < %(after)s
) play
JOIN casino_currencies currency ON currency.code = play.currency_code
LEFT JOIN casino_games game ON game.provider_game_id = play.game_code
WHERE (%(currency)s::text IS NULL OR play.currency_code = %(currency)s)
    AND (%(game)s::text IS NULL OR play.game_code = %(game)s)
GROUP BY 1, 2, 3, 4, 5
HAVING bool_or(play.bets > 0 OR play.paid > 0)
ORDER BY 1, 4
"""


def returns(*, period: Period, reach: Reach, narrowed: Narrowed = EVERYTHING) -> list[GameReturn]:
    """Every game that was played, by its code.

    Makes one query per book; call it within ``summary.reading``. Of ``narrowed``, only currency and
    game have an effect.
    """
    promised = {theory.game_id: theory for theory in GameTheory.objects.all()}
    summed: dict[tuple[Any, ...], list[int]] = {}
    for part in reach.each():
        with connection.cursor() as cursor:
            cursor.execute(
                _QUERY,
                {
                    **part.parameters,
                    "first": period.begin,
                    "after": period.end,
                    "currency": narrowed.currency,
                    "game": narrowed.game,
                },
            )
            for code, name, pk, currency, exponent, *figures in cursor.fetchall():
                sums = summed.setdefault((code, currency, name, pk, exponent), [0] * len(figures))
                sums[:] = map(add, sums, map(int, figures))
    return [
        GameReturn(
            code, name, pk, currency, exponent, bets, turnover, paid,
            band(promised.get(pk), turnover, squared),
        )
        for (code, currency, name, pk, exponent), (bets, turnover, paid, squared)
        in sorted(summed.items(), key=lambda line: line[0][:2])
    ]  # fmt: skip


def band(theory: GameTheory | None, turnover: int, staked_squared: int) -> Band | None:
    """The range that chance alone explains; None if nothing is declared or nothing was played."""
    if theory is None or turnover <= 0:
        return None
    expected = float(theory.return_to_player)
    error = math.sqrt(float(theory.payout_variance) * max(staked_squared, 0)) / turnover
    room = STANDARD_ERRORS * error
    return Band(expected, max(expected - room, 0.0), expected + room)
