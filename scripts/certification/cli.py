"""`scripts/certify`: from arguments to evidence and an exit status."""

import os
import random
import re
import secrets
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime

from scripts.certification import CannotRun, arguments, config, other_side, profiles
from scripts.certification.arguments import Options
from scripts.certification.books import Books
from scripts.certification.cases import all_cases
from scripts.certification.config import Config
from scripts.certification.ending import (
    CANNOT_RUN,
    CONFORMS,
    conclude,
    must_be_writable,
    write_sample,
)
from scripts.certification.engine import Table
from scripts.certification.evidence.report import ProfilePart, Subject, players_of
from scripts.certification.hooks import Hooks
from scripts.certification.masking import Masker
from scripts.certification.needs import Planned, must_have_rules, plan
from scripts.certification.other_side import command
from scripts.certification.plans import show_cases, show_plan
from scripts.certification.profiles.base import Profile
from scripts.certification.progress import Screen
from scripts.certification.run import run
from scripts.certification.seats import Seats
from scripts.certification.wire import Wire, must_be_an_address

_CREDENTIAL = re.compile(r"auth|key|token|secret|cookie|passw", re.IGNORECASE)
"""Headers with such a name carry something to be masked; others are shown."""


def main(given: Sequence[str] | None = None) -> int:
    """The exit status: 0 the wallet conforms, 1 it does not, 2 it could not be judged."""
    words = list(sys.argv[1:] if given is None else given)
    masker = Masker()
    try:
        if words[:1] == [other_side.COMMAND]:
            return command.main(words[1:], masker)
        return _do(arguments.parse(words), masker)
    except CannotRun as fault:
        print(f"scripts/certify: {masker.text(str(fault))}", file=sys.stderr)
        return CANNOT_RUN
    except KeyboardInterrupt:
        print("scripts/certify: interrupted before the first case", file=sys.stderr)
        return CANNOT_RUN
    except Exception:
        traceback.print_exc()  # a bug of the kit says nothing about the wallet
        return CANNOT_RUN


def _do(options: Options, masker: Masker) -> int:
    screen = Screen(masker)
    if options.init:
        return write_sample(arguments.DEFAULT_CONFIG, config.sample(), screen)
    profile = profiles.load(options.profile)
    settings = config.load(options.config, None if options.sends_nothing else os.environ)
    hide_secrets(settings, masker)
    plans = [plan(case, profile, settings) for case in all_cases() if options.wants(case.id)]
    if not plans:
        raise CannotRun("--skip leaves no case of --only")
    if options.list_cases:
        show_cases(screen, plans, is_configured=options.config is not None)
        return CONFORMS
    if options.dry_run:
        show_plan(screen, plans, profile)
        return CONFORMS
    url = options.url or settings.wallet.url
    if not url:
        raise CannotRun("where is the wallet? Give --url, or wallet.url in the configuration")
    if not settings.players:
        raise CannotRun("the configuration names no test player; --init writes a sample")
    must_have_rules(plans, profile)
    must_be_writable(options)
    table = _table(must_be_an_address(url), profile, settings, masker, options)
    return _certify(table, plans, screen, options)


def _table(url: str, profile: Profile, settings: Config, masker: Masker, options: Options) -> Table:
    wire = Wire(settings.wallet.timeout_seconds)
    table = Table(
        url=url,
        run_id=f"ct{secrets.token_hex(4)}",
        profile=profile,
        config=settings,
        wire=wire,
        seats=Seats(url=url, config=settings, profile=profile, wire=wire, masker=masker),
        books=Books(),
        hooks=Hooks(settings.hooks, settings.stake),
        masker=masker,
        chance=random.Random(options.seed),  # noqa: S311 - to be repeated, not to be secret
        concurrency=options.concurrency,
    )
    table.seats.keep = table.keep_launch
    return table


def _certify(table: Table, plans: Sequence[Planned], screen: Screen, options: Options) -> int:
    started = datetime.now(UTC)
    screen.beginning(table.url, table.profile.title, table.run_id, options.seed)
    try:
        with screen.counting(len(plans)):
            outcomes = run(table, plans, screen.show)
    finally:
        table.wire.close()
    profile = table.profile
    subject = Subject(
        kind="wallet",
        name=table.config.wallet.name,
        url=table.url,
        profile=ProfilePart(name=profile.name, title=profile.title, version=profile.version),
        rules=profile.rules,
        run_id=table.run_id,
        seed=options.seed,
        strict=options.strict,
        players=players_of(table.config.players, outcomes.found),
        sent=table.sent,
        masker=table.masker,
        started=started,
    )
    return conclude(subject, outcomes, plans, screen, options)


def hide_secrets(settings: Config, masker: Masker) -> None:
    credentials = settings.credentials
    masker.hide(credentials.secret, "SECRET")
    masker.hide(credentials.other_secret, "OTHER_SECRET")
    masker.hide(credentials.old_secret, "OLD_SECRET")
    for name, value in {**credentials.headers, **settings.session.headers}.items():
        if _CREDENTIAL.search(name):
            masker.hide(value, name.upper().replace("-", "_"))
    for player in settings.players:
        for number, token in enumerate(player.sessions, start=1):
            masker.hide(token, f"TOKEN_{number}")
