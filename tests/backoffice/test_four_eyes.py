"""Adjustments above their currency's limit need two people with two names, and are posted once."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError

from casino.backoffice.models import AdjustmentProposal, CurrencyPolicy, ProposalStatus
from casino.models import Kind, Transaction
from casino.operations.adjustments import Adjusted, adjust
from tests.admin.conftest import Person
from tests.admin.pages import page_of, text_of
from tests.admin.test_adjusting import open_form
from tests.casino_world import Play, make_play
from tests.factories import CurrencyFactory, WalletFactory

OneOf = Callable[[str], Person]


@pytest.fixture
def play() -> Play:
    """A session in a currency in which more than 1.00 needs a second person."""
    currency = CurrencyFactory(code="FOUR", exponent=2)
    CurrencyPolicy.objects.get_or_create(currency=currency, defaults={"four_eyes_above": 100})
    return make_play(wallet=WalletFactory(currency=currency, opening=100_000))


def propose(person: Person, play: Play, amount: str = "5.00", **fields: str) -> UUID:
    form = open_form(person, play.wallet)
    response = person.post(page_of(play.wallet, "adjust"), {**form, "amount": amount, **fields})
    assert response.status_code == 302
    return UUID(form["token"])


def decide(person: Person, key: UUID, what: str = "approve") -> Any:
    return person.post(f"/admin/proposal/{key}/", {what: "1", "comment": "Seen."}, follow=True)


def posted(play: Play) -> list[Transaction]:
    return list(Transaction.objects.filter(wallet=play.wallet, transaction_type=Kind.ADJUSTMENT))


def test_before_and_after_are_shown_first(one_of_the: OneOf, play: Play) -> None:
    finance = one_of_the("Finance")
    form = {**open_form(finance, play.wallet), "amount": "0.50"}
    form.pop("confirmed")
    shown = text_of(finance.post(page_of(play.wallet, "adjust"), form))
    assert "1,000.00 FOUR → 1,000.50 FOUR" in shown
    assert posted(play) == []
    form["amount"] = "1000.01"
    too_much = finance.post(page_of(play.wallet, "adjust"), {**form, "direction": "take"})
    assert "The wallet holds 1000.00 FOUR." in text_of(too_much)


def test_up_to_the_limit_one_person_is_enough(one_of_the: OneOf, play: Play) -> None:
    finance = one_of_the("Finance")
    propose(finance, play, "1.00")
    assert play.balances[0] == 100_100


def test_above_it_a_second_person_approves(one_of_the: OneOf, play: Play) -> None:
    proposer, approver = one_of_the("Finance"), one_of_the("Finance")
    key = propose(proposer, play)
    assert posted(play) == []
    assert "1,000.00 FOUR → 1,005.00 FOUR" in text_of(approver.get(f"/admin/proposal/{key}/"))
    decide(approver, key)
    (found,) = posted(play)
    assert play.balances[0] == 100_500
    assert json.loads(found.details) == {
        "actor": proposer.operator.username,
        "reason": "A good reason.",
        "amount": 500,
        "approvedBy": approver.operator.username,
    }
    proposal = AdjustmentProposal.objects.get(pk=key)
    assert (proposal.status, proposal.decided_by, proposal.transaction_id, proposal.comment) == (
        ProposalStatus.APPROVED, approver.operator.username, found.pk, "Seen.",
    )  # fmt: skip
    decide(approver, key)
    assert len(posted(play)) == 1
    people = f"{proposer.operator.username}, approved by {approver.operator.username}: A good"
    assert people in text_of(approver.get(page_of(found)))


def test_nobody_approves_their_own(one_of_the: OneOf, play: Play) -> None:
    proposer = one_of_the("Finance")
    key = propose(proposer, play)
    assert "cannot approve your own proposal" in text_of(decide(proposer, key))
    assert posted(play) == []
    with pytest.raises(IntegrityError, match="four_eyes"):
        AdjustmentProposal.objects.filter(pk=key).update(
            status=ProposalStatus.APPROVED, decided_by=proposer.operator.username
        )


def test_a_form_that_was_changed_after_it_was_sent_is_not_taken_for_the_former(
    one_of_the: OneOf, play: Play
) -> None:
    finance = one_of_the("Finance")
    form = {**open_form(finance, play.wallet), "amount": "5.00"}
    assert finance.post(page_of(play.wallet, "adjust"), form).status_code == 302
    other = WalletFactory(currency=play.wallet.currency)
    for wallet, change in (
        (play.wallet, {"amount": "6.00"}),
        (play.wallet, {"direction": "take"}),
        (play.wallet, {"reason": "Another reason."}),
        (other, {}),
    ):
        page = finance.post(page_of(wallet, "adjust"), {**form, **change})
        assert page.status_code == 200
        assert "This form was sent before with different contents." in text_of(page)
    assert finance.post(page_of(play.wallet, "adjust"), form).status_code == 302
    assert AdjustmentProposal.objects.get(pk=form["token"]).amount_signed == 500


def test_a_form_sent_again_says_what_became_of_its_proposal(one_of_the: OneOf, play: Play) -> None:
    finance = one_of_the("Finance")
    form = {**open_form(finance, play.wallet), "amount": "5.00"}
    address = page_of(play.wallet, "adjust")
    assert "is waiting for a second person" in text_of(finance.post(address, form, follow=True))
    decide(one_of_the("Finance"), UUID(form["token"]), "refuse")
    again = text_of(finance.post(address, form, follow=True))
    assert "for a second person" not in again
    assert "This was already proposed, and is refused." in again


@pytest.mark.parametrize("role", ["Support", "Risk", "Auditor", "Compliance"])
def test_only_finance_approves(one_of_the: OneOf, play: Play, role: str) -> None:
    key = propose(one_of_the("Finance"), play)
    decide(one_of_the(role), key)
    decide(one_of_the(role), key, "refuse")
    assert posted(play) == []
    assert AdjustmentProposal.objects.get(pk=key).status == ProposalStatus.PENDING


def test_whoever_adjusts_the_wallet_is_told_what_waits_for_it(
    one_of_the: OneOf, play: Play
) -> None:
    proposer, finance = one_of_the("Finance"), one_of_the("Finance")
    key = propose(proposer, play)
    words = f"Already proposed by {proposer.operator.username} and waiting for a second person"
    page = finance.get(page_of(play.wallet, "adjust"))
    assert f"{words}: +5.00 FOUR" in text_of(page)
    assert str(key) in page.content.decode()
    decide(finance, key)
    assert words not in text_of(finance.get(page_of(play.wallet, "adjust")))


def test_a_refused_one_is_never_posted(one_of_the: OneOf, play: Play) -> None:
    approver = one_of_the("Finance")
    key = propose(one_of_the("Finance"), play)
    decide(approver, key, "refuse")
    assert "It was already refused by" in text_of(decide(one_of_the("Finance"), key))
    assert posted(play) == []


def test_the_proposer_withdraws(one_of_the: OneOf, play: Play) -> None:
    proposer = one_of_the("Finance")
    key = propose(proposer, play)
    decide(proposer, key, "refuse")
    assert AdjustmentProposal.objects.get(pk=key).status == ProposalStatus.WITHDRAWN


def test_an_expired_one_is_not_approved(one_of_the: OneOf, play: Play) -> None:
    key = propose(one_of_the("Finance"), play)
    proposal = AdjustmentProposal.objects.get(pk=key)
    proposal.expires_at = proposal.proposed_at + timedelta(microseconds=1)
    proposal.save()
    assert "has expired" in text_of(decide(one_of_the("Finance"), key))
    assert posted(play) == []


def test_what_the_ledger_refuses_waits_again(one_of_the: OneOf, play: Play) -> None:
    key = propose(one_of_the("Finance"), play, "900.00", direction="take")
    play.bet(50_000)
    assert "Not posted" in text_of(decide(one_of_the("Finance"), key))
    proposal = AdjustmentProposal.objects.get(pk=key)
    assert proposal.status == ProposalStatus.PENDING
    assert (proposal.decided_by, proposal.decided_at, proposal.comment) == ("", None, "")


def test_an_approval_that_was_cut_off_is_finished(one_of_the: OneOf, play: Play) -> None:
    first, second = one_of_the("Finance"), one_of_the("Finance")
    key = propose(one_of_the("Finance"), play)
    AdjustmentProposal.objects.filter(pk=key).update(
        status=ProposalStatus.APPROVED, decided_by=first.operator.username
    )
    decide(second, key)
    (found,) = posted(play)
    assert json.loads(found.details)["approvedBy"] == first.operator.username
    assert AdjustmentProposal.objects.get(pk=key).transaction_id == found.pk


def test_one_that_was_posted_never_waits(
    one_of_the: OneOf, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger refused another approver just before, who then lets the proposal wait again."""
    approver, key = one_of_the("Finance"), propose(one_of_the("Finance"), play)

    def adjust_while_another_is_refused(**asked: Any) -> Adjusted:
        adjusted = adjust(**asked)
        undecided = {"status": ProposalStatus.PENDING, "decided_by": "", "decided_at": None}
        AdjustmentProposal.objects.filter(pk=key).update(**undecided)
        return adjusted

    monkeypatch.setattr("casino.backoffice.proposals.adjust", adjust_while_another_is_refused)
    decide(approver, key)
    (found,) = posted(play)
    proposal = AdjustmentProposal.objects.get(pk=key)
    assert (proposal.status, proposal.transaction_id) == (ProposalStatus.APPROVED, found.pk)
    assert (proposal.decided_by, proposal.comment) == (approver.operator.username, "Seen.")
    assert proposal.decided_at is not None


def test_the_same_form_sent_again_proposes_once(one_of_the: OneOf, play: Play) -> None:
    finance = one_of_the("Finance")
    form = {**open_form(finance, play.wallet), "amount": "5.00"}
    for _ in range(2):
        finance.post(page_of(play.wallet, "adjust"), form)
    assert AdjustmentProposal.objects.filter(wallet=play.wallet).count() == 1


def test_a_proposal_that_does_not_exist_has_no_page(one_of_the: OneOf) -> None:
    assert one_of_the("Finance").get(f"/admin/proposal/{uuid4()}/").status_code == 404
