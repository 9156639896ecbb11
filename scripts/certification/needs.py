"""What a case needs, and whether profile and configuration offer it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from scripts.certification.cases.language import Call, Case, Hook, Rollback, Step, Together
from scripts.certification.config import Config
from scripts.certification.hooks import Hooks
from scripts.certification.profiles.base import Profile
from scripts.certification.seats import OWN_SESSIONS


@dataclass(frozen=True, slots=True)
class Planned:
    """A case, and what of it is played. ``skipped``: why nothing is; ``left_out``: parts."""

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


def _needs_of(step: Step) -> Iterator[str]:
    """Needs that follow from what the step is."""
    if isinstance(step, Together):
        for call in step.calls:
            yield from _needs_of(call)
        return
    if isinstance(step, Rollback):
        yield "rollbacks"
    if isinstance(step, Hook):
        yield f"the hook {step.name}"
        if step.name == "end_session":
            yield "sessions of the wallet's own"
    yield from _SEATS.get(step.seat, ())
    if isinstance(step, Call):
        yield from _DISTORTIONS.get(step.how, ())


_SEATS: Mapping[str, tuple[str, ...]] = {
    "mobile": ("a second session",),
    "other": ("a second player",),
    "spare": ("a spare session",),
    "limited": ("a game with limits",),
}
_DISTORTIONS: Mapping[str, tuple[str, ...]] = {
    "spaces and another key order": ("signature",),
}


class _Offer:
    """What there is."""

    def __init__(self, profile: Profile, config: Config) -> None:
        self._profile = profile
        self._config = config
        self._hooks = Hooks(config.hooks)
        credentials = config.credentials
        self._configured: Mapping[str, tuple[Callable[[], bool], str]] = {
            "signature": (
                lambda: bool(profile.signature_header and credentials.secret),
                "no secret to sign with (credentials.secret)",
            ),
            "the other direction's secret": (
                lambda: bool(credentials.other_secret),
                "the other direction's secret is not given (credentials.other_secret)",
            ),
            "an old secret": (
                lambda: bool(credentials.old_secret),
                "no secret that is being rotated out is given (credentials.old_secret)",
            ),
            "a strict signature": (
                lambda: credentials.strict and "a strict signature" in profile.features,
                "the wallet is not said to know a strict signature (credentials.strict)",
            ),
            "an address outside the allow-list": (
                lambda: bool(config.wallet.outside_url),
                "no way in from outside the allow-list is given (wallet.outside_url)",
            ),
            "a second player": (
                lambda: len(config.players) > 1,
                "only one test player is given ([[players]])",
            ),
            "a second session": (
                lambda: self._can_open(config.players[0].sessions, 2),
                "a second session cannot be opened ([session] or players.sessions)",
            ),
            "a spare session": (
                lambda: self._can_open(config.players[-1].sessions, 3),
                "a session for this case alone cannot be opened ([session])",
            ),
            "a game with limits": (
                lambda: bool(config.games.limited and self._can_open([], 1)),
                "no game with limits is given (games.limited)",
            ),
            "stakes without an upper limit": (
                lambda: not 0 < config.games.most < config.large,
                "the game's largest stake is below the very large win (games.most, large)",
            ),
            "sessions of the wallet's own": (
                lambda: OWN_SESSIONS not in profile.features,
                "the contract has no sessions of the wallet's own",
            ),
        }

    def lacks(self, need: str) -> str:
        """Why the need is not met; nothing if it is."""
        if need in self._configured:
            has, reason = self._configured[need]
            return "" if has() else reason
        if need.startswith("the hook "):
            name = need.removeprefix("the hook ")
            return "" if self._hooks.has(name) else f"the hook {name} is not configured ([hooks])"
        if need in self._profile.features:
            return ""
        return f"the profile {self._profile.name} has no {need}"

    def _can_open(self, given: list[str], wanted: int) -> bool:
        session = self._config.session
        can_launch = bool(session.launch or session.command)
        return OWN_SESSIONS in self._profile.features or can_launch or len(given) >= wanted
