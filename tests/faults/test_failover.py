"""The cluster of `deploy/ha` fails under load, and nothing that was acknowledged is lost.

`scripts/failover` runs the same cases and prints what it saw. The short profile takes three of
them through HAProxy; ``--long`` takes all of them, in every way to reach the cluster.
"""

from collections.abc import Iterator

import pytest

from scripts.failover_cluster.arguments import parse
from scripts.failover_cluster.cluster import Cluster
from scripts.failover_cluster.programs import NotInstalled
from scripts.failover_cluster.trial import WAYS, Trial, own_cluster
from tests.reliability import Measure

SLOWER = 5.0
"""Other tests run at the same time: `scripts/failover` judges the times, the test what is lost."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    try:
        with own_cluster() as made:
            yield made
    except NotInstalled as missing:
        pytest.skip(str(missing))


@pytest.mark.clusters
@pytest.mark.timeout(2400)
@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_lost_whatever_fails(
    cluster: Cluster, way: str, pytestconfig: pytest.Config, measure: Measure
) -> None:
    is_long = pytestconfig.getoption("--long")
    if way != "haproxy" and not is_long:
        pytest.skip("only with --long")
    cases = parse([] if is_long else ["--quick"]).cases(way)
    failures = []
    try:
        with Trial(cluster, way) as trial:
            for case in cases:
                outcome = trial.run(case)
                failures += [
                    f"{case.name}: {failure}" for failure in outcome.failures(slower=SLOWER)
                ]
                measure("failures of a cluster survived", 1)
    except NotInstalled as missing:
        pytest.skip(str(missing))
    assert failures == []
