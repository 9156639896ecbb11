"""The page of a round id: which round is meant, and what is said if a side knows nothing of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from casino import provider_client
from casino.models import GameProvider, Transaction
from config.wire.client import Reply
from tests.admin.conftest import Person
from tests.admin.pages import page_of, text_of
from tests.api.events.gambler import make_gambler
from tests.casino_world import Play, make_play
from tests.factories import GameProviderFactory, unique


@pytest.fixture
def default_provider() -> Iterator[GameProvider]:
    """The provider that is asked for rounds that the casino does not have."""
    others = list(GameProvider.objects.filter(is_default=True).values_list("pk", flat=True))
    GameProvider.objects.filter(pk__in=others).update(is_default=False)
    made = GameProviderFactory(is_default=True)
    yield made
    GameProvider.objects.filter(pk=made.pk).update(is_default=False)
    GameProvider.objects.filter(pk__in=others).update(is_default=True)


def answering(monkeypatch: pytest.MonkeyPatch, status: int, **body: Any) -> list[dict[str, Any]]:
    """Let every provider answer this. Returns the list of what they are asked."""
    asked: list[dict[str, Any]] = []

    def post_signed(_url: str, payload: dict[str, Any], **_options: Any) -> Reply:
        asked.append(payload)
        return Reply(status, body)

    monkeypatch.setattr(provider_client, "post_signed", post_signed)
    return asked


def details_of(round_id: str, **fields: Any) -> dict[str, Any]:
    return {
        "roundId": round_id, "playerId": "p-of-the-provider", "gameId": "no-game-of-ours",
        "currency": "EUR", "state": "OPEN", "totalBetAmount": 250, "totalPayoutAmount": 0,
        "transactions": [{
            "transactionId": "bet-1", "type": "DEBIT", "amount": 250, "status": "ACCEPTED",
            "attempts": [{"sentAt": "2026-01-01T12:00:00Z", "httpStatus": 200,
                          "verdict": "ACCEPTED"}],
        }],
        **fields,
    }  # fmt: skip


def test_a_round_id_of_two_wallets_lets_a_person_choose(boss: Person, play: Play) -> None:
    other = make_play()
    round_id = play.bet(100)["roundId"]
    other.bet(200, roundId=round_id)
    page = boss.get("/admin/round/", {"id": round_id})
    assert "Several wallets have a round with this id" in text_of(page)
    choices = dict(page.context["choices"])
    assert len(choices) == 2
    for each, stake, rival in ((play, "1.00 EUR", "2.00 EUR"), (other, "2.00 EUR", "1.00 EUR")):
        source = f"provider:{each.session.provider.code}"
        (shown,) = [link for link, of in choices.items() if of == source]
        assert each.session.user.username in shown
        own = boss.get("/admin/round/", {"id": round_id, "wallet": each.wallet_pk})
        assert f"Stake {stake}" in text_of(own)
        assert rival not in text_of(own)
        assert text_of(boss.get("/admin/round/", {"id": round_id, "source": source})) == text_of(
            own
        )


def test_without_an_id_nobody_is_asked(
    boss: Person, default_provider: GameProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answering(monkeypatch, 200)
    page = boss.get("/admin/round/", {"id": "  "})
    assert page.status_code == 404
    assert "Which round?" in text_of(page)
    assert asked == []


def test_a_round_that_neither_side_knows_is_not_found(
    boss: Person, default_provider: GameProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_id = unique("round")
    asked = answering(monkeypatch, 404, code="ROUND_NOT_FOUND", message="no such round")
    page = boss.get("/admin/round/", {"id": round_id})
    assert page.status_code == 404
    assert f"Neither side knows a round “{round_id}”." in text_of(page)
    assert f"{default_provider.name} does not know this round." in text_of(page)
    assert [each["roundId"] for each in asked] == [round_id]


def test_a_round_that_only_the_provider_knows_is_shown(
    boss: Person, default_provider: GameProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_id = unique("round")
    answering(monkeypatch, 200, **details_of(round_id))
    page = boss.get("/admin/round/", {"id": round_id})
    assert page.status_code == 200
    text = text_of(page)
    assert "The casino has booked nothing for this round." in text
    assert "Player p-of-the-provider Game no-game-of-ours State unknown to the casino" in text
    assert "Bet of 2.50: accepted at the provider, but the casino has nothing." in text
    assert "Stake" not in text
    assert "Its transactions as a list" not in text


def test_our_half_is_shown_if_the_provider_refuses_to_tell_its_own(
    boss: Person, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_id = play.bet(100)["roundId"]
    answering(monkeypatch, 401, code="INVALID_SIGNATURE", message="wrong signature")
    text = text_of(boss.get("/admin/round/", {"id": round_id}))
    code = play.session.provider.code
    refused = f"{code} refused the request with INVALID_SIGNATURE: wrong signature."
    assert f"{refused} Only our half is shown." in text
    assert "Bet of 1.00 taken" in text


@pytest.mark.parametrize(
    "changes",
    [
        {"sentAt": "2026-01-01T12:00:00"},
        {"sentAt": "9999-12-31T23:59:59-14:00"},
        {"transactionId": "a\0b"},
        {"gameId": "\0"},
        {"currency": "\0"},
    ],
    ids=str,
)
def test_our_half_is_shown_if_the_providers_cannot_be_read(
    boss: Person, play: Play, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    round_id = play.bet(100)["roundId"]
    details = details_of(round_id)
    [transaction] = details["transactions"]
    [attempt] = transaction["attempts"]
    for part in (details, transaction, attempt):
        part |= {name: value for name, value in changes.items() if name in part}
    answering(monkeypatch, 200, **details)
    text = text_of(boss.get("/admin/round/", {"id": round_id}))
    assert "sent an invalid answer" in text
    assert "Bet of 1.00 taken" in text


def test_a_round_that_only_the_casino_knows_differs(
    boss: Person, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_id = play.bet(100)["roundId"]
    answering(monkeypatch, 404, code="ROUND_NOT_FOUND", message="no such round")
    page = boss.get("/admin/round/", {"id": round_id})
    assert page.status_code == 200
    assert f"{play.session.provider.name} does not know this round." in text_of(page)
    assert f'href="{page_of(Transaction.objects.get(round_id=round_id))}"' in page.content.decode()
    assert "Provider asked not known" in text_of(page)
    assert "The provider’s page" not in text_of(page)


def test_a_round_with_an_odd_id_leads_to_its_own_transactions(
    boss: Person, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_id = unique("round&wallet=1#?")
    answering(monkeypatch, 404, code="ROUND_NOT_FOUND", message="no such round")
    bet = play.bet(100, roundId=round_id)["transactionId"]
    for _ in range(2):
        play.rollback(bet)
    page = boss.get("/admin/round/", {"id": round_id})
    assert "repeated rollback" in text_of(page)
    (tool,) = page.context["tools"]
    assert text_of(boss.get(tool[1])).count(bet) > 0
    assert boss.get(tool[1]).context["cl"].result_count == 3


def test_a_round_of_events_has_no_provider_to_ask(
    boss: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answering(monkeypatch, 200)
    gambler, round_id = make_gambler(), unique("round")
    assert gambler.bet("10", round_id=round_id).status == 200
    text = text_of(boss.get("/admin/round/", {"id": round_id}))
    assert "This round came from a source that cannot be asked: only our half is shown." in text
    assert "Stake 10.00 EUR" in text
    assert asked == []
