"""Customers, their sessions, and the runs that were played in them. Everything is read-only."""

from collections.abc import Iterable

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.safestring import SafeString

from config.backoffice import PagedAdmin, Panel, PanelsAdmin, ReadOnlyAdmin, Tool, mask_token
from config.backoffice.display import NOTHING, identifier, list_url, moment, page_of, said, stacked
from provider.admin.display import drawn, milliseconds, money, of_any_casino, state, state_of_run
from provider.admin.filters import CustomerFilter, ForAPersonFilter, SessionFilter
from provider.admin.groups import PLAY
from provider.models import Bet, Customer, GameRound, Run, Session

_MOST_ROWS = 50


@admin.register(Customer)
class CustomerAdmin(PagedAdmin[Customer], PanelsAdmin[Customer], ReadOnlyAdmin[Customer]):
    group = PLAY
    list_display = ("player_id", "casino_page", "since")
    list_filter = ("casino",)
    list_select_related = ("casino",)
    search_fields = ("player_id",)
    search_help_text = "A complete player id."
    fields = ("player_id", "casino_page", "since")

    def search(self, term: str) -> Q:
        return of_any_casino(player_id=term)

    @admin.display(description="casino")
    def casino_page(self, customer: Customer) -> SafeString:
        return page_of(customer.casino)

    @admin.display(description="since")
    def since(self, customer: Customer) -> str | SafeString:
        return moment(customer.created_at)

    def panels(self, request: HttpRequest, customer: Customer) -> Iterable[Panel]:
        sessions = customer.sessions.select_related("game").order_by("-pk")[:_MOST_ROWS]
        rows = [
            (page_of(session), page_of(session.game), session.currency, moment(session.created_at))
            for session in sessions
        ]
        yield Panel("Latest sessions", ("Session", "Game", "Currency", "Launched"), rows)

    def tools(self, request: HttpRequest, customer: Customer) -> Iterable[Tool]:
        yield Tool("Sessions", list_url(Session, customer=customer.pk))


@admin.register(Session)
class SessionAdmin(PagedAdmin[Session], PanelsAdmin[Session], ReadOnlyAdmin[Session]):
    group = PLAY
    never_looked_up = (
        "session_token",
        "session_token_digest",
        "launch_token",
        "launch_token_digest",
    )
    list_display = ("provider_session_id", "whose", "game_page", "currency", "token", "launched")
    list_filter = ("casino", "game", CustomerFilter)
    list_select_related = ("casino", "customer", "game")
    search_fields = ("provider_session_id",)
    search_help_text = "A session id (the beginning is enough) or a complete player id."
    fields = (
        "provider_session_id",
        "customer_page",
        "casino_page",
        "game_page",
        "currency",
        "token",
        "page_key",
        "launched",
    )

    def search(self, term: str) -> Q:
        customers = Customer.objects.filter(of_any_casino(player_id=term))
        pks = list(customers.values_list("pk", flat=True))
        return Q(provider_session_id__startswith=term) | Q(customer_id__in=pks)

    @admin.display(description="customer")
    def customer_page(self, session: Session) -> SafeString:
        return page_of(session.customer)

    @admin.display(description="casino")
    def casino_page(self, session: Session) -> SafeString:
        return page_of(session.casino)

    @admin.display(description="customer, casino")
    def whose(self, session: Session) -> SafeString:
        return stacked(self.customer_page(session), self.casino_page(session))

    @admin.display(description="game")
    def game_page(self, session: Session) -> SafeString:
        return page_of(session.game)

    @admin.display(description="session token")
    def token(self, session: Session) -> str:
        return mask_token(session.session_token)

    @admin.display(description="key of the game page")
    def page_key(self, session: Session) -> str:
        return mask_token(session.launch_token)

    @admin.display(description="launched")
    def launched(self, session: Session) -> str | SafeString:
        return moment(session.created_at)

    def panels(self, request: HttpRequest, session: Session) -> Iterable[Panel]:
        runs = session.runs.order_by("-pk")[:_MOST_ROWS]
        rows = [
            (
                page_of(run),
                state(run.kind),
                state_of_run(run),
                moment(run.created_at),
            )
            for run in runs
        ]
        yield Panel("Latest runs", ("Run", "Kind", "State", "Started"), rows)

    def tools(self, request: HttpRequest, session: Session) -> Iterable[Tool]:
        yield Tool("Runs", list_url(Run, session=session.pk))
        yield Tool("Rounds", list_url(GameRound, session=session.pk))
        yield Tool("Bets", list_url(Bet, session=session.pk))


@admin.register(Run)
class RunAdmin(PagedAdmin[Run], PanelsAdmin[Run], ReadOnlyAdmin[Run]):
    group = PLAY
    list_display = ("name", "played_as", "stands", "session_page", "balances", "begun")
    list_filter = (ForAPersonFilter, "status", "kind", "casino", SessionFilter)
    list_select_related = ("session__customer", "casino")
    search_fields = ("run_id",)
    search_help_text = "A complete run id."
    fields = (
        "run_id",
        "played_as",
        "stands",
        "session_page",
        "player",
        "what_was_asked",
        "bet_amounts",
        "win_amounts",
        "rollback_amount",
        "seed",
        "symbols",
        "balances",
        "begun",
        "touched",
    )

    @admin.display(description="run id")
    def name(self, run: Run) -> str | SafeString:
        return identifier(run.run_id)

    def search(self, term: str) -> Q:
        return of_any_casino(kind__in=("SIMULATION", "SPIN"), run_id=term)

    @admin.display(description="kind")
    def played_as(self, run: Run) -> SafeString:
        return state(run.kind)

    @admin.display(description="state")
    def stands(self, run: Run) -> SafeString:
        return state_of_run(run)

    @admin.display(description="session")
    def session_page(self, run: Run) -> SafeString:
        return page_of(run.session)

    @admin.display(description="player")
    def player(self, run: Run) -> SafeString:
        return page_of(run.session.customer)

    @admin.display(description="requested")
    def what_was_asked(self, run: Run) -> str | SafeString:
        return said(run.asked)

    @admin.display(description="bets")
    def bet_amounts(self, run: Run) -> str | SafeString:
        return _amounts(run, run.bets)

    @admin.display(description="wins")
    def win_amounts(self, run: Run) -> str | SafeString:
        return _amounts(run, run.wins)

    @admin.display(description="bet that is rolled back")
    def rollback_amount(self, run: Run) -> str | SafeString:
        return _amounts(run, [] if run.rollback_bet is None else [run.rollback_bet])

    @admin.display(description="what the player saw")
    def symbols(self, run: Run) -> str | SafeString:
        return drawn(run.shown) if run.shown else NOTHING

    @admin.display(description="opening and closing balance")
    def balances(self, run: Run) -> str | SafeString:
        if run.opening_balance is None:
            return NOTHING
        return _amounts(run, [run.opening_balance, run.closing_balance])

    @admin.display(description="started")
    def begun(self, run: Run) -> str | SafeString:
        return moment(run.created_at)

    @admin.display(description="last resumed")
    def touched(self, run: Run) -> str | SafeString:
        return moment(run.touched_at)

    def panels(self, request: HttpRequest, run: Run) -> Iterable[Panel]:
        bets = run.bets_made.select_related("round", "session").order_by("pk")
        rows = [
            (
                page_of(bet),
                state(bet.bet_type),
                state(bet.status),
                money(amount=bet.amount, session=bet.session),
                page_of(bet.round),
                bet.http_status or NOTHING,
                milliseconds(bet.duration_ms),
            )
            for bet in bets
        ]
        headers = ("Transaction", "Kind", "State", "Amount", "Round", "HTTP", "Duration")
        yield Panel("Requests to the casino, in order", headers, rows)

    def tools(self, request: HttpRequest, run: Run) -> Iterable[Tool]:
        yield Tool("Bets", list_url(Bet, run=run.pk))


def _amounts(run: Run, amounts: Iterable[int | None]) -> str | SafeString:
    lines = [money(amount=amount, session=run.session) for amount in amounts]
    return stacked(*lines) if lines else NOTHING
