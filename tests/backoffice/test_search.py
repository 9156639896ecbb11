"""The search box: an exact hit opens its page, whatever kind of id it is."""

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from casino.models import SimulationRun, Transaction, User
from casino.operations.adjustments import adjust
from tests.admin.conftest import Person, clerk
from tests.admin.pages import list_of, page_of, rows_of, text_of
from tests.api.events.gambler import make_gambler
from tests.casino_world import Play
from tests.factories import UserFactory, unique

Wanted = Callable[[Play, dict[str, str]], str]


@pytest.mark.parametrize(
    ("what", "term", "leads_to"),
    [
        ("player", lambda p, bet: p.session.user.username, lambda p, bet: page_of(p.session.user)),
        ("wallet", lambda p, bet: p.wallet.wallet_id, lambda p, bet: page_of(p.wallet)),
        ("session", lambda p, bet: p.session.session_id, lambda p, bet: page_of(p.session)),
        ("round", lambda p, bet: bet["roundId"],
         lambda p, bet: f"/admin/round/?id={bet['roundId']}"),
        ("the provider's id", lambda p, bet: bet["transactionId"],
         lambda p, bet: page_of(p.transactions()[-1])),
        ("our id", lambda p, bet: str(p.transactions()[-1].pk),
         lambda p, bet: page_of(p.transactions()[-1])),
        ("our id without hyphens", lambda p, bet: p.transactions()[-1].pk.hex,
         lambda p, bet: page_of(p.transactions()[-1])),
        ("game", lambda p, bet: p.session.game.provider_game_id,
         lambda p, bet: page_of(p.session.game)),
    ],
)  # fmt: skip
def test_an_exact_hit_opens_its_page(
    boss: Person, play: Play, what: str, term: Wanted, leads_to: Wanted
) -> None:
    bet = play.bet(10)
    response = boss.get("/admin/search/", {"q": f"  {term(play, bet)} "})
    assert (response.status_code, response.headers["Location"]) == (302, leads_to(play, bet))


def test_everything_with_the_id_is_listed(boss: Person, play: Play) -> None:
    """A round, another round's bet, an event and a top-up, all with one id that is not ASCII."""
    name, gambler = unique("é"), make_gambler()
    play.bet(10, roundId=name)
    play.bet(20, transactionId=name)
    assert gambler.bet("1.00", req_id=name, session_id=name).status == 200
    play.top_up(5, external_id=name)
    page = boss.get("/admin/search/", {"q": name})
    assert page.status_code == 200
    found = re.findall(r'<td data-label="What">(.*?)</td>', page.content.decode())
    assert found == ["Aggregator&#x27;s session", "Round", *["Transaction"] * 3]
    for posted in (*play.transactions()[-2:], *gambler.transactions()):
        assert f'href="{page_of(posted)}"' in page.content.decode()


def test_a_bet_with_the_id_of_its_round_opens_the_round(boss: Person, play: Play) -> None:
    bet = play.bet(10, roundId=(name := unique("same")), transactionId=name)
    response = boss.get("/admin/search/", {"q": bet["roundId"]})
    assert response.headers["Location"] == f"/admin/round/?id={name}"


def test_an_event_is_found_by_each_of_its_ids(boss: Person) -> None:
    gambler, names = (
        make_gambler(),
        {kind: unique(f"é-{kind}") for kind in ("req", "round", "session")},
    )
    event = {f"{kind}_id": name for kind, name in names.items()}
    assert gambler.bet("1.00", **event).status == 200
    (posted,) = gambler.transactions()
    for kind, page in (
        ("req", page_of(posted)),
        ("round", f"/admin/round/?{urlencode({'id': names['round']})}"),
        (
            "session",
            list_of(
                Transaction,
                "?"
                + urlencode({"wallet": gambler.wallet.pk, "external_session": names["session"]}),
            ),
        ),
    ):
        answer = boss.get("/admin/search/", {"q": names[kind]})
        assert (answer.status_code, answer.headers["Location"]) == (302, page)
    assert rows_of(boss.get(page)) == [posted]


def test_the_beginning_of_an_id_lists_what_it_may_be(boss: Person, play: Play) -> None:
    beginning = unique("begun")
    bets = [play.bet(10, transactionId=f"{beginning}-{number}") for number in (1, 2)]
    page = boss.get("/admin/search/", {"q": beginning})
    content = page.content.decode()
    assert page.status_code == 200
    for posted, bet in zip(play.transactions()[-2:], bets, strict=True):
        assert f'href="{page_of(posted)}"' in content
        assert f"/admin/round/?id={bet['roundId']}" in content
    exact = boss.get("/admin/search/", {"q": f"{beginning}-1"})
    assert exact.headers["Location"] == page_of(play.transactions()[-2])


def test_money_that_belongs_to_no_round_is_listed_without_one(boss: Person, play: Play) -> None:
    beginning = unique("adjusted")
    adjust(
        wallet_id=play.wallet.wallet_id, amount_signed_minor=7, reason="test", actor="ada",
        idempotency_key=f"{beginning}-1",
    )  # fmt: skip
    posted = play.transactions()[-1]
    content = boss.get("/admin/search/", {"q": beginning}).content.decode()
    assert f'href="{page_of(posted)}"' in content
    assert "/admin/round/" not in content


def test_a_simulation_is_found(boss: Person, play: Play) -> None:
    run = SimulationRun.objects.create(run_id=unique("run"), arguments={}, session=play.session)
    found = boss.get("/admin/search/", {"q": run.run_id})
    assert f'href="{page_of(run)}"' in found.content.decode()


def test_a_name_finds_its_player_everywhere(boss: Person) -> None:
    name = unique("Ada Lovelace of")
    player = UserFactory(display_name=name)
    response = boss.get("/admin/search/", {"q": name})
    assert response.headers["Location"] == page_of(player)
    part = name[4:-2]
    assert name in text_of(boss.get("/admin/search/", {"q": part}))
    assert rows_of(boss.get(list_of(User), {"q": part.lower()})) == [player]


def test_the_list_of_transactions_finds_a_round(boss: Person, play: Play) -> None:
    bet = play.bet(10)
    found = rows_of(boss.get(list_of(Transaction), {"q": bet["roundId"]}))
    assert [row.external_transaction_id for row in found] == [bet["transactionId"]]


@pytest.mark.parametrize("term", ["", "  ", "nothing-goes-by-this", "\0", "x" * 5_000, "'; DROP"])
def test_what_is_not_there_is_said(boss: Person, term: str) -> None:
    assert boss.get("/admin/search/", {"q": term}).status_code == 200


def test_nobody_finds_what_may_not_be_seen(play: Play) -> None:
    bet = play.bet(10)
    person = clerk("view_currency")
    for term in (play.session.user.username, play.wallet.wallet_id, bet["roundId"]):
        assert "Nothing found for" in text_of(person.get("/admin/search/", {"q": term}))
