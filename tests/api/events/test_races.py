"""Events that arrive at two processes at once: each succeeds once or is rejected."""

import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from threading import Barrier
from typing import Any

import pytest

from casino.ledger.audit import breaks
from casino.models import Game, Kind
from tests.api.events.gambler import Gambler, accepted, make_gambler, reason, send
from tests.casino_world import Answer
from tests.factories import unique
from tests.servers import Server

COPIES = 10
PLAYERS = 12

Servers = tuple[Server, Server]


def send_together(servers: Servers, events: Sequence[dict[str, Any]], lanes: int) -> list[Answer]:
    """Send the events from ``lanes`` clients at once; return the answers in the events' order."""
    start = Barrier(lanes)

    def lane(number: int) -> list[tuple[int, Answer]]:
        start.wait()
        return [
            (index, send(events[index], to=servers[index % 2]))
            for index in range(number, len(events), lanes)
        ]

    with ThreadPoolExecutor(lanes) as pool:
        answers = dict(pair for done in pool.map(lane, range(lanes)) for pair in done)
    return [answers[index] for index in range(len(events))]


def audited(*gamblers: Gambler) -> bool:
    return list(breaks(wallet_pks=[gambler.wallet.pk for gambler in gamblers])) == []


def test_ten_copies_of_bets_and_results_of_many_players(two_servers: Servers) -> None:
    gamblers = [make_gambler() for _ in range(PLAYERS)]
    round_id = unique("round")
    bets = [gambler.event("bet", "10", round_id=round_id) for gambler in gamblers]
    results = [gambler.event("result", "8", round_id=round_id) for gambler in gamblers]
    storm = [event for event in (*bets, *results) for _ in range(COPIES)]
    random.Random(3).shuffle(storm)

    answers = send_together(two_servers, storm, lanes=16)

    fresh: Counter[str] = Counter()
    for event, answer in zip(storm, answers, strict=True):
        if accepted(answer):
            fresh[event["req_id"]] += not answer.is_replay
        else:
            assert event["type"] == "result"
            assert reason(answer) == (
                f"round_id: round {round_id} holds no bet of wallet {event['wallet_id']}"
            )
    assert all(fresh[bet["req_id"]] == 1 for bet in bets)
    assert max(fresh.values()) == 1
    # The aggregator sends the rejected ones again.
    assert all(accepted(send(result)) for result in results)
    for gambler in gamblers:
        assert [row.transaction_type for row in gambler.transactions()] == [Kind.BET, Kind.WIN]
        assert gambler.balances == (99_800, 800)
    assert audited(*gamblers)


@pytest.mark.parametrize("attempt", range(5))
def test_a_result_that_comes_with_its_bet(
    two_servers: Servers, gambler: Gambler, attempt: int
) -> None:
    bet = gambler.event("bet", "10", round_id="r")
    result = gambler.event("result", "8", round_id="r")

    for_bet, for_result = send_together(two_servers, [bet, result], lanes=2)

    assert accepted(for_bet)
    if not accepted(for_result):
        assert reason(for_result).startswith("round_id: round r holds no bet")
        assert gambler.balances == (99_000, 0)
        assert accepted(send(result))
    assert gambler.balances == (99_800, 800)


@pytest.mark.parametrize("attempt", range(3))
def test_of_many_results_one_settles_the_round(
    two_servers: Servers, gambler: Gambler, attempt: int
) -> None:
    gambler.bet("10", round_id="r")
    results = [gambler.event("result", str(number), round_id="r") for number in range(1, 11)]

    answers = send_together(two_servers, results, lanes=10)

    (paid,) = (event for event, answer in zip(results, answers, strict=True) if accepted(answer))
    for answer in answers:
        if not accepted(answer):
            assert reason(answer) == "round_id: round r is settled and takes no further results"
    won = int(paid["amount"]) * 100
    assert gambler.balances == (99_000 + won, won)


@pytest.mark.parametrize("attempt", range(3))
def test_bets_stand_before_the_result_or_not_at_all(
    two_servers: Servers, gambler: Gambler, attempt: int
) -> None:
    gambler.bet("10", round_id="r")
    bets = [gambler.event("bet", "10", round_id="r") for _ in range(9)]
    result = gambler.event("result", "8", round_id="r")
    events = [*bets[:4], result, *bets[4:]]

    answers = send_together(two_servers, events, lanes=10)

    for event, answer in zip(events, answers, strict=True):
        if not accepted(answer):
            assert event is not result
            assert reason(answer) == "round_id: round r is settled and takes no further bets"
    kinds = [row.transaction_type for row in gambler.transactions()]
    stood = sum(map(accepted, answers))
    assert kinds == [Kind.BET] * stood + [Kind.WIN]
    assert gambler.balances == (100_000 - 1_000 * stood + 800, 800)


def test_one_of_two_bets_that_the_balance_does_not_cover_together(two_servers: Servers) -> None:
    gambler = make_gambler(opening=10_000)
    bets = [gambler.event("bet", "80") for _ in range(8)]

    answers = send_together(two_servers, bets, lanes=8)

    assert sum(map(accepted, answers)) == 1
    assert {reason(answer) for answer in answers if not accepted(answer)} == {
        "amount: the wallet holds 20.00 EUR, less than the bet"
    }
    assert gambler.balances == (2_000, 0)
    assert audited(gambler)


def test_one_id_over_many_wallets_is_recorded_once(two_servers: Servers) -> None:
    gamblers = [make_gambler() for _ in range(10)]
    shared = unique("req")
    bets = [gambler.event("bet", "10", req_id=shared, round_id="r") for gambler in gamblers]

    answers = send_together(two_servers, bets, lanes=10)

    assert sum(map(accepted, answers)) == 1
    assert {reason(answer) for answer in answers if not accepted(answer)} == {
        f"req_id: {shared} was used before, for another event"
    }
    assert sorted(gambler.balances for gambler in gamblers) == [(99_000, 0)] + [(100_000, 0)] * 9
    assert audited(*gamblers)


def test_a_game_that_many_see_first_is_entered_once(two_servers: Servers) -> None:
    gamblers = [make_gambler() for _ in range(12)]
    games = [unique("game") for _ in range(5)]
    bets = [
        gambler.event("bet", "1", game_code=game)
        for game, gambler in zip(games * len(gamblers), cycle(gamblers), strict=False)
    ]

    answers = send_together(two_servers, bets, lanes=12)

    assert all(map(accepted, answers)), [answer for answer in answers if not accepted(answer)]
    assert Game.objects.filter(provider_game_id__in=games).count() == len(games)
    assert all(gambler.balances == (99_500, 0) for gambler in gamblers)
    assert audited(*gamblers)
