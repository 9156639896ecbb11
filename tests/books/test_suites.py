"""Run the tests of the API, the races and the reference model in each of two books on Citus.

They send through the router to the processes of the books (``tests/in_book.py``). This takes a
quarter of an hour, so it belongs to the long profile.
"""

import os
import re
import subprocess
import sys

import pytest

from config.books import name_of
from tests.books.deployment import PATIENCE, OnCitus, needs_citus
from tests.processes import ROOT
from tests.reliability import Measure

pytestmark = needs_citus

SUITES = (
    "tests/races",
    "tests/oracle/test_oracle.py::test_it_answers_as_the_model_does",
    "tests/api",
)
LEAST_PASSED = 1_400
"""A lower limit, so that tests skipped in a book do not count as passed."""
_PASSED = re.compile(r"(\d+) passed")


@pytest.mark.parametrize("number", [1, 2])
def test_the_suites_pass_in_a_book(
    request: pytest.FixtureRequest, number: int, measure: Measure
) -> None:
    if not request.config.getoption("--long"):
        pytest.skip("only with --long")
    on_citus: OnCitus = request.getfixturevalue("on_citus")
    book = name_of(number)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", *SUITES],
        cwd=ROOT,
        env={
            **os.environ,
            **PATIENCE,
            "SECRET_KEY": "of a server for tests",
            "CASINO_SECRET": "casino-secret",
            "PROVIDER_SECRET": "provider-secret",
            "SERVICES": "casino,provider",
            "BOOK": book,
            "DATABASE_URL": f"{on_citus.node_of(book).url}",
            "PROVIDER_DATABASE_URL": on_citus.provider_url,
            "ROUTER": on_citus.books.router.url,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-20_000:]
    passed = _PASSED.search(ran.stdout)
    assert passed is not None
    assert int(passed[1]) >= LEAST_PASSED
    measure(f"tests that passed in {book} through the router", int(passed[1]))
    audited = on_citus.books.command("books", "audit")
    assert audited.returncode == 0, audited.stdout
