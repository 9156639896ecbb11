"""The back office sums up all books, finds rows in all of them, and says which book a row is in."""

import json

from tests.books.conftest import Books

SIGNED_IN = """
from django.contrib.auth import get_user_model
from django.test import Client
users = get_user_model().objects
user = users.filter(username='head').first() or users.create_superuser('head', None, 'secret')
client = Client(SERVER_NAME='localhost')
client.force_login(user)
"""
TURNOVER = """
from datetime import date, timedelta
from casino.reports import summary
from casino.reports.lists import open_rounds
from casino.reports.period import Period
from casino.reports.play import By, active_players, play
period = Period.ending(date.today() + timedelta(days=1), 3)
with summary.reading() as reach:
    for by in (By.CURRENCY, By.GAME, By.PLAYER):
        for line in play(by=by, period=period, reach=reach, order='turnover'):
            if line.currency == 'INR':
                print(by.value, line.key, line.bets, line.turnover)
    print('players', active_players(period=period, reach=reach).get('INR'))
    rounds = open_rounds(reach=reach)
    print('open', sorted(each.player_id for each in rounds if each.game_code == 'of-all-books'))
"""


def shell(books: Books, book: str, code: str) -> str:
    ran = books.command("shell", "--no-imports", "-c", code, book=book)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def players_with_rupees(books: Books) -> list[tuple[str, str]]:
    """One player of each book, with the wallet."""
    return [
        (str(player), str(wallet))
        for number in (1, 2)
        for player, wallet in books.execute(
            f"SELECT username, wallet_id FROM book_0{number}.casino_users player"
            f" JOIN book_0{number}.casino_wallets wallet ON wallet.user_id = player.id"
            " WHERE currency_code = 'INR' ORDER BY username LIMIT 1"
        )
    ]


def test_reports_of_every_process_add_all_books_up(books: Books) -> None:
    players = players_with_rupees(books)
    for amount, (player, wallet) in zip(("3.00", "4.00"), players, strict=True):
        event = {
            "type": "bet",
            "req_id": f"report-{player}",
            "round_id": "report",
            "session_id": "report",
            "player_id": player,
            "wallet_id": wallet,
            "game_code": "of-all-books",
            "amount": amount,
            "currency": "INR",
        }
        assert books.router.post("/event", json.dumps(event).encode()).status == 200
    reports = [shell(books, book, TURNOVER) for book in ("book_01", "book_02")]
    assert reports[0] == reports[1]
    lines = reports[0].splitlines()
    assert "game of-all-books 2 700" in lines
    assert {line.split()[1] for line in lines if line.startswith("player ")} >= {
        player for player, _ in players
    }
    assert f"open {sorted(player for player, _ in players)}" in lines
    for number, book in ((1, "book_01"), (2, "book_02")):
        summed = books.command("summarise_ledger", book=book)
        assert summed.returncode == 0, (number, summed.stderr)
    assert shell(books, "book_01", TURNOVER) == reports[0]


def test_the_front_page_says_the_book_and_leads_to_the_others(books: Books) -> None:
    page = shell(books, "book_01", SIGNED_IN + "print(client.get('/admin/').content.decode())")
    assert "<strong>book_01</strong>" in page
    assert '<a href="/admin/?book=book_02">book_02</a>' in page


def test_a_search_finds_the_players_of_all_books(books: Books) -> None:
    for number in (1, 2):
        player = next(
            str(name)
            for (name,) in books.execute(f"SELECT username FROM book_0{number}.casino_users")
            if name in ("player-001", "player-005")
        )
        for asked in (1, 2):
            found = shell(
                books,
                f"book_0{asked}",
                SIGNED_IN + f"print(client.get('/admin/search/?q={player}').headers['Location'])",
            ).strip()
            assert found.startswith("/admin/casino/user/")
            assert found.endswith("?book=book_02" if (asked, number) == (1, 2) else "/change/") or (
                found.endswith("?book=book_01") and (asked, number) == (2, 1)
            )


def test_the_router_keeps_the_book_that_was_chosen(books: Books) -> None:
    chosen = books.router.request("GET", "/admin/login/?book=book_01")
    assert "book=book_01" in chosen.headers["Set-Cookie"]
