"""`scripts/certify provider`: from arguments to evidence and an exit status."""

import os
import secrets
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from scripts.certification import CannotRun, arguments
from scripts.certification.arguments import Options
from scripts.certification.ending import CONFORMS, conclude, must_be_writable, write_sample
from scripts.certification.engine import CannotJudge
from scripts.certification.evidence.report import ProfilePart, Subject
from scripts.certification.hooks import HookFailed, call_hook
from scripts.certification.interruption import Interruption
from scripts.certification.masking import Masker
from scripts.certification.needs import Planned
from scripts.certification.other_side import config, native
from scripts.certification.other_side.cases import ProviderCase, Trial, all_cases
from scripts.certification.other_side.casino import Casino
from scripts.certification.other_side.checks import check
from scripts.certification.other_side.config import Config
from scripts.certification.other_side.serving import serving
from scripts.certification.other_side.trial import Bench, play
from scripts.certification.progress import Screen
from scripts.certification.results import CaseResult, Sent, StepResult, Verdict, judge
from scripts.certification.run import Outcomes, why_to_stop
from scripts.certification.wire import Exchange, must_be_an_address


def main(given: Sequence[str], masker: Masker) -> int:
    """The exit status. Raises CannotRun."""
    options = arguments.parse_provider(given)
    screen = Screen(masker)
    if options.init:
        return write_sample(arguments.PROVIDER_CONFIG, config.sample(), screen)
    settings = config.load(options.config, None if options.sends_nothing else os.environ)
    masker.hide(settings.credentials.secret, "SECRET")
    masker.hide(settings.credentials.casino_secret, "CASINO_SECRET")
    wanted = {name: case for name, case in all_cases().items() if options.wants(name)}
    if not wanted:
        raise CannotRun("--skip leaves no case of --only")
    if options.sends_nothing:
        _show(screen, wanted, with_trials=options.dry_run)
        return CONFORMS
    url = options.url or settings.provider.url
    if not url:
        raise CannotRun("where is the provider? Give --url, or provider.url in the configuration")
    must_be_writable(options)
    return _Run(must_be_an_address(url), settings, masker, screen, options).certify(wanted)


class _Run:
    """One run of the command."""

    def __init__(
        self, url: str, settings: Config, masker: Masker, screen: Screen, options: Options
    ) -> None:
        self._url = url
        self._settings = settings
        self._masker = masker
        self._screen = screen
        self._options = options
        self._sent: list[Sent] = []
        self._current: tuple[str, StepResult] = ("", StepResult(0, ""))
        self._hook_failed = ""

    def certify(self, wanted: dict[str, ProviderCase]) -> int:
        """Raises CannotRun if the kit cannot listen as the casino."""
        started, run_id = datetime.now(UTC), f"ct{secrets.token_hex(4)}"
        settings = self._settings
        casino = Casino(
            secret=settings.credentials.casino_secret,
            currency=settings.play.currency,
            restart=self._restart,
        )
        plans = [self._planned(name, case) for name, case in wanted.items()]
        self._screen.beginning(self._url, native.TITLE, run_id, self._options.seed)
        try:
            with serving(casino, settings.casino.host, settings.casino.port) as port:
                self._screen.say(f"  the casino listens on {settings.casino.host}:{port}", "dim")
                outcomes = self._play(casino, plans, wanted)
        except OSError as error:
            raise CannotRun(f"the kit cannot listen as the casino: {error}") from None
        subject = Subject(
            kind="provider",
            name=settings.provider.name,
            url=self._url,
            profile=ProfilePart(name=native.NAME, title=native.TITLE, version=native.VERSION),
            rules={},
            run_id=run_id,
            seed=self._options.seed,
            strict=self._options.strict,
            players=[],
            sent=self._sent,
            masker=self._masker,
            started=started,
        )
        return conclude(subject, outcomes, plans, self._screen, self._options)

    def _planned(self, name: str, case: ProviderCase) -> Planned:
        for need in case.needs:
            hook = need.removeprefix("the hook ")
            if not self._settings.hooks.get(hook):
                reason = f"the hook {hook} is not configured ([hooks])"
                return Planned(case.as_case(name), (), skipped=reason)
        return Planned(case.as_case(name), ())

    def _play(
        self, casino: Casino, plans: Sequence[Planned], wanted: dict[str, ProviderCase]
    ) -> Outcomes:
        outcomes = Outcomes()
        bench = Bench(self._url, self._settings, casino, self._masker, self._keep)
        interruption, unanswered = Interruption(), 0
        with self._screen.counting(len(plans)), interruption.watched():
            for planned in plans:
                if planned.skipped or outcomes.stopped:
                    reason = planned.skipped or outcomes.stopped
                    result = CaseResult(planned.case, Verdict.SKIPPED, reason)
                else:
                    self._screen.show(planned.case)
                    result = self._case(bench, planned, wanted[planned.case.id], interruption)
                    unanswered = unanswered + 1 if result.verdict is Verdict.ERROR else 0
                outcomes.results.append(result)
                if not outcomes.stopped:
                    self._screen.show(result)
                    outcomes.stopped = why_to_stop(interruption, unanswered, result.reason)
        return outcomes

    def _case(
        self, bench: Bench, planned: Planned, case: ProviderCase, interruption: Interruption
    ) -> CaseResult:
        result, began = CaseResult(planned.case), time.monotonic()
        name = planned.case.id
        try:
            with interruption.stops_after(1):
                for number, trial in enumerate(case.trials, start=1):
                    result.steps.append(self._trial(bench, name, number, trial, case.checks))
            result.verdict = judge(case.severity, result.remarks)
            result.reason = "; ".join(dict.fromkeys(each.text for each in result.remarks))
        except (CannotJudge, HookFailed) as fault:
            result.verdict, result.reason = Verdict.ERROR, str(fault)
        except KeyboardInterrupt:
            result.verdict, result.reason = Verdict.ERROR, "interrupted"
        result.seconds = time.monotonic() - began
        return result

    def _trial(
        self, bench: Bench, case_id: str, number: int, trial: Trial, checks: Sequence[str]
    ) -> StepResult:
        step = StepResult(number, trial.name[0].upper() + trial.name[1:])
        self._current = (case_id, step)
        played = play(bench, trial)
        bench.casino.wait_for_restart()
        for exchange in played.trial.exchanges:
            self._keep("provider to casino", exchange)
        if self._hook_failed:
            raise HookFailed(self._hook_failed)
        step.note = f"The provider says: {played.told.said}."
        step.observations = [check(name, played) for name in checks]
        return step

    def _keep(self, label: str, exchange: Exchange) -> None:
        case_id, step = self._current
        sent = Sent(len(self._sent) + 1, case_id, step.number, label, exchange, curl="")
        self._sent.append(sent)
        step.sent.append(sent)

    def _restart(self) -> None:
        """Called by a thread of the casino."""
        try:
            call_hook("restart", self._settings.hooks["restart"], {})
        except HookFailed as fault:
            self._hook_failed = str(fault)


def _show(screen: Screen, wanted: dict[str, ProviderCase], *, with_trials: bool) -> None:
    for name, case in wanted.items():
        screen.say(f"  {name}  {case.severity.value:6}  {case.title}")
        for number, trial in enumerate(case.trials if with_trials else [], start=1):
            screen.say(f"      {number:>2}. {trial.name} → {', '.join(case.checks)}")
