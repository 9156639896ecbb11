"""Shows on a wallet what the service promises about repeated and simultaneous requests."""

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scripts.console_client.service import Answer, Holding, NoAnswer, WalletService, holding_of
from scripts.console_client.terminal import Terminal

Send = Callable[[str], Answer]
"""Sends a request with an idempotency key."""


@dataclass(frozen=True, slots=True)
class Wallet:
    """A user's wallet at a service."""

    service: WalletService
    user_id: str

    def held(self) -> Holding | Answer:
        """What is in it, or the refusal."""
        answer = self.service.balance(self.user_id)
        return holding_of(answer) if answer.is_good else answer

    def send(self, amount: int, *, adds: bool) -> Send:
        move = self.service.add_funds if adds else self.service.remove_funds
        return lambda key: move(self.user_id, amount, key=key)


def show_repeat(terminal: Terminal, wallet: Wallet, amount: int) -> None:
    """Add ``amount`` twice with one key. Raises NoAnswer."""
    before = _held(terminal, wallet)
    if before is None:
        return
    key = str(uuid.uuid4())
    terminal.say(f"Idempotency-Key: {key}")
    send = wallet.send(amount, adds=True)
    answers = [send(key), send(key)]
    _show(terminal, answers)
    after = _held(terminal, wallet)
    if after is not None:
        same = "the same" if answers[0].body == answers[1].body else "NOT the same"
        transaction = answers[0].body.get("transaction_id", "none")
        terminal.say(f"The two answers are {same}; the transaction is {transaction}.")
        _judge(terminal, before, after, moves=1 if answers[0].is_good else 0, amount=amount)


def show_rush(
    terminal: Terminal, wallet: Wallet, amount: int, *, adds: bool, requests: int
) -> None:
    """Send this many requests at the same time, each with its own key. Raises NoAnswer."""
    before = _held(terminal, wallet)
    if before is None:
        return
    answers = _all_at_once(wallet.send(amount, adds=adds), requests)
    _show(terminal, answers)
    results = Counter(_result(answer) for answer in answers)
    terminal.say(", ".join(f"{count} × {result}" for result, count in results.most_common()))
    after = _held(terminal, wallet)
    if after is None:
        return
    if any(isinstance(answer, NoAnswer) for answer in answers):
        terminal.bad("Some requests got no answer, so it is not known here what they did.")
        return
    moves = sum(isinstance(answer, Answer) and answer.is_good for answer in answers)
    _judge(terminal, before, after, moves=moves, amount=amount if adds else -amount)


def _all_at_once(send: Send, requests: int) -> list[Answer | NoAnswer]:
    """Uses daemon threads, which an interrupted program does not wait for."""
    start = threading.Barrier(requests)
    answers: list[Answer | NoAnswer] = [NoAnswer("not sent")] * requests

    def one(number: int) -> None:
        start.wait()
        try:
            answers[number] = send(str(uuid.uuid4()))
        except NoAnswer as reason:
            answers[number] = reason

    threads = [
        threading.Thread(target=one, args=(number,), daemon=True) for number in range(requests)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _held(terminal: Terminal, wallet: Wallet) -> Holding | None:
    held = wallet.held()
    if isinstance(held, Holding):
        return held
    terminal.bad(held.refusal)
    return None


def _show(terminal: Terminal, answers: Sequence[Answer | NoAnswer]) -> None:
    rows = []
    for number, answer in enumerate(answers, start=1):
        if isinstance(answer, NoAnswer):
            rows.append((str(number), "-", "no answer", "-", "-"))
            continue
        rows.append(
            (
                str(number),
                str(answer.status),
                _result(answer),
                str(answer.body.get("balance", "-")),
                f"{answer.milliseconds:.1f}",
            )
        )
    terminal.table(("#", "HTTP", "result", "balance after", "ms"), rows)


def _result(answer: Answer | NoAnswer) -> str:
    if isinstance(answer, NoAnswer):
        return "no answer"
    if not answer.is_good:
        return answer.code
    moved = "replayed" if answer.is_replay else "moved"
    return f"{moved} (sent {answer.attempts} times)" if answer.attempts > 1 else moved


def _judge(terminal: Terminal, before: Holding, after: Holding, *, moves: int, amount: int) -> None:
    """Say whether the balance is what ``moves`` of ``amount`` make it.

    Every movement adds 1 to a wallet's version, so the version also shows whether others moved it.
    """
    expected = before.balance + moves * amount
    terminal.say(
        f"Balance {before.balance} → {after.balance}; "
        f"{moves} of {amount:+d} make {expected}; movements: {after.version - before.version}."
    )
    if after.version - before.version > moves:
        terminal.say("Somebody else used this wallet meanwhile, so this proves nothing.", "yellow")
    elif (after.balance, after.version - before.version) == (expected, moves):
        terminal.good("The balance is right.")
    else:
        terminal.bad("THE BALANCE IS WRONG.")
