"""Rounds, bets and attempts: the journal of all money calls. It is read-only here."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString

from config.backoffice import PagedAdmin, Panel, PanelsAdmin, ReadOnlyAdmin, Tool
from config.backoffice.display import (
    NOTHING,
    count,
    identifier,
    list_url,
    moment,
    page_of,
    said,
    stacked,
)
from provider.admin.display import drawn, milliseconds, money, of_any_casino, state
from provider.admin.filters import (
    BetFilter,
    ForAPersonFilter,
    RoundFilter,
    RunFilter,
    SessionFilter,
)
from provider.admin.groups import JOURNAL
from provider.models import Bet, BetAttempt, GameRound


@admin.register(GameRound)
class GameRoundAdmin(PagedAdmin[GameRound], PanelsAdmin[GameRound], ReadOnlyAdmin[GameRound]):
    group = JOURNAL
    list_display = ("name", "stands", "player_page", "game_page", "staked", "paid", "begun")
    list_filter = ("status", "casino", SessionFilter, RunFilter)
    list_select_related = ("run", "session", "player", "game")
    search_fields = ("round_id",)
    search_help_text = "A complete round id."
    fields = (
        "round_id",
        "stands",
        "player_page",
        "game_page",
        "staked",
        "paid",
        "seen",
        "run_page",
        "session_page",
        "begun",
    )

    @admin.display(description="player")
    def player_page(self, round_: GameRound) -> SafeString:
        return page_of(round_.player)

    @admin.display(description="game")
    def game_page(self, round_: GameRound) -> SafeString:
        return page_of(round_.game)

    @admin.display(description="stake")
    def staked(self, round_: GameRound) -> Any:
        return money(amount=round_.total_bet_amount, session=round_.session)

    @admin.display(description="win")
    def paid(self, round_: GameRound) -> Any:
        return money(amount=round_.total_payout_amount, session=round_.session)

    @admin.display(description="what the player saw")
    def seen(self, round_: GameRound) -> SafeString | str:
        return NOTHING if round_.shown is None else drawn(round_.shown)

    @admin.display(description="round id")
    def name(self, round_: GameRound) -> str | SafeString:
        return identifier(round_.round_id)

    def search(self, term: str) -> Q:
        return of_any_casino(round_id=term)

    @admin.display(description="state")
    def stands(self, round_: GameRound) -> SafeString:
        return state(round_.status)

    @admin.display(description="run")
    def run_page(self, round_: GameRound) -> SafeString:
        return page_of(round_.run)

    @admin.display(description="session")
    def session_page(self, round_: GameRound) -> SafeString:
        return page_of(round_.session)

    @admin.display(description="started")
    def begun(self, round_: GameRound) -> str | SafeString:
        return moment(round_.created_at)

    def panels(self, request: HttpRequest, round_: GameRound) -> Iterable[Panel]:
        rows = [
            (
                page_of(bet),
                state(bet.bet_type),
                state(bet.status),
                money(amount=bet.amount, session=round_.session),
                count(bet.attempts.count()),
                bet.http_status or NOTHING,
                milliseconds(bet.duration_ms),
                moment(bet.created_at),
            )
            for bet in round_.bets_made.order_by("pk")
        ]
        headers = ("Transaction", "Kind", "State", "Amount", "Attempts", "HTTP", "Duration", "At")
        yield Panel("Bets, payouts and rollbacks", headers, rows)

    def tools(self, request: HttpRequest, round_: GameRound) -> Iterable[Tool]:
        yield Tool("Bets", list_url(Bet, round=round_.pk))
        with suppress(NoReverseMatch):  # the casino may be served elsewhere
            yield Tool("Both halves", f"{reverse('admin:round')}?id={round_.round_id}")


@admin.register(Bet)
class BetAdmin(PagedAdmin[Bet], PanelsAdmin[Bet], ReadOnlyAdmin[Bet]):
    group = JOURNAL
    list_display = ("name", "what", "how_much", "belongs_to", "answered", "made")
    list_filter = (
        ForAPersonFilter,
        "status",
        "bet_type",
        "casino",
        SessionFilter,
        RunFilter,
        RoundFilter,
    )
    list_select_related = ("run", "round", "session", "related")
    search_fields = ("transaction_id",)
    search_help_text = "A whole transaction id."
    fields = (
        "transaction_id",
        "what",
        "how_much",
        "related_page",
        "belongs_to",
        "session_page",
        "sent",
        "answered",
        "answer",
        "made",
        "decided",
    )

    @admin.display(description="transaction id")
    def name(self, bet: Bet) -> str | SafeString:
        return identifier(bet.transaction_id)

    def search(self, term: str) -> Q:
        return of_any_casino(transaction_id=term)

    @admin.display(description="kind, state")
    def what(self, bet: Bet) -> SafeString:
        return stacked(state(bet.bet_type), state(bet.status))

    @admin.display(description="amount")
    def how_much(self, bet: Bet) -> Any:
        return money(amount=bet.amount, session=bet.session)

    @admin.display(description="refers to")
    def related_page(self, bet: Bet) -> str | SafeString:
        return page_of(bet.related) if bet.related else NOTHING

    @admin.display(description="round, run")
    def belongs_to(self, bet: Bet) -> SafeString:
        return stacked(page_of(bet.round), page_of(bet.run))

    @admin.display(description="session")
    def session_page(self, bet: Bet) -> SafeString:
        return page_of(bet.session)

    @admin.display(description="request, the same at every attempt")
    def sent(self, bet: Bet) -> str | SafeString:
        return said(bet.request)

    @admin.display(description="HTTP, duration")
    def answered(self, bet: Bet) -> SafeString:
        return stacked(bet.http_status or NOTHING, milliseconds(bet.duration_ms))

    @admin.display(description="the casino's answer")
    def answer(self, bet: Bet) -> str | SafeString:
        return said(bet.response_cache)

    @admin.display(description="made")
    def made(self, bet: Bet) -> str | SafeString:
        return moment(bet.created_at)

    @admin.display(description="last decided")
    def decided(self, bet: Bet) -> str | SafeString:
        return moment(bet.updated_at)

    def panels(self, request: HttpRequest, bet: Bet) -> Iterable[Panel]:
        rows = [
            (
                page_of(attempt, str(number)),
                state(attempt.verdict),
                attempt.http_status or NOTHING,
                milliseconds(attempt.duration_ms),
                attempt.error or NOTHING,
                moment(attempt.sent_at),
            )
            for number, attempt in enumerate(bet.attempts.order_by("pk"), start=1)
        ]
        headers = ("Attempt", "Verdict", "HTTP", "Duration", "Error", "Sent")
        yield Panel("Attempts", headers, rows)
        followers = [
            (page_of(each), state(each.bet_type), state(each.status))
            for each in bet.followers.order_by("pk")
        ]
        yield Panel("What refers to it", ("Transaction", "Kind", "State"), followers)


@admin.register(BetAttempt)
class BetAttemptAdmin(PagedAdmin[BetAttempt], ReadOnlyAdmin[BetAttempt]):
    group = JOURNAL
    list_display = ("id", "bet_page", "taught", "http_status", "took", "error", "sent")
    list_filter = ("verdict", BetFilter)
    list_select_related = ("bet",)
    search_fields = ("bet__transaction_id",)
    search_help_text = "A whole transaction id."
    fields = (
        "bet_page",
        "taught",
        "http_status",
        "replayed",
        "answer",
        "error",
        "took",
        "request_id",
        "sent",
    )

    def search(self, term: str) -> Q:
        bets = Bet.objects.filter(of_any_casino(transaction_id=term))
        return Q(bet_id__in=list(bets.values_list("pk", flat=True)))

    @admin.display(description="bet")
    def bet_page(self, attempt: BetAttempt) -> SafeString:
        return page_of(attempt.bet)

    @admin.display(description="verdict")
    def taught(self, attempt: BetAttempt) -> SafeString:
        return state(attempt.verdict)

    @admin.display(description="the casino's answer")
    def answer(self, attempt: BetAttempt) -> str | SafeString:
        return said(attempt.response)

    @admin.display(description="duration")
    def took(self, attempt: BetAttempt) -> str:
        return milliseconds(attempt.duration_ms)

    @admin.display(description="sent")
    def sent(self, attempt: BetAttempt) -> str | SafeString:
        return moment(attempt.sent_at)
