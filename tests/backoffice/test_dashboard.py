"""The front page shows how business goes, what waits and who won; each figure has its rows."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from casino.backoffice.models import CurrencyPolicy
from casino.operations.adjustments import adjust
from casino.reports import summary
from config.backoffice.checks import remember
from config.backoffice.models import Check
from tests.admin.conftest import Person, clerk
from tests.admin.pages import text_of
from tests.casino_world import make_play
from tests.factories import CurrencyFactory, WalletFactory, unique


@pytest.mark.parametrize("days", ["1", "7", "30", "nonsense"])
def test_it_shows_each_currency_with_its_figures(boss: Person, days: str) -> None:
    player = make_play()
    player.win(player.bet(1_000), 250)
    page = boss.get(f"/admin/?days={days}")
    content = page.content.decode()
    assert page.status_code == 200
    for label in ("Turnover", "Payouts", "GGR", "RTP", "Rounds", "Active players"):
        assert f"<dt>{label}</dt>" in content
    assert "<h2>EUR, 20" in content
    assert '<figure class="chart">' in content
    assert 'href="/admin/reports/ggr/?first=' in content
    assert "Who won most" in text_of(page)


def test_a_figure_leads_to_the_rows_that_it_is_made_of(boss: Person) -> None:
    currency = CurrencyFactory(code="TRACED")
    CurrencyPolicy.objects.get_or_create(currency=currency, defaults={"large_win_multiple": 5})
    player = make_play(wallet=WalletFactory(currency=currency, opening=10_000))
    player.win(player.bet(1_000), 250)
    player.win(player.bet(10), 700)
    page = boss.get("/admin/")
    figures = next(
        each.figures
        for card in page.context["cards"]
        for each in card.contents.get("currencies", ())
        if each.currency == currency.code
    )
    (payouts,) = [each for each in figures if each.label == "Payouts"]
    (total,) = boss.get(payouts.url).context["table"].totals
    assert str(payouts.value) in [str(cell.contents) for cell in total]


def test_the_currency_with_the_most_rounds_comes_first(boss: Person) -> None:
    busy, rich = (
        make_play(wallet=WalletFactory(currency=CurrencyFactory(code=code), opening=10_000_000))
        for code in ("BUSIER", "RICHER")
    )
    busy.bet(1)
    busy.bet(1)
    rich.bet(900_000)
    text = text_of(boss.get("/admin/"))
    assert text.index("BUSIER, 20") < text.index("RICHER, 20")


def test_what_was_only_given_is_not_shown_as_played(boss: Person) -> None:
    currency = CurrencyFactory(code="ONLY_GIVEN")
    wallet = WalletFactory(currency=currency, opening=10_000)
    adjust(
        wallet_id=wallet.wallet_id, amount_signed_minor=500, reason="a gift", actor="ada",
        idempotency_key=unique("adjustment"),
    )  # fmt: skip
    assert currency.code not in text_of(boss.get("/admin/"))


def test_it_says_what_needs_attention(boss: Person) -> None:
    player = make_play()
    player.bet(10)
    text = text_of(boss.get("/admin/"))
    assert "Needs attention" in text
    assert "the oldest open for" in text
    player.debit(10**9)
    assert "Refused since the server started: " in text_of(boss.get("/admin/"))


def test_it_tells_of_the_last_audit(boss: Person) -> None:
    remember(
        check=Check.AUDIT, scope="everything", began_at=timezone.now(), looked_at=5,
        found={"an invariant": 2},
    )  # fmt: skip
    assert "Last audit of the ledger 0 s ago, found differences" in text_of(boss.get("/admin/"))
    remember(check=Check.AUDIT, scope="everything", began_at=timezone.now(), looked_at=5, found={})
    assert "ago, clean" in text_of(boss.get("/admin/"))


def test_it_shows_only_what_a_person_may_see(one_of_the: Callable[[str], Person]) -> None:
    support = text_of(one_of_the("Support").get("/admin/"))
    assert "Open rounds" in support
    assert "Turnover" not in support
    nobody = clerk("view_currency").get("/admin/")
    assert nobody.status_code == 200
    assert "Needs attention" not in text_of(nobody)


def test_it_says_how_far_its_figures_go(boss: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    player = make_play()
    player.bet(10)
    summary.start_again()
    summary.catch_up(now=timezone.now())
    monkeypatch.setattr(summary, "LONGEST_TAIL", 0)
    assert "The ledger is still being added up" in text_of(boss.get("/admin/"))
