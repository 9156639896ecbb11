"""Who won most, and how the games' actual return compares with the theoretical one."""

from collections.abc import Sequence

from django.http import HttpRequest

from casino.backoffice.casino_report import Asked, CasinoReport
from casino.backoffice.ggr_page import key_cell
from casino.models import Game
from casino.reports import definitions, rtp
from casino.reports.play import By, play
from config.backoffice.display import page_url
from config.backoffice.exports import Cell, Column, Flag, Kind, Linked, Money, Name, Row, Share
from config.backoffice.own_pages import own_page


@own_page("reports/winners/", "report_winners")
class WinnersPage(CasinoReport):
    title = "Who won most"
    name = "winners"
    definition = definitions.WINNERS
    default_days = 1
    narrows_by = ("game", "provider")
    most = 1_000
    columns = (
        Column("Player", width=22),
        Column("Player id", width=16, is_only_in_files=True),
        Column("Currency", is_only_in_files=True),
        Column("Net result", Kind.MONEY, 16, is_change=True),
        Column("Turnover", Kind.MONEY, 16),
        Column("Payouts", Kind.MONEY, 16),
        Column("Rounds", Kind.WHOLE),
    )

    def rows(self, request: HttpRequest, wanted: Asked) -> Sequence[Row]:
        lines = play(by=By.PLAYER, order="result", most=self.most, **wanted._asdict())
        return [
            (
                key_cell(By.PLAYER, line),
                str(line.key),
                line.currency,
                Money(line.result, line.exponent, line.currency),
                Money(line.turnover, line.exponent, line.currency),
                Money(line.paid, line.exponent, line.currency),
                line.rounds,
            )
            for line in lines
            if line.is_play
        ]


@own_page("reports/rtp/", "report_rtp")
class RtpPage(CasinoReport):
    title = "Actual and theoretical RTP"
    name = "rtp"
    definition = definitions.RTP_WATCH
    default_days = 30
    narrows_by = ("game",)
    columns = (
        Column("Game", width=22),
        Column("Game id", width=16, is_only_in_files=True),
        Column("Currency"),
        Column("Bets", Kind.WHOLE),
        Column("Turnover", Kind.MONEY, 16),
        Column("RTP", Kind.SHARE, has_total=True),
        Column("Declared", Kind.SHARE),
        Column("Band", width=20, is_sortable=False),
        Column("Paid above expected", Kind.MONEY, 16, is_change=True),
        Column("Verdict", width=14),
    )

    def rows(self, request: HttpRequest, wanted: Asked) -> Sequence[Row]:
        return [_return_row(game) for game in rtp.returns(**wanted._asdict())]


def _return_row(game: rtp.GameReturn) -> Row:
    name: Cell = Name(game.game_name, game.game_code or "—")
    if game.game_pk is not None:
        name = Linked(name, page_url(Game, game.game_pk))
    beyond = game.more_paid_than_promised
    return (
        name,
        game.game_code,
        game.currency,
        game.bets,
        Money(game.turnover, game.exponent, game.currency),
        Share(game.paid, game.turnover),
        _percent(game.band.expected) if game.band else None,
        f"{_percent(game.band.low)} – {_percent(game.band.high)}" if game.band else None,
        None if beyond is None else Money(beyond, game.exponent, game.currency),
        _verdict(game),
    )


def _percent(share: float) -> Share:
    return Share(round(share * 1_000_000), 1_000_000)


def _verdict(game: rtp.GameReturn) -> Cell:
    if game.band is None:
        return "nothing declared"
    return Flag("outside", "bad") if game.is_outside else Flag("inside", "good")
