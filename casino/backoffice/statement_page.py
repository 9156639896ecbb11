"""The statement of a player or of one wallet: every movement and the balance after it."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from casino.admin.movements import KINDS
from casino.backoffice import asked
from casino.backoffice.addresses import money_of, round_page
from casino.ledger.snapshot import snapshot
from casino.models import Currency, Transaction, User, Wallet
from casino.reports import definitions
from casino.reports.statements import Statement, StatementLine, statement
from config.backoffice.display import page_url
from config.backoffice.exports import Cell, Column, Kind, Linked, Name, Report, Row
from config.backoffice.own_pages import Crumb, own_page
from config.backoffice.report_page import Question, ReportPage, Unanswerable

_DEFAULT_DAYS = 30
_COLUMNS = (
    Column("Booked", Kind.TIME, 21),
    Column("Wallet", width=14),
    Column("Kind", width=16),
    Column("Round", width=20),
    Column("Game", width=13),
    Column("Amount", Kind.MONEY, 15, is_change=True),
    Column("Playable", Kind.MONEY, 15),
    Column("Redeemable", Kind.MONEY, 15),
    Column("Currency", width=11, is_only_in_files=True),
    Column("Transaction", width=20, is_only_in_files=True),
)
Of = tuple[Wallet, Statement]


@own_page("statement/", "statement")
class StatementPage(ReportPage):
    title = "Statement"
    permissions = ("casino.view_wallet", "casino.view_transaction")
    template = "casino/backoffice/statement.html"

    def questions(self, request: HttpRequest) -> Iterable[Question]:
        yield Question("player", "Player", request.GET.get("player", ""), hint="player id")
        yield Question("wallet", "Wallet", request.GET.get("wallet", ""), hint="wallet id")
        yield from asked.period_questions(request, _DEFAULT_DAYS)

    def report(self, request: HttpRequest) -> Report:
        player, wallets = _whose(request)
        period = asked.period_of(request, _DEFAULT_DAYS)
        with snapshot():
            made = [(wallet, statement(wallet_pk=wallet.pk, period=period)) for wallet in wallets]
        return Report(
            title=f"Statement of {player.username}",
            name=f"statement-{player.username}",
            definition=definitions.STATEMENT,
            period=str(period),
            filters=_filters(request, player, wallets),
            made_at=timezone.now(),
            columns=_COLUMNS,
            rows=_lines(made),
            length=sum(_length(its) for _, its in made),
            is_in_order=True,
            totals=[row for each in made for row in _sums(each)],
        )

    def more(self, request: HttpRequest, report: Report) -> dict[str, Any]:
        player, _ = _whose(request)
        return {
            "spans": list(asked.spans(request, _DEFAULT_DAYS)),
            "crumbs": [Crumb(player.username, page_url(User, player.pk))],
        }


def _whose(request: HttpRequest) -> tuple[User, list[Wallet]]:
    """One wallet, or all wallets of a player. Raises Unanswerable."""
    wallet_id = request.GET.get("wallet", "").strip()
    own = Wallet.objects.select_related("user", "currency").order_by("pk")
    player = asked.player_of(request)
    if wallet_id:
        wallet = own.filter(wallet_id=wallet_id).first()
        if wallet is None:
            raise Unanswerable("There is no wallet with this id.")
        if player not in (None, wallet.user):
            raise Unanswerable(f"This wallet belongs to another player: {wallet.user.username}.")
        return wallet.user, [wallet]
    if player is None:
        raise Unanswerable("Enter a player id or a wallet id.")
    return player, list(own.filter(user=player))


def _filters(request: HttpRequest, player: User, wallets: list[Wallet]) -> list[tuple[str, Cell]]:
    named: list[tuple[str, Cell]] = [("Player", player.username)]
    if player.display_name:
        named.append(("Name", Name(player.display_name, player.username)))
    if request.GET.get("wallet"):
        named += [("Wallet", f"{wallet.wallet_id} ({wallet.currency_id})") for wallet in wallets]
    return named


def _lines(made: list[Of]) -> Iterator[Row]:
    """The movements of every wallet. A wallet without movements has no lines."""
    for wallet, its in made:
        if its.has_activity:
            yield _balance_row(wallet, "opening", its.sums.opening)
        for line in its.lines():
            yield _line(wallet, line)


def _length(its: Statement) -> int:
    return its.sums.upto - its.sums.after + its.has_activity


def _line(wallet: Wallet, line: StatementLine) -> Row:
    where: Cell = None
    if line.round_id is not None:
        url = round_page(line.round_id, wallet_pk=wallet.pk, source=line.source)
        where = Linked(line.round_id, url)
    currency = wallet.currency
    return (
        line.booked_at,
        wallet.wallet_id,
        Linked(KINDS[line.kind], page_url(Transaction, line.transaction_id)),
        where,
        line.game_code,
        money_of(line.change, currency),
        money_of(line.playable, currency),
        money_of(line.redeemable, currency),
        currency.code,
        line.external_id,
    )


def _sums(each: Of) -> Iterator[Row]:
    """The opening balance, subtotals by kind, the closing balance and the net result of play."""
    wallet, its = each
    yield _balance_row(wallet, "opening", its.sums.opening)
    for kind in its.sums.kinds:
        yield _sum_row(wallet, f"{KINDS[kind.kind]}, {kind.transactions:,} ×", kind.playable)
    yield _balance_row(wallet, "closing", its.sums.closing)
    yield _sum_row(wallet, "net result of play", its.net_result)


def _sum_row(wallet: Wallet, words: str, minor: int) -> Row:
    amount = money_of(minor, wallet.currency)
    return (None, wallet.wallet_id, words, None, None, amount, None, None, wallet.currency_id, None)


def _balance_row(wallet: Wallet, words: str, balance: Any) -> Row:
    currency: Currency = wallet.currency
    return (
        None, wallet.wallet_id, f"{words} balance", None, None, None,
        money_of(balance.playable, currency), money_of(balance.redeemable, currency),
        currency.code, None,
    )  # fmt: skip
