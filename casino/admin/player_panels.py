"""What a player's page shows besides the form: money, how play went, rounds, notes."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest

from casino.admin.display import money, wallet_link
from casino.admin.movements import round_link
from casino.backoffice.models import PlayerNote
from casino.models import Transaction, User
from casino.reports import summary
from casino.reports.period import Period
from casino.reports.play import By, Narrowed, Played, play
from config.backoffice import Panel
from config.backoffice.display import count, link, list_url, moment
from config.backoffice.exports import Share
from config.backoffice.money import money_span

_MOST_ROUNDS = 10
_TRANSACTIONS_LOOKED_THROUGH = 60
_MOST_NOTES = 20
_LIFETIME_DAYS = 3_650
_PERIODS = (("Today", 1), ("7 days", 7), ("30 days", 30), ("Lifetime", _LIFETIME_DAYS))


def wallets_panel(user: User) -> Panel:
    return Panel(
        "Balances",
        ("Wallet", "Playable", "Redeemable", "Transactions", "Changed"),
        [
            (
                wallet_link(wallet),
                money(wallet.playable_balance, wallet.currency),
                money(wallet.redeemable_balance, wallet.currency),
                link(list_url(Transaction, wallet=wallet.pk), count(wallet.version)),
                moment(wallet.updated_at),
            )
            for wallet in user.wallets.all()
        ],
    )


def results_panel(user: User) -> Panel:
    """How play went, by period and currency."""
    today = datetime.now(UTC).date()
    rows: list[tuple[Any, ...]] = []
    with summary.reading() as reach:
        for label, days in _PERIODS:
            lines = play(
                by=By.CURRENCY,
                period=Period.ending(today, days),
                reach=reach,
                narrowed=Narrowed(player_pk=user.pk),
            )
            rows += [_result(label, line) for line in lines]
    headers = ("Period", "Rounds", "Staked", "Won", "Result", "RTP")
    return Panel("Result of play", headers, rows, empty="No activity")


def _result(label: str, line: Played) -> tuple[Any, ...]:
    def amount(minor: int, *, signed: bool = False) -> Any:
        return money_span(minor, line.exponent, line.currency, signed=signed)

    return (
        label,
        count(line.rounds),
        amount(line.turnover),
        amount(line.paid),
        amount(line.result, signed=True),
        str(Share(line.paid, line.turnover)) or "—",
    )


def rounds_panel(user: User) -> Panel:
    """The latest rounds, from the newest transactions of each wallet."""
    rows = []
    for wallet in user.wallets.all():
        newest = (
            Transaction.objects.filter(wallet=wallet)
            .select_related("wallet")
            .order_by("-sequence")[:_TRANSACTIONS_LOOKED_THROUGH]
        )
        rounds: dict[tuple[str, str], Transaction] = {}
        for posted in newest:
            if posted.round_id is not None:
                rounds.setdefault((posted.source, posted.round_id), posted)
        rows += [
            (round_link(posted), posted.game_code or "—", wallet_link(wallet),
             moment(posted.created_at))
            for posted in list(rounds.values())[:_MOST_ROUNDS]
        ]  # fmt: skip
    return Panel("Latest rounds", ("Round", "Game", "Wallet", "Last movement"), rows)


def notes_panels(request: HttpRequest, user: User) -> Iterator[Panel]:
    if not request.user.has_perm("casino_backoffice.view_playernote"):
        return
    notes = PlayerNote.objects.filter(player=user).order_by("-pk")[:_MOST_NOTES]
    rows = [(moment(note.written_at), note.written_by, note.text) for note in notes]
    yield Panel("Notes", ("Written", "By", "Note"), rows)
