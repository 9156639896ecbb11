"""Whatever is sent to an operation, right or wrong, the document has the answer."""

import subprocess
from collections import Counter
from collections.abc import Iterator

import pytest
from schemathesis.engine import Status, StopReason, events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.schemas import BaseSchema

from tests.processes import manage
from tests.reliability import Measure
from tests.servers import Server

_succeeded: set[str] = set()
"""Operations that succeeded, for this or an earlier seed: a demo opens a wallet only once."""


@pytest.mark.timeout(300)
@pytest.mark.seeds(ci=1, long=10)
def test_every_answer_is_as_documented(
    demo: Server, served_schema: BaseSchema, measure: Measure
) -> None:
    """No 500; no undocumented status, header or body; no success that the document calls wrong.

    A request that succeeded with a signature must fail without it. The money must be right.
    """
    answered: Counter[tuple[str, int]] = Counter()
    failures: list[str] = []
    for event in from_schema(served_schema).execute():
        if isinstance(event, events.ScenarioFinished):
            failures += failures_of(event.recorder)
            answered.update(answers_of(event.recorder))
        else:
            failures += trouble(event)

    measure("requests fuzzed", answered.total())
    measure("answers 500", sum(times for (_, status), times in answered.items() if status == 500))
    assert not failures, "\n\n".join(failures)
    operations = {each.ok().label for each in served_schema.get_all_operations()}
    _succeeded.update(operation for operation, status in answered if status < 300)
    assert _succeeded == operations
    assert answered.total() > 1_000
    audited = audit(demo)
    measure("audits failed", audited.returncode != 0)
    assert audited.returncode == 0, audited.stdout + audited.stderr


def failures_of(recorder: ScenarioRecorder) -> Iterator[str]:
    """What was not as documented, each with the request that repeats it."""
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.status == Status.FAILURE:
                response = recorder.interactions[case_id].response
                said = response and (response.status_code, response.content[:500])
                sent = recorder.cases[case_id].value.as_curl_command()
                message = check.failure_info.failure.message
                yield f"{check.name}: {message}\n{sent[:2000]}\n{said}"


def answers_of(recorder: ScenarioRecorder) -> Iterator[tuple[str, int]]:
    """Operation and status of every answer."""
    for case_id, interaction in recorder.interactions.items():
        if interaction.response is not None:
            operation = recorder.cases[case_id].value.operation
            yield operation.label, interaction.response.status_code


def trouble(event: events.EngineEvent) -> Iterator[str]:
    """What kept schemathesis from working."""
    if isinstance(event, events.NonFatalError):
        yield f"{event.label}: {event.value!r}"
    elif isinstance(event, events.FatalError):
        raise event.exception
    elif isinstance(event, events.EngineFinished) and event.stop_reason != StopReason.COMPLETED:
        yield f"stopped: {event.stop_reason}"


def audit(server: Server) -> "subprocess.CompletedProcess[str]":
    """Audit the ledger in the server's own database after all requests."""
    return manage("audit_ledger", **server.environment)
