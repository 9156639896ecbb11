"""Steps as sentences, for people who read a plan or a report."""

from scripts.certification.cases.language import Call, Drain, Hook, Observe, Step, Together
from scripts.certification.outcomes import RULE, Expectation
from scripts.certification.profiles.base import Profile

_HOOKS = {
    "block_player": "the operator blocks the player",
    "unblock_player": "the operator lets the player play again",
    "end_session": "the operator ends the session",
    "withdraw_game": "the operator withdraws the game",
    "restore_game": "the operator offers the game again",
    "restart": "the operator restarts the wallet",
    "limit_losses": "the player may lose two stakes from now on",
    "unlimit_losses": "the limit is lifted",
    "exclude_player": "the player excludes themselves from play",
    "readmit_player": "the player may play again",
}
_LOST = {
    "answer": "; the tool hangs up before the answer",
    "reading": "; the tool never reads the answer",
    "request": "; the tool sends half of it and hangs up",
}


def sentence(step: Step) -> str:
    """What the step does, without the expected outcome."""
    match step:
        case Together():
            calls = " and ".join(_call(call) for call in step.calls)
            return f"At the same time: {calls}{_how_many(step)}"
        case Drain():
            rest = "nothing" if step.keep == "0" else step.keep
            return f"Bets until {rest} is left{_seat(step.seat)}"
        case Hook():
            return f"Hook: {_HOOKS.get(step.name, step.name)}{_seat(step.seat)}"
        case Observe():
            return "Observation"
        case _:
            text = _call(step)
            return text[0].upper() + text[1:]


def expectation(words: str | list[str], profile: Profile) -> str:
    """What a call expects of this profile; a rule that the profile lacks is named."""
    rules = dict(profile.rules)
    told = [
        word if _is_unknown(word, rules) else str(Expectation.read(word, rules))
        for word in (words if isinstance(words, list) else [words])
    ]
    return " or ".join(dict.fromkeys(told))


def _is_unknown(word: str, rules: dict[str, str]) -> bool:
    return word.startswith(RULE) and word.removeprefix(RULE) not in rules


def _call(call: Call) -> str:
    text = call.told()
    if call.verbatim:
        text = f"the same bytes as {call.ids} again"
    if call.how or call.each:
        text += f", with {call.how or 'each of the ' + call.each}"
    if call.repeat > 1:
        text += f", {call.repeat} times"
    return text + _seat(call.seat) + _LOST.get(call.lose, "")


def _how_many(step: Together) -> str:
    if step.copies > 1:
        return f"; {step.copies} copies, each over a connection of its own"
    if step.times > 1:
        return f"; {step.times} times with ids of their own"
    return "; each over a connection of its own"


def _seat(name: str) -> str:
    told = {
        "mobile": " in the player's second session",
        "other": " by the second player",
        "spare": " in a session for this case alone",
        "limited": " in the game with limits",
        "stranger": " by somebody whom the wallet does not know",
    }
    return told.get(name, "")
