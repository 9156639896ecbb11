"""The page "Adjust balance": an amount, a direction and a reason, posted to the ledger once."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import AdminForm
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.html import format_html

from casino.admin.display import money
from casino.admin.history import log_once
from casino.admin.wallet_page import WalletPage
from casino.backoffice.models import AdjustmentProposal, ProposalStatus
from casino.backoffice.proposals import needs_second_person, propose, waiting_for
from casino.ledger.errors import InsufficientFunds, NotAnAmount, Refusal, TransactionConflict
from casino.ledger.money import to_major, to_minor
from casino.ledger.movements import Balance, adjustment
from casino.models import Currency, Transaction, Wallet
from casino.operations.adjustments import Adjusted, adjust
from config.backoffice.display import link, page_url
from config.postgres.outcome import is_unknown
from config.wire.errors import is_database_unavailable
from config.wire.request_id import REQUEST_ID_HEADER, bind_request_id

PERMISSION = "casino.adjust_wallet"
ADD, TAKE = "add", "take"
_LONGEST_REASON = 500
_SENT_BEFORE = "This form was sent before with different contents. Open it again."


def may_adjust(request: HttpRequest) -> bool:
    return request.user.has_perm(PERMISSION)


class AdjustmentForm(forms.Form):
    """Because of its ``token``, a form moves money only once, however often it is sent."""

    direction = forms.ChoiceField(
        choices=[(ADD, "add to the balance"), (TAKE, "take from the balance")],
        widget=forms.RadioSelect,
    )
    amount = forms.CharField(max_length=40, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    reason = forms.CharField(
        max_length=_LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text="It is stored with the transaction permanently.",
    )
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    status = 200
    """The HTTP status of the page that shows the form again."""

    def __init__(self, *args: Any, currency: Currency, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        decimals = f"at most {currency.exponent} decimals" if currency.exponent else "no decimals"
        self.fields["amount"].help_text = (
            f"In {currency.code}, with {decimals}. Money that you add "
            "can be played with, but not withdrawn. Money that you take comes from that part first."
        )

    def clean_amount(self) -> int:
        """The amount in minor units, over 0."""
        try:
            amount = to_minor(self.cleaned_data["amount"], self.currency.exponent)
        except NotAnAmount as error:
            raise forms.ValidationError(f"The amount {error}.") from None
        if amount == 0:
            raise forms.ValidationError("The amount must be greater than 0.")
        return amount

    @property
    def amount_signed_minor(self) -> int:
        sign = 1 if self.cleaned_data["direction"] == ADD else -1
        return sign * int(self.cleaned_data["amount"])


def _say_what_failed(form: AdjustmentForm, fault: Exception) -> None:
    """Add the error to the form. Raises ``fault`` if sending the form again would not help."""
    if is_unknown(fault):
        form.status = 500
        form.add_error(
            None,
            "It is not known whether the wallet was adjusted. Send this form again: it moves "
            "money only once.",
        )
    elif is_database_unavailable(fault):
        form.add_error(None, "The wallet is busy. Send this form again: it moves money only once.")
    else:
        raise fault


class AdjustPage(WalletPage):
    template = "admin/casino/wallet_adjust.html"
    title = "Adjust balance"
    http_method_names = ["get", "head", "options", "post"]

    def is_open_to(self, request: HttpRequest) -> bool:
        return super().is_open_to(request) and may_adjust(request)

    def get(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._form_page(request, AdjustmentForm(currency=self.wallet.currency))

    def post(self, request: HttpRequest, object_id: str) -> HttpResponse:
        form = AdjustmentForm(request.POST, currency=self.wallet.currency)
        if "change" in request.POST:
            return self._form_page(request, form)
        if form.is_valid() and "confirmed" not in request.POST:
            return self._preview(request, form)
        if form.is_valid() and needs_second_person(self.wallet, form.amount_signed_minor):
            return self._propose(request, form)
        if form.is_valid():
            adjusted = self._adjust(request, form)
            if adjusted is not None:
                self._tell(request, adjusted, form.cleaned_data["reason"])
                return HttpResponseRedirect(page_url(Wallet, self.wallet.pk))
        return self._form_page(request, form)

    def _adjust(self, request: HttpRequest, form: AdjustmentForm) -> Adjusted | None:
        """Returns None if the adjustment was refused; the form then says why."""
        try:
            return adjust(
                wallet_id=self.wallet.wallet_id,
                amount_signed_minor=form.amount_signed_minor,
                reason=form.cleaned_data["reason"],
                actor=request.user.get_username(),
                idempotency_key=str(form.cleaned_data["token"]),
                request_id=bind_request_id(request.headers.get(REQUEST_ID_HEADER)),
            )
        except InsufficientFunds as refusal:
            held = to_major(refusal.balance, self.wallet.currency.exponent)
            form.add_error("amount", f"The wallet holds {held} {self.wallet.currency_id}.")
        except TransactionConflict:
            form.add_error(None, _SENT_BEFORE)
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        except (DatabaseError, InterfaceError) as fault:
            _say_what_failed(form, fault)
        return None

    def _tell(self, request: HttpRequest, adjusted: Adjusted, reason: str) -> None:
        """Log the adjustment once and show it to the user, who also sees repetitions."""
        currency = self.wallet.currency
        sign = "+" if adjusted.amount > 0 else ""
        amount = f"{sign}{to_major(adjusted.amount, currency.exponent)} {currency.code}"
        log_once(
            request,
            self.wallet,
            f"Adjusted by {amount}: {reason} (transaction {adjusted.transaction_id}).",
        )
        messages.success(
            request,
            format_html(
                "{} by {}; balance {}. {}",
                "Already adjusted" if adjusted.is_replay else "Adjusted",
                amount,
                money(adjusted.balance, currency),
                link(page_url(Transaction, adjusted.transaction_id), "The transaction"),
            ),
        )

    def _preview(self, request: HttpRequest, form: AdjustmentForm) -> HttpResponse:
        """Show the expected result before anything is written; the actual one needs the lock."""
        held = Balance(self.wallet.playable_balance, self.wallet.redeemable_balance)
        try:
            after = adjustment(held, form.amount_signed_minor).applied_to(held)
        except InsufficientFunds:
            form.add_error("amount", f"The wallet holds {self._held()}.")
            return self._form_page(request, form)
        except Refusal as refusal:
            form.add_error("amount", refusal.message)
            return self._form_page(request, form)
        currency = self.wallet.currency
        return self._form_page(
            request,
            form,
            preview={
                "change": money(form.amount_signed_minor, currency, signed=True),
                "playable_after": money(after.playable, currency),
                "redeemable_after": money(after.redeemable, currency),
                "needs_second": needs_second_person(self.wallet, form.amount_signed_minor),
            },
        )

    def _held(self) -> str:
        currency = self.wallet.currency
        return f"{to_major(self.wallet.playable_balance, currency.exponent)} {currency.code}"

    def _propose(self, request: HttpRequest, form: AdjustmentForm) -> HttpResponse:
        try:
            proposal = propose(
                wallet=self.wallet,
                amount_signed_minor=form.amount_signed_minor,
                reason=form.cleaned_data["reason"],
                proposed_by=request.user.get_username(),
                key=form.cleaned_data["token"],
                now=timezone.now(),
            )
        except TransactionConflict:
            form.add_error(None, _SENT_BEFORE)
            return self._form_page(request, form)
        what = "Nothing has moved yet: {} is waiting for a second person. {}"
        if proposal.status != ProposalStatus.PENDING:
            state = proposal.get_status_display()
            what = f"{{}}: This was already proposed, and is {state}. {{}}"
        messages.warning(
            request,
            format_html(
                what,
                money(proposal.amount_signed, self.wallet.currency, signed=True),
                link(page_url(AdjustmentProposal, proposal.pk), "The proposal"),
            ),
        )
        return HttpResponseRedirect(page_url(Wallet, self.wallet.pk))

    def _form_page(
        self, request: HttpRequest, form: AdjustmentForm, preview: dict[str, Any] | None = None
    ) -> HttpResponse:
        fields: Any = {"fields": ("direction", "amount", "reason")}
        plain: Any = form  # AdminForm shows any form, but its stub only accepts model forms
        response = self.page(
            request,
            adminform=AdminForm(plain, [(None, fields)], {}),
            form=form,
            preview=preview,
            playable=money(self.wallet.playable_balance, self.wallet.currency),
            redeemable=money(self.wallet.redeemable_balance, self.wallet.currency),
            waiting=[
                (
                    money(each.amount_signed, self.wallet.currency, signed=True),
                    each.proposed_by,
                    link(page_url(AdjustmentProposal, each.pk), "The proposal"),
                )
                for each in waiting_for(self.wallet, timezone.now())
            ],
        )
        response.status_code = form.status
        return response
