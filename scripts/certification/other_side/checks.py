"""Checks what must hold after a trial, whatever the casino did."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scripts.certification.other_side.casino import Trialled
from scripts.certification.other_side.native import Callback, Told
from scripts.certification.results import Observation, Remark


@dataclass(frozen=True, slots=True)
class Round:
    """What was asked for (minor units), what happened, and what the provider says about it."""

    bet: int
    win: int
    rolled_back_bet: int
    trial: Trialled
    told: Told


def check(name: str, played: Round) -> Observation:
    """KeyError if there is no check of this name."""
    expected, look = _CHECKS[name]
    wrong = look(played)
    observation = Observation(name, expected, wrong or "confirmed")
    if wrong:
        observation.remarks.append(Remark(f"{name}: {wrong}", is_money=name in _MONEY))
    return observation


def names() -> set[str]:
    return set(_CHECKS)


def _signed(played: Round) -> str:
    unsigned = [each for each in played.trial.asked if not each.is_signed]
    return f"{len(unsigned)} requests are not signed as the contract says" if unsigned else ""


def _in_form(played: Round) -> str:
    wrong = played.trial.malformed
    return f"{len(wrong)} requests are not what the contract says: {wrong[0]}" if wrong else ""


def _plays(played: Round) -> str:
    if not played.trial.asked and not played.trial.malformed:
        return "the kit received no requests: does the provider call the address in [casino]?"
    asked = [each.callback for each in played.trial.asked]
    is_asked = any(each.operation == "bet" and each.amount == played.bet for each in asked)
    return "" if is_asked else f"no bet of {played.bet} minor units was requested"


def _same_ids(played: Round) -> str:
    """The kit asks for different amounts, so that an amount tells which movement is meant."""
    ids: dict[tuple[str, str], set[str]] = {}
    contents: dict[str, set[Callback]] = {}
    for each in played.trial.asked:
        callback = each.callback
        if callback.operation == "balance":
            continue
        meant = callback.bet if callback.operation == "rollback" else str(callback.amount)
        ids.setdefault((callback.operation, meant), set()).add(callback.id)
        contents.setdefault(callback.id, set()).add(callback)
    for (operation, meant), found in ids.items():
        if len(found) > 1:
            return f"the {operation} {meant} was sent under {len(found)} ids"
    changed = [each for each, found in contents.items() if len(found) > 1]
    return f"{changed[0]} was sent with different contents" if changed else ""


def _settled(played: Round) -> str:
    left = played.trial.open_bets()
    total = sum(bet.amount for bet in left)
    return (
        f"{len(left)} bets of {total} minor units are neither paid nor rolled back" if left else ""
    )


def _no_gift(played: Round) -> str:
    bets: dict[str, set[str]] = {}
    given_back: set[str] = set()
    for each in played.trial.asked:
        callback = each.callback
        if callback.operation == "bet":
            bets.setdefault(callback.round, set()).add(callback.id)
        elif callback.operation == "rollback":
            given_back.add(callback.bet)
        elif callback.operation == "win" and bets.get(callback.round, {""}) <= given_back:
            return f"the win of {callback.amount} minor units was sent after its bet's rollback"
    return ""


def _once(operation: str) -> Callable[[Round], str]:
    def look(played: Round) -> str:
        booked = played.trial.booked.values()
        counted = Counter(each.amount for each in booked if each.operation == operation)
        twice = [amount for amount, count in counted.items() if count > 1]
        return (
            f"{operation} of {twice[0]} minor units was booked {counted[twice[0]]} times"
            if twice
            else ""
        )

    return look


def _paid(played: Round) -> str:
    wins = [each.amount for each in played.trial.booked.values() if each.operation == "win"]
    return "" if played.win in wins else f"the win of {played.win} minor units was not paid"


def _not_paid(played: Round) -> str:
    wins = [each for each in played.trial.booked.values() if each.operation == "win"]
    asked = [each for each in played.trial.asked if each.callback.operation == "win"]
    return f"{len(asked)} wins were sent for a round without a bet" if asked or wins else ""


def _rolled_back(played: Round) -> str:
    bets = {
        each.id
        for each in played.trial.booked.values()
        if each.operation == "bet" and each.amount == played.rolled_back_bet
    }
    if not bets:
        return f"no bet of {played.rolled_back_bet} minor units was placed"
    return "" if bets <= played.trial.returned else "the bet was not given back"


def _claims_nothing(played: Round) -> str:
    if played.told.paid is None:
        return "the steps of the transcript cannot be read"
    booked = {each.amount for each in played.trial.booked.values() if each.operation == "win"}
    claimed = [amount for amount in played.told.paid if amount not in booked]
    return f"the provider says that {claimed[0]} minor units were paid" if claimed else ""


def _shows_balance(played: Round) -> str:
    if played.told.closing_balance is None:
        return f"the provider gave no balance ({played.told.said})"
    last = played.trial.told_balances[-1] if played.trial.told_balances else None
    shown = played.told.closing_balance
    return "" if type(shown) is int and shown == last else f"it shows {shown!r}, not {last}"


_CHECKS: Mapping[str, tuple[str, Callable[[Round], str]]] = {
    "signed": ("every request is signed", _signed),
    "in form": ("every request is what the contract says", _in_form),
    "plays": ("the bet is requested", _plays),
    "same ids": ("a repetition has the id and the content of the first", _same_ids),
    "settled": ("every bet that was booked is paid or rolled back", _settled),
    "no gift": ("no win is sent for a bet that was rolled back", _no_gift),
    "charged once": ("no bet is booked twice", _once("bet")),
    "paid once": ("no win is booked twice", _once("win")),
    "paid": ("the win is booked", _paid),
    "not paid": ("no win is sent", _not_paid),
    "rolled back": ("the bet is given back", _rolled_back),
    "claims nothing": ("the provider claims no win that was not booked", _claims_nothing),
    "shows the casino's balance": ("the balance is the casino's", _shows_balance),
}
_MONEY = frozenset({"settled", "charged once", "paid once", "paid", "not paid", "rolled back"})
