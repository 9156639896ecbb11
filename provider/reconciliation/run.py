"""Compares one casino with the journal: walk, repair if requested, keep the result."""

from contextlib import nullcontext
from datetime import datetime

from config.backoffice.checks import remember_if_possible
from config.backoffice.models import Check
from config.postgres import replica
from provider.models import Casino
from provider.reconciliation.feed import CannotCompare
from provider.reconciliation.repair import repair
from provider.reconciliation.report import Result
from provider.reconciliation.walk import Walk, Window


def reconcile(*, casino: Casino, window: Window, repairs: bool = False) -> Result:
    """Compare the whole window. If the casino stops answering, the result is incomplete.

    The journal is read from a replica if there is one, unless differences will be repaired.
    """
    walk = Walk(casino, window)
    result = Result(casino.code, window, walk.tally)
    with nullcontext() if repairs else replica.reading():
        try:
            for difference in walk.differences():
                result.add(difference=difference, outcome=repair(difference) if repairs else None)
        except CannotCompare as fault:
            result.fault = str(fault)
    return result


def keep(result: Result, *, began_at: datetime, asked_by: str = "") -> None:
    """Keep the result for the admin. An interrupted reconciliation is not clean."""
    window, tally = result.window, result.tally
    totals: dict[str, object] = {
        currency: {"journal": ours._asdict(), "casino": theirs._asdict()}
        for currency, (ours, theirs) in sorted(tally.money.items())
    }
    remember_if_possible(
        check=Check.RECONCILIATION,
        scope=f"{result.casino}, {window.begin:%Y-%m-%d %H:%M} to {window.end:%Y-%m-%d %H:%M} UTC",
        began_at=began_at,
        looked_at=tally.compared,
        found={kind.value: number for kind, number in tally.found.items()},
        totals=totals,
        is_clean=tally.agrees and not result.fault,
        fault=result.fault,
        asked_by=asked_by,
    )
