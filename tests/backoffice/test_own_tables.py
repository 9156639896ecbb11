"""The back office's own tables in the admin: limits by currency, proposals, notes and flags."""

from collections.abc import Callable

import pytest
from django.db.models import Model

from casino.backoffice.models import AdjustmentProposal, CurrencyPolicy, PlayerFlag, PlayerNote
from casino.models import Transaction
from casino.reports.models import GameTheory
from config.backoffice.display import list_url, page_url
from tests.admin.conftest import Person
from tests.admin.pages import page_of, rows_of, text_of
from tests.backoffice.test_four_eyes import decide, play, propose
from tests.casino_world import Play
from tests.factories import CurrencyFactory, unique

__all__ = ["play"]  # a fixture is found by its name


def test_a_proposal_is_found_and_leads_to_its_decision(
    one_of_the: Callable[[str], Person], play: Play
) -> None:
    proposer, approver = one_of_the("Finance"), one_of_the("Finance")
    key = propose(proposer, play)
    proposal = AdjustmentProposal.objects.get(pk=key)
    for term in (play.wallet.wallet_id, play.session.user.username, proposal.proposed_by):
        listed = approver.get(list_url(AdjustmentProposal), {"q": term})
        assert rows_of(listed) == [proposal], term
        assert "+5.00 FOUR waits for a second person" in text_of(listed)
    assert rows_of(approver.get(list_url(AdjustmentProposal), {"q": unique("nobody")})) == []

    own = approver.get(page_url(AdjustmentProposal, key))
    assert f'href="/admin/proposal/{key}/"' in own.content.decode()
    assert f'href="{page_of(play.session.user)}"' in own.content.decode()
    assert "A good reason." in text_of(own)
    decide(approver, key)
    assert "+5.00 FOUR approved" in text_of(
        approver.get(list_url(AdjustmentProposal), {"q": proposal.proposed_by})
    )
    decided = approver.get(page_url(AdjustmentProposal, key))
    assert approver.operator.username in text_of(decided)
    assert f'href="/admin/proposal/{key}/"' not in decided.content.decode()


def test_a_proposal_that_nobody_decided_in_time_is_shown_as_expired(
    one_of_the: Callable[[str], Person], play: Play
) -> None:
    finance = one_of_the("Finance")
    proposal = AdjustmentProposal.objects.get(pk=propose(finance, play))
    proposal.expires_at = proposal.proposed_at
    proposal.save()
    shown = text_of(finance.get(list_url(AdjustmentProposal), {"q": proposal.proposed_by}))
    assert "+5.00 FOUR expired" in shown
    assert "State expired" in text_of(finance.get(f"/admin/proposal/{proposal.pk}/"))


def test_a_proposal_is_named_in_major_units_and_leads_to_its_transaction(
    one_of_the: Callable[[str], Person], play: Play
) -> None:
    finance = one_of_the("Finance")
    proposal = AdjustmentProposal.objects.get(pk=propose(one_of_the("Finance"), play))
    assert f"5.00 FOUR for {play.wallet.wallet_id}" in text_of(
        finance.get(page_url(AdjustmentProposal, proposal.pk))
    )
    decide(finance, proposal.pk)
    proposal.refresh_from_db()
    for address in (page_url(AdjustmentProposal, proposal.pk), f"/admin/proposal/{proposal.pk}/"):
        href = f'href="{page_url(Transaction, proposal.transaction_id)}"'
        assert href in finance.get(address).content.decode()


def test_the_limits_of_a_currency_are_amounts_of_it(boss: Person) -> None:
    for code, exponent, limit in (("LIMITS", 3, 12_345), ("NOLIMIT", 0, None)):
        currency = CurrencyFactory(code=code, exponent=exponent)
        CurrencyPolicy.objects.get_or_create(
            currency=currency,
            defaults={"four_eyes_above": limit, "large_win_from": 5_000, "large_win_multiple": 7},
        )
    text = text_of(boss.get(list_url(CurrencyPolicy)))
    assert "LIMITS 12.345 LIMITS 5.000 LIMITS 7" in text
    assert "NOLIMIT never 5,000 NOLIMIT 7" in text


@pytest.mark.parametrize(
    ("model", "fields", "said"),
    [
        (CurrencyPolicy, {"four_eyes_above": "-1"}, "The amount must not be negative."),
        (CurrencyPolicy, {"large_win_from": "0"}, "The amount must be greater than 0."),
        (CurrencyPolicy, {"large_win_multiple": "1000001"}, "must be at most 1,000,000."),
        (CurrencyPolicy, {"large_win_from": ""}, "This field is required."),
        (GameTheory, {"return_to_player": "0"}, "The return must be greater than 0."),
        (GameTheory, {"payout_variance": "-1"}, "The variance must not be negative."),
    ],
)
def test_a_number_that_makes_no_sense_is_refused_in_words(
    boss: Person, model: type[Model], fields: dict[str, str], said: str
) -> None:
    sensible = {"large_win_from": "1", "large_win_multiple": "1", "four_eyes_above": "1",
                "return_to_player": "0.96", "payout_variance": "1"}  # fmt: skip
    page = boss.post(f"{list_url(model)}add/", {**sensible, **fields})
    assert said in text_of(page)
    assert "Constraint" not in text_of(page)


@pytest.mark.parametrize(
    ("model", "by", "other"),
    [(PlayerNote, "written_by", {"text": "Called."}),
     (PlayerFlag, "raised_by", {"kind": "FRAUD", "reason": "Two accounts."})],
)  # fmt: skip
def test_notes_and_flags_are_found_by_player_and_by_author(
    boss: Person, play: Play, model: type[PlayerNote | PlayerFlag], by: str, other: dict[str, str]
) -> None:
    author = unique("author")
    made = model.objects.create(player=play.session.user, **{by: author}, **other)
    address = list_url(model)
    for term in (play.session.user.username, author):
        assert rows_of(boss.get(address, {"q": term})) == [made], term
    assert rows_of(boss.get(address, {"q": unique("nobody")})) == []
