"""Answers a posted operation with the body that is stored for it."""

from typing import Any

from django.http import HttpResponse

from casino.ledger.post import Posted, Submission
from config.web.endpoint import json_response
from config.web.waiting import Waiting

_REPLAYED = {"Idempotent-Replayed": "true"}


def answered(posted: Posted) -> HttpResponse:
    """The stored body. A header marks a replay."""
    return json_response(posted.body.encode(), _REPLAYED if posted.is_replay else None)


def answered_together(submission: Submission[Any]) -> Waiting:
    """The same once the operation was posted, perhaps together with those of other requests."""
    return Waiting(submission, lambda: answered(submission.result()))
