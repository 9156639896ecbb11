"""The page for the second person: the proposal, the balance before and after, and the decision."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone

from casino.admin.display import money
from casino.admin.history import log_once
from casino.backoffice.models import AdjustmentProposal, ProposalStatus
from casino.backoffice.proposal_display import state_of, transaction_of
from casino.backoffice.proposals import CannotDecide, approve, refuse
from casino.ledger.errors import Refusal
from casino.models import Wallet
from config.backoffice import staff_log
from config.backoffice.display import list_url, moment, page_of, page_url
from config.backoffice.money import grouped
from config.backoffice.own_pages import Crumb, OwnPage, own_page
from config.wire.request_id import REQUEST_ID_HEADER, bind_request_id

APPROVE_PERMISSION = "casino_backoffice.approve_adjustment"


class DecisionForm(forms.Form):
    comment = forms.CharField(
        max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


@own_page("proposal/<uuid:proposal_pk>/", "decide_proposal")
class ProposalPage(OwnPage):
    """Everybody who may see proposals sees the page; approvers and the proposer can decide."""

    permissions = ("casino_backoffice.view_adjustmentproposal",)
    template = "casino/backoffice/proposal.html"
    http_method_names = ["get", "head", "options", "post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        found = (
            AdjustmentProposal.objects.select_related("wallet__currency", "wallet__user")
            .filter(pk=kwargs["proposal_pk"])
            .first()
        )
        if found is None:
            raise Http404("There is no such proposal.")
        self.proposal = found
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, proposal_pk: UUID) -> HttpResponse:
        return self._shown(request)

    def post(self, request: HttpRequest, proposal_pk: UUID) -> HttpResponse:
        form = DecisionForm(request.POST)
        comment = form.cleaned_data["comment"] if form.is_valid() else ""
        try:
            if "approve" in request.POST:
                self._approve(request, comment)
            else:
                self._refuse(request, comment)
        except CannotDecide as problem:
            messages.error(request, str(problem))
        except Refusal as refusal:
            messages.error(request, f"Not posted: {refusal.message} The proposal is still waiting.")
        except (DatabaseError, InterfaceError):
            messages.error(
                request, "The wallet is busy. Approve it again: it moves money only once."
            )
        return HttpResponseRedirect(request.path)

    def _approve(self, request: HttpRequest, comment: str) -> None:
        if not request.user.has_perm(APPROVE_PERMISSION):
            raise CannotDecide("You may not approve adjustments.")
        adjusted = approve(
            proposal_pk=self.proposal.pk,
            by=request.user.get_username(),
            comment=comment,
            now=timezone.now(),
            request_id=bind_request_id(request.headers.get(REQUEST_ID_HEADER)),
        )
        said = f"{self._amount()}, proposed by {self.proposal.proposed_by}: {self.proposal.reason}"
        log_once(
            request,
            self.proposal.wallet,
            f"Approved {said} (transaction {adjusted.transaction_id}).",
        )
        staff_log.add_details(request, f"Approved {said}")
        messages.success(request, f"Posted: {self._amount()}.")

    def _refuse(self, request: HttpRequest, comment: str) -> None:
        username = request.user.get_username()
        if not (request.user.has_perm(APPROVE_PERMISSION) or username == self.proposal.proposed_by):
            raise CannotDecide("You may not decide on this proposal.")
        proposal = refuse(
            proposal_pk=self.proposal.pk, by=username, comment=comment, now=timezone.now()
        )
        staff_log.add_details(request, f"{proposal.status.lower()}: {self._amount()}")
        messages.success(request, f"{proposal.get_status_display().capitalize()}; nothing moved.")

    def _amount(self) -> str:
        currency = self.proposal.wallet.currency
        amount = grouped(self.proposal.amount_signed, currency.exponent, signed=True)
        return f"{amount} {currency.code}"

    def _shown(self, request: HttpRequest) -> HttpResponse:
        proposal, wallet = self.proposal, self.proposal.wallet
        after = wallet.playable_balance + proposal.amount_signed
        is_waiting = proposal.status == ProposalStatus.PENDING and not proposal.is_expired(
            timezone.now()
        )
        is_unfinished = proposal.status == ProposalStatus.APPROVED and not proposal.transaction_id
        is_own = proposal.proposed_by == request.user.get_username()
        may_approve = request.user.has_perm(APPROVE_PERMISSION) and not is_own
        facts = [
            ("Player", page_of(wallet.user)),
            ("Wallet", page_of(wallet, wallet.wallet_id)),
            ("Amount", money(proposal.amount_signed, wallet.currency, signed=True)),
            ("Proposed by", proposal.proposed_by),
            ("Proposed", moment(proposal.proposed_at)),
            ("Expires", moment(proposal.expires_at)),
            ("State", state_of(proposal)),
        ]
        if proposal.decided_by:
            facts.append(("Decided by", proposal.decided_by))
        if proposal.transaction_id:
            facts.append(("Transaction", transaction_of(proposal)))
        return self.page(
            request,
            title="Proposed adjustment",
            proposal=proposal,
            facts=facts,
            before=money(wallet.playable_balance, wallet.currency),
            after=money(after, wallet.currency),
            form=DecisionForm(),
            is_waiting=is_waiting,
            is_own=is_own,
            can_approve=may_approve and (is_waiting or is_unfinished),
            can_refuse=is_waiting and (may_approve or is_own),
            crumbs=[
                Crumb("Adjustment proposals", list_url(AdjustmentProposal)),
                Crumb(wallet.wallet_id, page_url(Wallet, wallet.pk)),
            ],
        )
