"""The panels on a player's page: money, results of play, limits, rounds, notes."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.html import format_html

from casino.admin.display import money, wallet_link
from casino.admin.movements import round_link
from casino.backoffice import flags
from casino.backoffice.addresses import page
from casino.backoffice.models import CurrencyPolicy, PlayerNote
from casino.models import Currency, Transaction, User
from casino.reports import summary
from casino.reports.period import Period
from casino.reports.play import By, Narrowed, Played, play
from config.backoffice import Panel
from config.backoffice.display import count, link, list_url, moment, page_url
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
    """The results of play, by period and currency."""
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
            rows += [_result(label, line) for line in lines if line.is_play]
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
        format_html(
            '<span class="count number">{}</span>', str(Share(line.paid, line.turnover)) or "—"
        ),
    )


def flags_panels(request: HttpRequest, user: User) -> Iterator[Panel]:
    """The panel is shown only if a flag is raised."""
    raised = flags.raised_on(user)
    if not raised or not request.user.has_perm("casino_backoffice.view_playerflag"):
        return
    may_lower = request.user.has_perm("casino_backoffice.change_playerflag")
    rows = [
        (
            *flags.pills([flag.kind]),
            flag.reason,
            flag.raised_by,
            moment(flag.raised_at),
            link(page("lower_flag", user.pk, flag.pk), "Lower") if may_lower else "",
        )
        for flag in raised
    ]
    yield Panel("Flags", ("Flag", "Reason", "Raised by", "Raised", ""), rows)


def limits_panels(request: HttpRequest, user: User) -> Iterator[Panel]:
    """The limits of the currencies of the player's wallets. Each game has its own stake limits."""
    if not request.user.has_perm("casino_backoffice.view_currencypolicy"):
        return
    currencies = {wallet.currency for wallet in user.wallets.all()}
    policies = {
        policy.currency_id: policy
        for policy in CurrencyPolicy.objects.filter(currency__in=currencies)
    }
    rows = [
        _limit(currency, policies.get(currency.code, CurrencyPolicy(currency=currency)))
        for currency in sorted(currencies, key=lambda currency: currency.code)
    ]
    headers = ("Currency", "One person adjusts up to", "Large win from", "Large win × stakes")
    yield Panel("Limits", headers, rows)


def _limit(currency: Currency, policy: CurrencyPolicy) -> tuple[Any, ...]:
    above = policy.four_eyes_above
    return (
        link(page_url(CurrencyPolicy, policy.pk), currency.code) if policy.pk else currency.code,
        "any amount" if above is None else money(above, currency),
        money(policy.large_win_from, currency),
        count(policy.large_win_multiple),
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
