"""The page "Adjust balance" is exact, adjusts only once, and needs a reason and a permission."""

import json
import threading
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connections

from casino.models import Kind, Transaction, Wallet
from tests.admin.conftest import Person, clerk
from tests.admin.pages import page_of, text_of
from tests.casino_world import Play, nothing_written
from tests.factories import CurrencyFactory, WalletFactory


def open_form(person: Person, wallet: Wallet) -> dict[str, str]:
    """The form as the page shows it, with everything filled in except the amount."""
    form = person.get(page_of(wallet, "adjust")).context["form"]
    return {
        "token": str(form["token"].value()),
        "direction": "add",
        "reason": "A good reason.",
        "confirmed": "yes",
    }


def send(person: Person, wallet: Wallet, **fields: str) -> Any:
    return person.post(page_of(wallet, "adjust"), {**open_form(person, wallet), **fields})


def adjustments(wallet: Wallet) -> list[Transaction]:
    return list(
        Transaction.objects.filter(wallet=wallet, transaction_type=Kind.ADJUSTMENT).order_by(
            "sequence"
        )
    )


def history(wallet: Wallet) -> list[tuple[Any, str]]:
    entries = LogEntry.objects.filter(
        object_id=str(wallet.pk), content_type__model="wallet"
    ).order_by("pk")
    return [(entry.user, entry.get_change_message()) for entry in entries]


def test_it_adds_and_takes(boss: Person, play: Play) -> None:
    assert send(boss, play.wallet, amount="12.34").status_code == 302
    assert play.balances == (101_234, 0)
    assert send(boss, play.wallet, amount="1000", direction="take").status_code == 302
    assert play.balances == (1_234, 0)


def test_it_is_told_in_the_transaction_and_in_the_history(boss: Person, play: Play) -> None:
    response = boss.post(
        page_of(play.wallet, "adjust"),
        {
            **open_form(boss, play.wallet),
            "amount": "0.05",
            "direction": "take",
            "reason": "Paid <b>",
        },
        follow=True,
        headers={"x-request-id": "from-a-proxy"},
    )
    (posted,) = adjustments(play.wallet)
    assert posted.request_id == "from-a-proxy"
    name = boss.operator.get_username()
    assert json.loads(posted.details) == {"actor": name, "reason": "Paid <b>", "amount": -5}
    assert history(play.wallet) == [
        (boss.operator, f"Adjusted by -0.05 EUR: Paid <b> (transaction {posted.pk}).")
    ]
    assert "Adjusted by -0.05 EUR; balance 999.95 EUR" in text_of(response)
    assert f'href="{page_of(posted)}"' in response.content.decode()
    shown = text_of(boss.get(page_of(posted)))
    assert '"reason": "Paid <b>"' in shown
    assert f"{name}: Paid <b>" in shown
    assert "adjustment" in shown
    assert "Paid <b>" in text_of(boss.get(page_of(play.wallet, "history")))


@pytest.mark.parametrize(
    ("code", "exponent", "amount", "minor"),
    [("EUR", 2, "0.01", 1), ("EUR", 2, "90071992547409.93", 9_007_199_254_740_993),
     ("JPY", 0, "7", 7), ("KWD", 3, "1.005", 1_005), ("EUR", 2, "1.1", 110)],
)  # fmt: skip
def test_amounts_are_exact(boss: Person, code: str, exponent: int, amount: str, minor: int) -> None:
    wallet = WalletFactory(currency=CurrencyFactory(code=code, exponent=exponent))
    assert send(boss, wallet, amount=amount).status_code == 302
    wallet.refresh_from_db()
    assert wallet.playable_balance == minor


@pytest.mark.parametrize(
    ("exponent", "said"), [(0, "In NONE0, with no decimals."), (3, "with at most 3 decimals.")]
)
def test_the_form_says_how_many_decimals_there_are(boss: Person, exponent: int, said: str) -> None:
    wallet = WalletFactory(currency=CurrencyFactory(code=f"NONE{exponent}", exponent=exponent))
    assert said in text_of(boss.get(page_of(wallet, "adjust")))


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"amount": "1.005"}, "at most 2 decimals"),
        ({"amount": "0"}, "must be greater than 0"),
        ({"amount": "0.00"}, "must be greater than 0"),
        ({"amount": "-5"}, "must not be negative"),
        ({"amount": "1e3"}, "plain decimal number"),
        ({"amount": "1,000"}, "plain decimal number"),
        ({"amount": "٣"}, "plain decimal number"),
        ({"amount": "NaN"}, "plain decimal number"),
        ({"amount": "9" * 30}, "larger than any amount can be"),
        ({"amount": ""}, "This field is required."),
        ({"amount": "1", "reason": ""}, "This field is required."),
        ({"amount": "1", "reason": "   "}, "This field is required."),
        ({"amount": "1", "reason": "x" * 501}, "at most 500 characters"),
        ({"amount": "1", "reason": "a\0b"}, "Null characters are not allowed."),
        ({"amount": "1", "direction": "sideways"}, "not one of the available choices"),
        ({"amount": "1", "direction": ""}, "This field is required."),
        ({"amount": "1", "token": "guessed"}, "valid UUID"),
        ({"amount": "1", "token": ""}, "This field is required."),
        ({"amount": "1000.01", "direction": "take"}, "The wallet holds 1000.00 EUR."),
        ({"amount": "92233720368547758.07"}, "past the largest"),
    ],
)
def test_it_refuses_what_is_wrong_and_says_what(
    boss: Person, play: Play, fields: dict[str, str], complaint: str
) -> None:
    with nothing_written():
        response = send(boss, play.wallet, **fields)
    assert response.status_code == 200
    assert complaint in text_of(response)
    assert history(play.wallet) == []


def test_one_form_sent_twice_moves_money_once(boss: Person, play: Play) -> None:
    form = {**open_form(boss, play.wallet), "amount": "10"}
    url = page_of(play.wallet, "adjust")
    assert "Adjusted by +10.00 EUR" in text_of(boss.post(url, form, follow=True))
    again = boss.post(url, form, follow=True)
    assert "Already adjusted by +10.00 EUR" in text_of(again)
    assert play.balances == (101_000, 0)
    assert len(adjustments(play.wallet)) == len(history(play.wallet)) == 1


def test_one_form_sent_many_times_at_once_moves_money_once(boss: Person, play: Play) -> None:
    form = {**open_form(boss, play.wallet), "amount": "10"}
    url, barrier, answers = page_of(play.wallet, "adjust"), threading.Barrier(8), []

    def post() -> None:
        person = Person(boss.operator)
        barrier.wait()
        try:
            answers.append(person.post(url, form).status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [302] * 8
    assert play.balances == (101_000, 0)
    assert len(adjustments(play.wallet)) == len(history(play.wallet)) == 1


def test_one_form_with_another_content_is_refused(boss: Person, play: Play) -> None:
    form = {**open_form(boss, play.wallet), "amount": "10"}
    boss.post(page_of(play.wallet, "adjust"), form)
    with nothing_written():
        response = boss.post(page_of(play.wallet, "adjust"), {**form, "amount": "11"})
    assert "This form was sent before with different contents." in text_of(response)


def test_every_form_opened_is_one_of_its_own(boss: Person, play: Play) -> None:
    tokens = {open_form(boss, play.wallet)["token"] for _ in range(3)}
    assert len(tokens) == 3


def test_a_refused_form_keeps_its_token(boss: Person, play: Play) -> None:
    form = {**open_form(boss, play.wallet), "amount": "x"}
    response = boss.post(page_of(play.wallet, "adjust"), form)
    assert f'name="token" value="{form["token"]}"' in response.content.decode()


def test_a_history_that_was_cut_off_is_entered_by_the_repetition(boss: Person, play: Play) -> None:
    """The process died after the money moved and before the history was written."""
    form = {**open_form(boss, play.wallet), "amount": "10"}
    boss.post(page_of(play.wallet, "adjust"), form)
    LogEntry.objects.filter(object_id=str(play.wallet_pk), content_type__model="wallet").delete()
    boss.post(page_of(play.wallet, "adjust"), form)
    assert len(history(play.wallet)) == 1
    assert play.balances == (101_000, 0)


def test_going_back_from_the_preview_keeps_what_was_entered(boss: Person, play: Play) -> None:
    entered = {**open_form(boss, play.wallet), "amount": "12.34"}
    page = boss.post(page_of(play.wallet, "adjust"), {**entered, "change": "Edit"})
    form = page.context["form"]
    assert (form["amount"].value(), form["reason"].value()) == ("12.34", "A good reason.")
    assert str(form["token"].value()) == entered["token"]
    assert 'value="Preview"' in page.content.decode()
    assert adjustments(play.wallet) == []


def test_it_takes_a_permission_of_its_own(play: Play) -> None:
    url = page_of(play.wallet, "adjust")
    for somebody in (clerk("view_wallet", "change_wallet"), clerk("adjust_wallet")):
        with nothing_written():
            assert somebody.get(url).status_code == 403
            assert somebody.post(url, {"amount": "10"}).status_code == 403
    assert "Adjust balance" not in text_of(clerk("view_wallet").get(page_of(play.wallet)))

    allowed = clerk("view_wallet", "adjust_wallet")
    assert "Adjust balance" in text_of(allowed.get(page_of(play.wallet)))
    assert send(allowed, play.wallet, amount="10").status_code == 302
    assert play.balances == (101_000, 0)


def test_a_page_of_somewhere_else_cannot_send_it(boss: Person, play: Play) -> None:
    """A form without this site's CSRF token is refused."""
    strict = Person(boss.operator)
    strict.handler.enforce_csrf_checks = True
    form = {**open_form(boss, play.wallet), "amount": "10"}
    with nothing_written():
        assert strict.post(page_of(play.wallet, "adjust"), form).status_code == 403


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_it_takes_get_and_post(boss: Person, play: Play, method: str) -> None:
    with nothing_written():
        assert getattr(boss, method)(page_of(play.wallet, "adjust")).status_code == 405


def test_a_wallet_that_is_not_there(boss: Person) -> None:
    for page in ("adjust", "check"):
        assert boss.get(f"/admin/casino/wallet/999999999999/{page}/").status_code == 404
        assert boss.get(f"/admin/casino/wallet/x/{page}/").status_code == 404
