"""Python's garbage collector, in processes that load much and then run."""

import atexit
import gc


def spare_what_is_loaded() -> None:
    """Let the collector search seldom, and not at all when the process ends.

    Nothing of what a command loads is garbage, and when it ends, the system takes its memory back
    anyway. Searching all of it then would take a quarter of the time of a short command.
    """
    gc.set_threshold(20_000, 10, 10)
    atexit.register(gc.freeze)
