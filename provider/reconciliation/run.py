"""One casino held against the journal: walk, mend where that is asked for, keep what was found."""

from provider.models import Casino
from provider.reconciliation.feed import CannotCompare
from provider.reconciliation.repair import repair
from provider.reconciliation.report import Result
from provider.reconciliation.walk import Walk, Window


def reconcile(casino: Casino, window: Window, *, mends: bool = False) -> Result:
    """Compare everything of the window. A casino that falls silent leaves what was found so far."""
    walk = Walk(casino, window)
    result = Result(casino.code, window, walk.tally)
    try:
        for difference in walk.differences():
            result.add(difference, repair(difference) if mends else None)
    except CannotCompare as fault:
        result.fault = str(fault)
    return result
