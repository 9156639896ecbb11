"""Lists open rounds: who owes whom, since when, and what staff can do about it."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from config.backoffice import staff_log
from config.backoffice.display import ago, moment, page_of, page_url
from config.backoffice.exports import Column, Kind, Linked, Report
from config.backoffice.navigation import Link, Place, navigation_source
from config.backoffice.own_pages import Crumb, OwnPage, own_page
from config.backoffice.report_page import ReportPage
from provider.admin.display import amount_of, money, state, state_of_run
from provider.models import Bet, GameRound, Run, RunStatus
from provider.runs.open_runs import (
    MOST_COUNTED,
    MOST_LISTED,
    count_open,
    open_runs,
)
from provider.runs.resolving import Resolved, RunIsOver, ask_again, roll_back

RESOLVE_PERMISSION = "backoffice.resolve_round"
_DEFINITION = (
    "Runs that are not over, because a process ended or the casino did not answer. Recovery "
    "resumes them automatically. Open a run to resume it now or to end it early."
)


@own_page("open-rounds/", "provider_open_rounds")
class OpenRoundsPage(ReportPage):
    title = "Open rounds at the provider"
    permissions = ("provider.view_bet",)

    def report(self, request: HttpRequest) -> Report:
        now = timezone.now()
        found = list(open_runs())
        return Report(
            title=self.title,
            name="open-rounds-provider",
            definition=_DEFINITION,
            period=f"Now, {len(found):,} run{'' if len(found) == 1 else 's'}",
            made_at=now,
            columns=(
                Column("Open for", width=9, is_sortable=False),
                Column("Round", width=26),
                Column("Player", width=14),
                Column("Game", width=14),
                Column("Owed", width=40),
                Column("Amount", Kind.MONEY, 14),
                Column("Last error", width=24),
                Column("Next retry", Kind.TIME, 20),
                Column("Casino", width=12),
            ),
            rows=[
                (
                    ago(each.run.created_at, now),
                    Linked(
                        each.bet.round.round_id if each.bet else each.run.run_id,
                        reverse("admin:provider_open_round", args=[each.run.pk]),
                    ),
                    each.run.session.customer.player_id,
                    each.run.session.game.game_id,
                    each.owed,
                    amount_of(amount=each.amount, session=each.run.session),
                    each.last_error,
                    each.next_retry_at,
                    each.run.casino.code,
                )
                for each in found
            ],
            nothing="No round is open.",
            notes=(f"Only the first {MOST_LISTED} are listed.",)
            if len(found) >= MOST_LISTED
            else (),
        )


class ResolveForm(forms.Form):
    comment = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


@own_page("open-rounds/<int:run_pk>/", "provider_open_round")
class OpenRoundPage(OwnPage):
    """One run, and the two actions that staff can take, each with a comment."""

    permissions = ("provider.view_bet",)
    template = "provider/admin/open_round.html"
    http_method_names = ["get", "head", "options", "post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        found = (
            Run.objects.select_related("casino", "session__customer", "session__game")
            .filter(pk=kwargs["run_pk"])
            .first()
        )
        if found is None:
            raise Http404("There is no such run.")
        self.run = found
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, run_pk: int) -> HttpResponse:
        return self._shown(request, ResolveForm())

    def post(self, request: HttpRequest, run_pk: int) -> HttpResponse:
        form = ResolveForm(request.POST)
        if not request.user.has_perm(RESOLVE_PERMISSION):
            messages.error(request, "You may not resolve rounds.")
            return self._shown(request, form, status=403)
        if not form.is_valid():
            return self._shown(request, form)
        is_rollback = "roll_back" in request.POST
        try:
            resolved = (roll_back if is_rollback else ask_again)(run_pk=run_pk)
        except RunIsOver as refusal:
            messages.error(request, str(refusal))
            staff_log.add_details(request, str(refusal))
            return self._shown(request, form, status=409)
        said = _in_words(resolved, is_rollback=is_rollback)
        staff_log.add_details(request, f"{said} Comment: {form.cleaned_data['comment']}")
        messages.add_message(
            request, messages.SUCCESS if resolved.is_settled else messages.WARNING, said
        )
        return HttpResponseRedirect(request.path)

    def _shown(self, request: HttpRequest, form: ResolveForm, *, status: int = 200) -> HttpResponse:
        run = self.run
        bets = [
            (
                page_of(bet),
                state(bet.bet_type),
                state(bet.status),
                money(amount=bet.amount, session=run.session),
                moment(bet.updated_at),
            )
            for bet in Bet.objects.filter(run=run).order_by("pk")
        ]
        rounds = GameRound.objects.filter(run=run).order_by("pk")
        return self.page(
            request,
            status=status,
            title=f"Run {run.run_id}",
            facts=[
                ("State", state_of_run(run)),
                ("Player", page_of(run.session.customer)),
                ("Game", page_of(run.session.game)),
                ("Casino", run.casino.code),
                ("Started", moment(run.created_at)),
                ("Last resumed", moment(run.touched_at)),
                *(("Round", page_of(each)) for each in rounds),
            ],
            bets=bets,
            form=form,
            can_resolve=run.status != RunStatus.FINISHED
            and request.user.has_perm(RESOLVE_PERMISSION),
            run_url=page_url(Run, run.pk),
            crumbs=[Crumb("Open rounds", reverse("admin:provider_open_rounds"))],
        )


def _in_words(resolved: Resolved, *, is_rollback: bool) -> str:
    """What staff and their log are told: what happened, not what was asked for."""
    if not is_rollback:
        first = ["Asked again."]
    elif not resolved.rolled_back:
        first = ["Nothing was rolled back."]
    else:
        first = []
    return " ".join([*first, *resolved.sentences()])


@navigation_source
def open_rounds_link(request: HttpRequest) -> Iterator[tuple[Place, Link]]:
    if not request.user.has_perm("provider.view_bet"):
        return
    number = count_open()
    badge = "" if not number else f"{number:,}" if number < MOST_COUNTED else f"{MOST_COUNTED:,}+"
    url = reverse("admin:provider_open_rounds")
    yield ("provider", (0, "rounds")), Link("Open rounds", url, badge, "unfinished runs")
