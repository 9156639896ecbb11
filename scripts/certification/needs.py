"""What a case needs, and whether profile and configuration offer it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scripts.certification import CannotRun
from scripts.certification.cases.language import Bet, Call, Case, Hook, Step, Together
from scripts.certification.config import Config
from scripts.certification.hooks import Hooks
from scripts.certification.outcomes import RULE
from scripts.certification.profiles.base import Profile
from scripts.certification.seats import OWN_SESSIONS


@dataclass(frozen=True, slots=True)
class Planned:
    """A case and the steps to play.

    ``skipped``: why there are none. ``left_out``: why some are missing.
    """

    case: Case
    steps: tuple[Step, ...]
    skipped: str = ""
    left_out: tuple[str, ...] = ()


def plan(case: Case, profile: Profile, config: Config) -> Planned:
    offer = _Offer(profile, config)
    for need in case.needs:
        if reason := offer.lacks(need):
            return Planned(case, (), skipped=reason)
    kept: list[Step] = []
    left_out: list[str] = []
    for step in case.steps:
        if step.when and (reason := offer.lacks(step.when)):
            left_out.append(reason)
            continue
        reasons = [reason for need in _needs_of(step) if (reason := offer.lacks(need))]
        if reasons:
            return Planned(case, (), skipped=reasons[0])
        kept.append(step)
    if not kept:
        return Planned(case, (), skipped=left_out[0])
    return Planned(case, tuple(kept), left_out=tuple(dict.fromkeys(left_out)))


def must_have_rules(plans: Sequence[Planned], profile: Profile) -> None:
    """Raises CannotRun if the planned cases ask for rules that are missing."""
    missing = {
        word.removeprefix(RULE)
        for planned in plans
        if not planned.skipped
        for step in planned.steps
        for word in step.expected()
        if word.startswith(RULE) and word.removeprefix(RULE) not in profile.rules
    }
    if missing:
        raise CannotRun(f"the profile {profile.name} has no rule for {', '.join(sorted(missing))}")


def _needs_of(step: Step) -> Iterator[str]:
    """Needs that follow from what the step is."""
    if isinstance(step, Together):
        for call in step.calls:
            yield from _needs_of(call)
        return
    if isinstance(step, Hook):
        yield f"the hook {step.name}"
        if step.name == "end_session":
            yield "sessions of the wallet's own"
    yield from _SEATS.get(step.seat, ())
    if isinstance(step, Call):
        yield from _OPERATIONS.get(step.operation, ())
        yield from _DISTORTIONS.get(step.how, ())
    if isinstance(step, Bet) and step.free:
        yield "free bets"


_SEATS: Mapping[str, tuple[str, ...]] = {
    "mobile": ("a second session",),
    "other": ("a second player",),
    "spare": ("a spare session",),
    "limited": ("a game with limits",),
}
_OPERATIONS: Mapping[str, tuple[str, ...]] = {
    "rollback": ("rollbacks",),
    "play": ("bet and win in one call",),
    "end": ("an explicit end of the round",),
    "check": ("rotating tokens",),
    "list": ("lists of transactions",),
    "promo": ("promotional payouts",),
    "jackpot": ("jackpots",),
}
_DISTORTIONS: Mapping[str, tuple[str, ...]] = {
    "spaces and another key order": ("signature",),
}


class _Offer:
    """What profile and configuration have."""

    def __init__(self, profile: Profile, config: Config) -> None:
        self._profile = profile
        self._hooks = Hooks(config.hooks, config.stake)
        self._configured = {**_credentials(profile, config), **_play(profile, config)}

    def lacks(self, need: str) -> str:
        """Why the need is not met; empty if it is."""
        if need in self._configured:
            is_met, reason = self._configured[need]
            return "" if is_met else reason
        if need.startswith("the hook "):
            name = need.removeprefix("the hook ")
            return "" if self._hooks.has(name) else f"the hook {name} is not configured ([hooks])"
        if need in self._profile.features:
            return ""
        return f"not in the profile {self._profile.name}: {need}"


def _credentials(profile: Profile, config: Config) -> dict[str, tuple[bool, str]]:
    """Whether each need is met, and the reason if it is not."""
    credentials = config.credentials
    return {
        "signature": (
            bool(profile.signature_header and credentials.secret),
            "no secret to sign with (credentials.secret)",
        ),
        "the other direction's secret": (
            bool(credentials.other_secret),
            "the other direction's secret is not given (credentials.other_secret)",
        ),
        "an old secret": (
            bool(credentials.old_secret),
            "no secret that is being rotated out is given (credentials.old_secret)",
        ),
        "a strict signature": (
            credentials.strict and "a strict signature" in profile.features,
            "the configuration does not say that the wallet knows it (credentials.strict)",
        ),
        "an address outside the allow-list": (
            bool(config.wallet.outside_url),
            "no way in from outside the allow-list is given (wallet.outside_url)",
        ),
    }


def _play(profile: Profile, config: Config) -> dict[str, tuple[bool, str]]:
    has_own = OWN_SESSIONS in profile.features
    can_open = has_own or bool(config.session.launch or config.session.command)
    given = [len(player.sessions) for player in config.players] or [0]
    return {
        "a second player": (
            len(config.players) > 1,
            "only one test player is given ([[players]])",
        ),
        "a second session": (
            can_open or given[0] > 1,
            "a second session cannot be opened ([session] or players.sessions)",
        ),
        "a spare session": (
            can_open,
            "a session for this case alone cannot be opened ([session])",
        ),
        "a game with limits": (
            bool(config.games.limited) and can_open,
            "no game with limits is given (games.limited)",
        ),
        "stakes without an upper limit": (
            not 0 < config.games.most < config.large,
            "the game's largest stake is below the very large win (games.most, large)",
        ),
        "sessions of the wallet's own": (
            not has_own,
            f"not in the profile {profile.name}: sessions of the wallet's own",
        ),
    }
