"""How long the reliability tests run, which seeds they take, and what they measured.

Such a test has a mark for its number of seeds, and the arguments ``seed`` and ``measure``:

    @pytest.mark.seeds(ci=2, long=17)
    def test_both_sides_agree(seed: int, measure: Measure) -> None: ...

A seed decides the course of events, as far as threads and processes allow. ``--seed=N`` runs one
seed again, ``--long`` runs many. The measures are summed over the tests, printed at the end of the
run, and written to the file of ``--measures=FILE``.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

Measure = Callable[[str, int], None]
"""``measure("kills", 1)``: the report shows the sum over all tests."""

BEGIN, END = "<!-- measures -->\n", "<!-- end of measures -->\n"
_KEY = "measure"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("reliability")
    group.addoption("--long", action="store_true", help="take many seeds instead of a few")
    group.addoption("--seed", type=int, help="take this seed only")
    group.addoption("--measures", type=Path, metavar="FILE", help="write the measures into FILE")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "seeds(ci, long): how many seeds the test takes")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    mark = metafunc.definition.get_closest_marker("seeds")
    if mark is not None:
        metafunc.parametrize("seed", _seeds(metafunc.config, **mark.kwargs))


def _seeds(config: pytest.Config, *, ci: int, long: int) -> Iterable[int]:
    given: int | None = config.getoption("--seed")
    if given is not None:
        return [given]
    return range(long if config.getoption("--long") else ci)


@pytest.fixture
def measure(request: pytest.FixtureRequest) -> Measure:
    """Count something, whether the test passes or not."""
    properties = request.node.user_properties  # these also come back from other processes

    def add(name: str, count: int) -> None:
        properties.append((_KEY, [name, count]))

    return add


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    measures = _measures(terminalreporter)
    if not measures:
        return
    terminalreporter.section("reliability")
    for name, count in sorted(measures.items()):
        terminalreporter.write_line(f"{count:>12,}  {name}")
    kept: Path | None = config.getoption("--measures")
    if kept is not None:
        kept.write_text(with_measures(kept.read_text(), measures))


def _measures(reporter: pytest.TerminalReporter) -> Counter[str]:
    measures: Counter[str] = Counter()
    for outcome in ("passed", "failed"):
        for report in reporter.stats.get(outcome, []):
            counted = report.user_properties if report.when == "call" else []
            for key, value in counted:
                if key == _KEY:
                    measures[value[0]] += value[1]
    return measures


def with_measures(text: str, measures: Counter[str]) -> str:
    """``text`` with a new table between its two marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    rows = "".join(f"| {name} | {count:,} |\n" for name, count in sorted(measures.items()))
    return f"{before}{BEGIN}| what | how many |\n|---|---:|\n{rows}{END}{after}"
