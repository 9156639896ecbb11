"""The console in a pseudo-terminal: a person chooses, types, makes mistakes and reads."""

import re
import socket
import uuid

import pexpect
import pytest

from casino.models import Transaction, Wallet
from tests.console.conftest import MENU, Open, choose, held_by, reply, said
from tests.servers import Server, free_port


def signed_in(at_terminal: Open, player_id: str, *, funds: int = 0) -> "pexpect.spawn[str]":
    """A console whose player has a wallet with ``funds`` in it."""
    console = at_terminal()
    choose(console, 2)
    reply(console, "Player id", player_id)
    choose(console, 3)
    console.expect_exact("The wallet in GOLD_COINS is open.")
    if funds:
        choose(console, 4)
        reply(console, "Amount", str(funds))
        console.expect_exact(f"Added {funds}; the balance is {funds}.")
    return console


def test_a_visit_from_sign_in_to_goodbye(at_terminal: Open, player_id: str) -> None:
    console = signed_in(at_terminal, player_id, funds=500)
    choose(console, 5)
    reply(console, "Amount of GOLD_COINS to remove", "120")
    console.expect_exact("Removed 120; the balance is 380.")
    choose(console, 6)
    console.expect_exact("The balance is 380 GOLD_COINS, after 2 movements.")
    choose(console, 0)
    console.expect_exact("Goodbye.")
    console.expect(pexpect.EOF)
    console.wait()
    assert console.exitstatus == 0
    assert held_by(player_id) == 380


def test_it_is_in_colour_at_a_terminal_and_not_where_colour_is_unwanted(at_terminal: Open) -> None:
    coloured, plain = at_terminal(), at_terminal(NO_COLOR="1")
    for console in (coloured, plain):
        choose(console, 6)
    assert said(coloured, r"(\S*)✗ Sign in first") == "\x1b[31m"
    assert said(plain, r"(\S*)✗ Sign in first") == ""


def test_a_random_player_is_another_one_each_time(at_terminal: Open) -> None:
    console = at_terminal()
    players = set()
    for _ in range(3):
        choose(console, 1)
        players.add(str(uuid.UUID(said(console, r"Signed in as ([0-9a-f-]{36})\."))))
    assert len(players) == 3


def test_a_player_id_in_capitals_is_the_same_player(at_terminal: Open, player_id: str) -> None:
    console = at_terminal()
    choose(console, 2)
    reply(console, "Player id", f"  {player_id.upper()} ")
    console.expect_exact(f"Signed in as {player_id}.")


def test_whoever_is_not_signed_in_is_told_to(at_terminal: Open) -> None:
    console = at_terminal()
    for number in (3, 4, 5, 6, 7, 8):
        choose(console, number)
        console.expect_exact("Sign in first, with 1 or 2.")
    console.expect_exact(MENU)


def test_a_wrong_choice_is_answered_and_asked_again(at_terminal: Open) -> None:
    console = at_terminal()
    for typed in ("9", "x", "-1", "1.0", "sign in", "🎰", "1 2", "00"):
        reply(console, MENU, typed)
        console.expect_exact(f"✗ {typed}: type a number from 0 to 8")
    console.expect_exact(MENU)


def test_enter_shows_the_menu_again(at_terminal: Open) -> None:
    console = at_terminal()
    console.expect_exact("8  send many requests at once")
    reply(console, MENU, "")
    console.expect_exact("8  send many requests at once")


def test_what_is_no_player_id_is_answered_and_asked_again(
    at_terminal: Open, player_id: str
) -> None:
    console = at_terminal()
    choose(console, 2)
    for typed, complaint in (
        ("", "a player id is needed"),
        ("foo", "foo: a player id is a UUID"),
        ("67fff5c", "67fff5c: a player id is a UUID"),
        ("123e4567e89b12d3a456426614174000", "a player id is a UUID"),
        ("{123e4567-e89b-12d3-a456-426614174000}", "a player id is a UUID"),
        ("123e4567-e89b-12d3-a456-42661417400g", "a player id is a UUID"),
        ("١23e4567-e89b-12d3-a456-426614174000", "a player id is a UUID"),
    ):
        reply(console, "Player id", typed)
        console.expect_exact(complaint)
    reply(console, "Player id", player_id)
    console.expect_exact(f"Signed in as {player_id}.")


def test_what_is_no_amount_is_answered_and_asked_again_and_moves_nothing(
    at_terminal: Open, player_id: str
) -> None:
    console = signed_in(at_terminal, player_id)
    choose(console, 4)
    for typed, complaint in (
        ("", "an amount is needed"),
        ("ten", "with digits only"),
        ("1.5", "with digits only"),
        ("1,000", "with digits only"),
        ("1e3", "with digits only"),
        ("0x10", "with digits only"),
        ("١٢", "with digits only"),
        ("0", "at least 1"),
        ("-5", "at least 1"),
        ("9223372036854775808", "at most 9223372036854775807"),
        ("9" * 5_00, "at most 9223372036854775807"),
    ):
        reply(console, "Amount", typed)
        console.expect_exact(complaint)
    reply(console, "Amount", "b")
    console.expect_exact(MENU)
    assert held_by(player_id) == 0


def test_refusals_of_the_service_are_said_with_what_can_be_done(
    at_terminal: Open, player_id: str
) -> None:
    console = at_terminal()
    choose(console, 2)
    reply(console, "Player id", player_id)
    choose(console, 6)
    console.expect_exact("404 USER_NOT_FOUND")
    console.expect_exact("Type 3 to create the wallet.")
    for expected in ("The wallet in GOLD_COINS is open.", "409 WALLET_EXISTS"):
        choose(console, 3)
        console.expect_exact(expected)
    choose(console, 5)
    reply(console, "Amount", "1")
    console.expect_exact("402 INSUFFICIENT_FUNDS")
    choose(console, 4)
    reply(console, "Amount", "9223372036854775807")
    console.expect_exact("the balance is 9223372036854775807.")
    choose(console, 4)
    reply(console, "Amount", "1")
    console.expect(r"✗ 4\d\d [A-Z_]+: ")
    assert held_by(player_id) == 9223372036854775807


def test_one_request_sent_twice_moves_once(at_terminal: Open, player_id: str) -> None:
    console = signed_in(at_terminal, player_id, funds=70)
    choose(console, 7)
    reply(console, "Amount of GOLD_COINS to add", "50")
    key = said(console, r"Idempotency-Key: ([0-9a-f-]{36})")
    console.expect(r"1 +200 +moved +120 ")
    console.expect(r"2 +200 +replayed +120 ")
    transaction_id = said(
        console, r"The two answers are the same; the transaction is ([0-9a-f-]{36})\."
    )
    console.expect_exact("Balance 70 → 120; 1 of +50 make 120; movements: 1.")
    console.expect_exact("The balance is right.")
    transaction = Transaction.objects.get(external_transaction_id=key)
    assert (str(transaction.pk), transaction.amount) == (transaction_id, 50)
    assert held_by(player_id) == 120


def test_without_a_wallet_nothing_is_sent_twice(at_terminal: Open, player_id: str) -> None:
    console = at_terminal()
    choose(console, 2)
    reply(console, "Player id", player_id)
    choose(console, 7)
    reply(console, "Amount", "5")
    console.expect_exact("404 USER_NOT_FOUND")
    console.expect_exact(MENU)
    assert not Wallet.objects.filter(user__username=player_id).exists()


def test_many_requests_at_once_leave_the_right_balance(at_terminal: Open, player_id: str) -> None:
    console = signed_in(at_terminal, player_id, funds=100)
    choose(console, 8)
    for question, typed, complaint in (
        ("How many", "", "the number of requests is needed"),
        ("How many", "101", "at most 100"),
        ("How many", "0", "at least 1"),
        ("How many", "30", None),
        ("Add or remove", "both", "type a to add or r to remove"),
        ("Add or remove", "r", None),
        ("Amount", "-1", "at least 1"),
        ("Amount", "7", None),
    ):
        reply(console, question, typed)
        if complaint:
            console.expect_exact(complaint)
    console.expect_exact("16 × INSUFFICIENT_FUNDS, 14 × moved", timeout=60)
    rows = re.findall(r"^(\d+) +(200|402) +", console.before or "", re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 31))
    assert sum(status == "200" for _, status in rows) == 14
    console.expect_exact("Balance 100 → 2; 14 of -7 make 2; movements: 14.")
    console.expect_exact("The balance is right.")
    assert held_by(player_id) == 2


def test_many_may_add_as_well(at_terminal: Open, player_id: str) -> None:
    console = signed_in(at_terminal, player_id)
    choose(console, 8)
    reply(console, "How many", "100")
    reply(console, "Add or remove", "ADD")
    reply(console, "Amount", "3")
    console.expect_exact("Balance 0 → 300; 100 of +3 make 300; movements: 100.", timeout=60)
    console.expect_exact("The balance is right.")
    assert held_by(player_id) == 300


@pytest.mark.parametrize("leave", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
@pytest.mark.parametrize("at", [MENU, "Player id"])
def test_it_may_be_left_at_any_prompt(at_terminal: Open, leave: str, at: str) -> None:
    console = at_terminal()
    console.expect_exact(MENU)
    if at != MENU:
        console.sendline("2")
        console.expect_exact(f"{at}, a UUID (b: back to the menu): ")
    else:
        console.expect_exact(": ")
    console.send(leave)
    console.expect_exact("Goodbye.")
    console.expect(pexpect.EOF)
    console.wait()
    assert (console.exitstatus, console.signalstatus) == (0, None)
    assert "Traceback" not in (console.before or "")


@pytest.mark.parametrize("keys", [("6",), ("8", "5", "a", "1")], ids=["one", "many"])
def test_it_may_be_left_while_a_server_keeps_it_waiting(
    at_terminal: Open, keys: tuple[str, ...]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        console = at_terminal(url=f"http://127.0.0.1:{silent.getsockname()[1]}")
        choose(console, 1)
        for key in keys:
            reply(console, "): ", key)
        silent.accept()[0].recv(1)
        console.send("\x03")
        console.expect_exact("Goodbye.", timeout=5)
        console.expect(pexpect.EOF, timeout=5)
        console.wait()
    assert (console.exitstatus, console.signalstatus) == (0, None)


def test_a_server_that_is_down_is_said_and_the_menu_comes_back(
    at_terminal: Open, player_id: str, server: Server
) -> None:
    console = at_terminal(url=f"http://127.0.0.1:{free_port()}")
    choose(console, 2)
    reply(console, "Player id", player_id)
    for number in (3, 6):
        choose(console, number)
        console.expect(r"Nobody answers at http://127\.0\.0\.1:\d+\. Is the server up\?")
    choose(console, 8)
    for answer in ("2", "a", "1"):
        reply(console, "(b: back", answer)
    console.expect_exact("Nobody answers")
    choose(console, 0)
    console.expect_exact("Goodbye.")
