"""Rounds over a wire that drops, cuts, doubles, delays and reorders: both sides agree at the end.

A seed decides what goes wrong with which call. It does not decide the scheduling of threads and the
results of spins.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import pytest

from tests.faults.agreement import Books, read
from tests.faults.faults import OF_CALLBACKS, OF_LAUNCHES, Copy, Draw, Fault, draw, kinds
from tests.faults.proxy import Message
from tests.faults.storm import GAME, Storm
from tests.faults.weather import HASTY, STRICT, Weather, seeded, weather
from tests.reliability import Measure

LOST_AFTER_ALL = "reply lost after it was done"
COPIED_AFTER_ROLLBACK = "bet copied after its rollback"


@pytest.fixture(scope="module")
def databases(database: None, one_key_for_secrets: None) -> Iterator[tuple[str, str]]:
    with seeded() as databases:
        yield databases


@pytest.mark.timeout(600)
@pytest.mark.seeds(ci=1, long=20)
def test_both_sides_agree_when_the_storm_is_over(
    databases: tuple[str, str], seed: int, measure: Measure
) -> None:
    """Every other seed signs strictly, so that copies are refused, and recovers runs while they are
    played; the others run two recoveries at the end."""
    strict = seed % 2 == 1
    with told_how_to_repeat(seed), weather(databases, **(STRICT | HASTY if strict else {})) as sky:
        storm = Storm(sky.services, seed)
        sky.to_casino.fault_of = partial(fault_of, seed, OF_CALLBACKS)
        sky.to_provider.fault_of = partial(fault_of, seed, OF_LAUNCHES)
        storm.rage()
        sky.calm()
        differed = bring_to_an_end(sky, recoveries=1 if strict else 2)
        books, audit = read(sky.services), sky.services.casino.manage("audit_ledger")
        sys.stdout.write(figures(storm, sky, books, differed))

        answers_500 = storm.statuses[500] + answered_500(sky)
        measure("rounds through the fault proxy", len(books.rounds))
        measure("cents lost", sum(map(abs, books.cents_off().values())))
        measure("movements doubled", books.doubled())
        measure("answers 500", answers_500)
        measure("audits failed", int(audit.returncode != 0))
        wrong = [
            *(f"reconciled: {kind}" for kind in differed.keys() - may_differ(strict=strict)),
            *books.disagreements(),
            *untrue_answers(storm, books),
            *(f"{kind} never happened" for kind in missing_kinds(sky)),
            *([f"{answers_500} answers were 500"] if answers_500 else []),
            *([audit.stdout + audit.stderr] if audit.returncode else []),
        ]
        assert not wrong, "\n".join(wrong)


@contextmanager
def told_how_to_repeat(seed: int) -> Iterator[None]:
    try:
        yield
    except BaseException as failure:
        failure.add_note(f"seed {seed}; again: pytest {__file__} --seed {seed}")
        raise


def fault_of(seed: int, kinds: Sequence[Draw], _request: Message, sending: str) -> Fault | None:
    return draw(seed, sending, kinds)


def bring_to_an_end(sky: Weather, *, recoveries: int) -> dict[str, int]:
    """Late requests arrive; several processes recover; even later copies arrive; reconciliation
    settles what recovery could not know. Returns the differences until then."""
    sky.drain()
    copies = sky.to_casino.kept
    sky.to_casino.deliver(copies[::2])
    with ThreadPoolExecutor(recoveries) as threads:
        recovering = [threads.submit(recover, sky) for _ in range(recoveries)]
    assert [each.result() for each in recovering] == [0] * recoveries, "runs were left open"
    sky.drain()
    sky.to_casino.deliver([*copies[1::2], *sky.to_casino.rolled_back])
    return reconcile(sky, "--repair")


def may_differ(*, strict: bool) -> set[str]:
    """Differences that recovery cannot know. Strict signing prevents the second kind."""
    return {"late_bet_refused"} | (set() if strict else {"taken_although_refused"})


def recover(sky: Weather) -> int:
    return sky.services.provider.manage("recover_provider", "--grace-seconds", "0").returncode


def reconcile(sky: Weather, *options: str) -> dict[str, int]:
    """How many differences of each kind it found."""
    done = sky.services.provider.manage("reconcile", "--grace-seconds", "0", "--json=-", *options)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    (compared,) = json.loads(done.stdout)["casinos"]
    return {kind: count for kind, count in compared["counts"].items() if count}


def answered_500(sky: Weather) -> int:
    """How many 500s the proxies saw, including answers to copies."""
    counts = (*sky.to_casino.statuses.items(), *sky.to_provider.statuses.items())
    return sum(count for (_path, status), count in counts if status == 500)


def untrue_answers(storm: Storm, books: Books) -> list[str]:
    """What players were told that is untrue, or differs from the first time."""
    wrong = []
    for name, answers in storm.answers.items():
        bodies = [answer.body for answer in answers]
        if any(body.get("consistent") is False for body in bodies):
            wrong.append(f"{name} is not consistent")
        first, *later = map(told_movements, bodies)
        for told in later:
            differing = dict(first.items() ^ told.items())
            wrong += [f"{name} got another answer about {each}" for each in differing]
        unknown = first.keys() - books.moved.keys()
        wrong += [f"{name} was told of {each}, which does not exist" for each in unknown]
    return wrong


def told_movements(body: dict[str, object]) -> dict[str, str]:
    """The movements that a transcript calls accepted: whole answers by transaction id."""
    steps = body.get("steps", [])
    assert isinstance(steps, list)
    answers = [step["response"] or {} for step in steps if step["httpStatus"] == 200]
    return {each["transactionId"]: json.dumps(each) for each in answers if "transactionId" in each}


def missing_kinds(sky: Weather) -> set[str]:
    """The faults that should have happened at least once, and did not."""
    wanted = kinds(OF_CALLBACKS) | {LOST_AFTER_ALL, COPIED_AFTER_ROLLBACK}
    missing = wanted - (+sky.to_casino.happened).keys()
    if not sky.to_provider.happened[LOST_AFTER_ALL]:
        missing.add(f"{LOST_AFTER_ALL}, of a launch or a run")
    return missing


def figures(storm: Storm, sky: Weather, books: Books, differed: dict[str, int]) -> str:
    lines = [
        f"plays {dict(storm.plays)}, answers {dict(storm.statuses)}",
        f"rounds {dict(Counter(books.rounds.values()))}",
        f"operations {dict(Counter((each.kind, each.status) for each in books.asked.values()))}",
        f"reconciled {differed}",
        f"to the casino {dict(sky.to_casino.happened.most_common())}",
        f"to the provider {dict(sky.to_provider.happened.most_common())}",
        f"answered {dict(sorted(sky.to_casino.statuses.items()))}",
        f"answered {dict(sorted(sky.to_provider.statuses.items()))}",
    ]
    return "\n".join([*lines, ""])


@pytest.mark.parametrize("strict", [False, True], ids=["plain", "strict"])
def test_a_copy_of_a_refused_bet_comes_when_there_is_money(
    databases: tuple[str, str], strict: bool
) -> None:
    """A casino remembers no refusals (contract, 2, rule 1), so it accepts a copy that the network
    kept. With strict signing it refuses the copy; otherwise reconciliation finds it and gives the
    stake back.
    """
    with weather(databases, **(STRICT if strict else {})) as sky:
        kept = Fault("kept", copy=Copy.WHEN_ALL_IS_OVER)
        sky.to_casino.fault_of = lambda request, _: (
            kept if request.words[1].endswith("debit") else None
        )
        opening = sky.services.balance("player-001")
        refused = sky.services.simulate(playerId="player-001", gameId=GAME, bets=[opening + 1])
        assert [step["httpStatus"] for step in refused.body["steps"]] == [200, 402, 200]
        sky.calm()
        won = sky.services.simulate(playerId="player-001", gameId=GAME, bets=[100], wins=[opening])
        assert won.body["outcome"] == "completed"

        assert sky.to_casino.deliver(sky.to_casino.kept) == [401 if strict else 200]
        if not strict:
            assert sky.services.balance("player-001") < opening
            # They differ in the bet, its round's total, and the balance.
            assert len(read(sky.services).disagreements()) == 3
            assert reconcile(sky, "--repair") == {"taken_although_refused": 1}

        assert read(sky.services).disagreements() == []
        assert sky.services.balance("player-001") == 2 * opening - 100
