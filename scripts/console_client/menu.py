"""The menu: each choice asks for what it needs, sends its requests and shows their results."""

import uuid
from collections.abc import Callable
from typing import NamedTuple

from scripts.console_client import inputs
from scripts.console_client.demonstrations import Wallet, show_repeat, show_rush
from scripts.console_client.service import Answer, NoAnswer, WalletService, holding_of
from scripts.console_client.terminal import GoBack, Terminal

QUIT = "0"


class NotSignedIn(Exception):
    """No player is signed in yet, so there is no wallet to use."""


class Choice(NamedTuple):
    text: str
    act: Callable[[], None]


class Menu:
    """One person's visit. ``player_id`` is None until they sign in."""

    def __init__(self, terminal: Terminal, service: WalletService) -> None:
        self.terminal = terminal
        self.service = service
        self.player_id: str | None = None
        self.choices = {
            "1": Choice("sign in with a random player id", self._sign_in_at_random),
            "2": Choice("sign in with a player id of your own", self._sign_in),
            "3": Choice("create the wallet", self._create_wallet),
            "4": Choice("add funds", self._add_funds),
            "5": Choice("remove funds", self._remove_funds),
            "6": Choice("balance", self._balance),
            "7": Choice("send one request twice, with one idempotency key", self._repeat),
            "8": Choice("send many requests at once", self._rush),
        }

    def run(self) -> None:
        """Runs until the person quits. Raises EOFError at the end of input."""
        self.terminal.say(f"Wallet service at {self.service.url}", "bold")
        self._show()
        while True:
            typed = self.terminal.line("\nYour choice (Enter shows the menu): ")
            if typed == QUIT:
                return
            if typed in self.choices:
                self._do(self.choices[typed])
            elif typed:
                self.terminal.wrong(typed, f"type a number from {QUIT} to {max(self.choices)}")
            else:
                self._show()

    def _show(self) -> None:
        for number, choice in self.choices.items():
            self.terminal.say(f"  {number}  {choice.text}")
        self.terminal.say(f"  {QUIT}  quit")
        self.terminal.say(
            f"Signed in as {self.player_id}." if self.player_id else "Not signed in.", "dim"
        )

    def _do(self, choice: Choice) -> None:
        try:
            choice.act()
        except (NotSignedIn, NoAnswer) as reason:
            self.terminal.bad(str(reason))
        except GoBack:
            self._show()

    def _sign_in_at_random(self) -> None:
        self._enter(str(uuid.uuid4()))

    def _sign_in(self) -> None:
        self._enter(self.terminal.ask("Player id, a UUID", inputs.player_id))

    def _enter(self, player_id: str) -> None:
        self.player_id = player_id
        self.terminal.good(f"Signed in as {player_id}.")

    def _create_wallet(self) -> None:
        answer = self.service.create_wallet(self._wallet().user_id)
        self._tell(answer, f"The wallet in {self.service.asset} is open.")

    def _add_funds(self) -> None:
        self._move(adds=True)

    def _remove_funds(self) -> None:
        self._move(adds=False)

    def _move(self, *, adds: bool) -> None:
        wallet = self._wallet()
        amount = self._amount("add" if adds else "remove")
        answer = wallet.send(amount, adds=adds)(str(uuid.uuid4()))
        done = "Added" if adds else "Removed"
        self._tell(answer, f"{done} {amount}; the balance is {answer.body.get('balance')}.")

    def _balance(self) -> None:
        answer = self.service.balance(self._wallet().user_id)
        if not answer.is_good:
            self._refused(answer)
            return
        held = holding_of(answer)
        self.terminal.good(
            f"The balance is {held.balance} {self.service.asset}, after {held.version} movements."
        )

    def _repeat(self) -> None:
        wallet = self._wallet()
        show_repeat(self.terminal, wallet, self._amount("add"))

    def _rush(self) -> None:
        wallet = self._wallet()
        requests = self.terminal.ask("How many requests", inputs.how_many)
        adds = self.terminal.ask("Add or remove, a or r", inputs.adds)
        amount = self._amount("add each time" if adds else "remove each time")
        show_rush(self.terminal, wallet, amount, adds=adds, requests=requests)

    def _amount(self, purpose: str) -> int:
        return self.terminal.ask(f"Amount of {self.service.asset} to {purpose}", inputs.amount)

    def _wallet(self) -> Wallet:
        """The signed-in player's wallet. Raises NotSignedIn."""
        if self.player_id is None:
            raise NotSignedIn("Sign in first, with 1 or 2.")
        return Wallet(self.service, self.player_id)

    def _tell(self, answer: Answer, done: str) -> None:
        if answer.is_good:
            self.terminal.good(done)
        else:
            self._refused(answer)

    def _refused(self, answer: Answer) -> None:
        self.terminal.bad(answer.refusal)
        if answer.status == 401:
            self.terminal.say("Start again with --key KEY; manage.py create_api_key makes a key.")
        elif answer.code in ("USER_NOT_FOUND", "WALLET_NOT_FOUND"):
            self.terminal.say("Type 3 to create the wallet.")
