"""POST /casino/launchGame."""

import json
import socket

import psycopg
import pytest
from django.db import connections
from django.utils import timezone
from pytest_django import Settings

from casino.models import Game, GameProvider, PlayerStatus, SessionStatus, User
from casino.operations.launch import end_sessions
from casino.operations.players import set_player_status
from config.wire.signing import CASINO_SIGNATURE, PROVIDER_SIGNATURE
from tests.api.frontend.player import LAUNCHED, Player, says, send
from tests.casino_world import Answer, Play, nothing_written, post
from tests.factories import GameSessionFactory, WalletFactory, unique
from tests.servers import database_url
from tests.signatures import verify


def told(answer: Answer) -> tuple[int, str | None]:
    return answer.status, answer.code


def test_it_opens_a_session_at_the_provider_and_says_where_the_game_is(player: Player) -> None:
    with player.provider_that(says(LAUNCHED)):
        answer = player.launch()

    assert answer.status == 200
    (session,) = player.sessions()
    assert answer.body == {
        "status": "success",
        "sessionToken": session.session_token,
        "sessionId": session.session_id,
        "providerSessionId": "ps-1",
        "launchUrl": "https://games.example/play?session=ps-1",
        "playerId": player.wallet.user.username,
        "gameId": player.game.provider_game_id,
        "currency": "EUR",
        "balance": 100_000,
    }
    assert (session.status, session.provider_session_id) == (SessionStatus.ACTIVE, "ps-1")
    assert session.wallet_id == player.wallet.pk


def test_it_asks_the_provider_once_signed_with_the_providers_secret(
    player: Player, settings: Settings
) -> None:
    settings.CASINO_CODE = "our-casino"
    player.game.provider.provider_secret = "new-secret,old-secret"
    with player.provider_that(says(LAUNCHED)) as provider:
        answer = player.launch()

    assert provider.requests[0].startswith(b"POST /provider/launch HTTP/1.1\r\n")
    assert json.loads(provider.body) == {
        "casinoCode": "our-casino",
        "sessionToken": answer.body["sessionToken"],
        "playerId": player.wallet.user.username,
        "gameId": player.game.provider_game_id,
        "currency": "EUR",
    }
    assert verify((b"new-secret",), provider.body, provider.head[PROVIDER_SIGNATURE])
    assert CASINO_SIGNATURE not in provider.head


def test_the_session_takes_bets_once_it_is_launched(player: Player) -> None:
    with player.provider_that(says(LAUNCHED)):
        player.launch()

    (session,) = player.sessions()
    play = Play(session, player.game.provider.secret_key.encode())
    assert play.debit(100).status == 200
    assert play.balances == (99_900, 0)


def test_every_launch_is_a_session_of_its_own(player: Player) -> None:
    with player.provider_that(says(LAUNCHED)):
        one, other = player.launch(), player.launch()

    assert one.body["sessionToken"] != other.body["sessionToken"]
    assert one.body["sessionId"] != other.body["sessionId"]
    assert len(player.sessions()) == 2


def test_a_token_cannot_be_guessed(player: Player) -> None:
    with player.provider_that(says(LAUNCHED)):
        token = player.launch().body["sessionToken"]

    assert len(token) >= 43  # 256 bits in base 64
    assert player.wallet.user.username not in token


def test_it_opens_the_wallet_of_the_currency(player: Player) -> None:
    WalletFactory(user=player.wallet.user, currency__code="USD", opening=7)
    with player.provider_that(says(LAUNCHED)):
        assert player.launch(currency="USD").body["balance"] == 7


# ---- refused before the provider is asked -------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"playerId": "nobody"}, 404, "PLAYER_NOT_FOUND"),
        ({"gameId": "nothing"}, 404, "GAME_NOT_FOUND"),
        ({"currency": "USD"}, 404, "WALLET_NOT_FOUND"),
        ({"currency": "eur"}, 404, "WALLET_NOT_FOUND"),
        ({"currency": "XXX"}, 404, "WALLET_NOT_FOUND"),
    ],
)
def test_who_or_what_is_unknown_is_not_found(
    player: Player, changes: dict[str, str], status: int, code: str
) -> None:
    if "playerId" in changes:
        changes = {"playerId": unique("nobody")}
    with player.provider_that(says(LAUNCHED)) as provider, nothing_written():
        assert told(player.launch(**changes)) == (status, code)
    assert provider.requests == []


def test_who_or_what_may_not_be_played_is_refused(player: Player) -> None:
    user = User.objects.filter(pk=player.wallet.user_id)
    game = Game.objects.filter(pk=player.game.pk)
    provider_row = GameProvider.objects.filter(pk=player.game.provider_id)
    with player.provider_that(says(LAUNCHED)) as provider:
        for rows, withdrawn, restored, code in (
            (user, {"status": "BLOCKED"}, {"status": "ACTIVE"}, "PLAYER_BLOCKED"),
            (game, {"is_active": False}, {"is_active": True}, "GAME_INACTIVE"),
            (provider_row, {"is_disabled": True}, {"is_disabled": False}, "PROVIDER_DISABLED"),
        ):
            rows.update(**withdrawn)
            with nothing_written():
                assert told(player.launch()) == (403, code)
            rows.update(**restored)
        assert provider.requests == []
        assert player.launch().status == 200


# ---- meanwhile ----------------------------------------------------------------------------------
def test_no_row_is_locked_while_the_provider_is_asked(player: Player) -> None:
    locked: list[str] = []

    def look(connection: socket.socket) -> None:
        with psycopg.connect(database_url()) as other:
            for table in ("casino_game_sessions", "casino_wallets", "casino_users"):
                try:
                    other.execute(f"SELECT FROM {table} FOR UPDATE NOWAIT")
                except psycopg.errors.LockNotAvailable:
                    locked.append(table)
        says(LAUNCHED)(connection)

    with player.provider_that(look):
        assert player.launch().status == 200
    assert locked == []


def test_the_session_is_there_when_the_provider_calls_back_at_once(player: Player) -> None:
    """It is written before the provider is asked; it answers getBalance but takes no bets yet."""
    answers: list[tuple[int, str | None]] = []

    def call_back(connection: socket.socket) -> None:
        (session,) = player.sessions()
        play = Play(session, player.game.provider.secret_key.encode())
        answers.extend([told(play.balance()), told(play.debit(100))])
        connections.close_all()  # this thread's
        says(LAUNCHED)(connection)

    with player.provider_that(call_back):
        assert player.launch().status == 200
    assert answers == [(200, None), (403, "SESSION_INACTIVE")]


@pytest.mark.parametrize("why", ["PLAYER_BLOCKED", "SESSION_INACTIVE"])
def test_a_session_that_ended_while_the_provider_was_asked_is_not_handed_out(
    player: Player, why: str
) -> None:
    def end(connection: socket.socket) -> None:
        (session,) = player.sessions()
        if why == "PLAYER_BLOCKED":
            set_player_status(user_pks=[session.user_id], status=PlayerStatus.BLOCKED)
        else:
            end_sessions(session_pks=[session.pk], now=timezone.now())
        connections.close_all()  # this thread's
        says(LAUNCHED)(connection)

    with player.provider_that(end):
        assert told(player.launch()) == (403, why)
    assert [session.status for session in player.sessions()] == [SessionStatus.ENDED]


def test_a_signature_is_neither_asked_for_nor_looked_at(player: Player) -> None:
    body = json.dumps(player.fields).encode()
    with player.provider_that(says(LAUNCHED)):
        assert post("/casino/launchGame", body, {CASINO_SIGNATURE: "nonsense"}).status == 200


def test_other_sessions_go_on(player: Player) -> None:
    earlier = GameSessionFactory(wallet=player.wallet, user=player.wallet.user, game=player.game)
    with player.provider_that(says(LAUNCHED)):
        assert player.launch().status == 200

    play = Play(earlier, player.game.provider.secret_key.encode())
    assert play.debit(100, transactionId=unique("t")).status == 200


def test_a_wallet_of_another_player_is_not_theirs(player: Player) -> None:
    dollars = WalletFactory(currency__code="USD", opening=100)
    with nothing_written():
        answer = send(
            "launchGame",
            {**player.fields, "playerId": dollars.user.username, "currency": "EUR"},
        )

    assert told(answer) == (404, "WALLET_NOT_FOUND")
