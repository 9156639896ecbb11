"""The envelope of failures, and the answer to an unexpected exception."""

import json
import logging

import psycopg
import pytest
from django.db import (
    DataError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
)

from config.wire import errors
from config.wire.errors import WireError


@pytest.mark.parametrize(
    ("error", "status", "body"),
    [
        (
            errors.invalid_request({"amount": ["is required"], "roundId": ["must be a string"]}),
            400,
            {
                "code": "INVALID_REQUEST",
                "message": "amount: is required",
                "errors": {"amount": ["is required"], "roundId": ["must be a string"]},
            },
        ),
        (
            errors.invalid_signature(),
            401,
            {
                "code": "INVALID_SIGNATURE",
                "message": "The signature is missing or does not match the body.",
            },
        ),
        (
            errors.not_found("/nowhere"),
            404,
            {"code": "NOT_FOUND", "message": "There is nothing at /nowhere."},
        ),
        (
            errors.method_not_allowed("GET", "POST"),
            405,
            {
                "code": "METHOD_NOT_ALLOWED",
                "message": "GET is not allowed here; allowed: POST.",
            },
        ),
        (
            errors.request_too_large(65_536),
            413,
            {"code": "REQUEST_TOO_LARGE", "message": "The body is over 65536 bytes."},
        ),
        (
            errors.unsupported_media_type("text/plain"),
            415,
            {
                "code": "UNSUPPORTED_MEDIA_TYPE",
                "message": "The body must be application/json, not 'text/plain'.",
            },
        ),
        (
            WireError(402, "INSUFFICIENT_FUNDS", "Too little.", extra={"balance": 3}),
            402,
            {"code": "INSUFFICIENT_FUNDS", "message": "Too little.", "balance": 3},
        ),
    ],
    ids=lambda value: value.code if isinstance(value, WireError) else None,
)
def test_a_failure_has_status_code_and_message(
    error: WireError, status: int, body: dict[str, object]
) -> None:
    response = error.response()

    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/json"
    assert json.loads(response.content) == {"status": "error", **body}


def test_a_wrong_method_is_told_which_one_is_right() -> None:
    assert errors.method_not_allowed("GET", "POST").response().headers["Allow"] == "POST"


def test_busy_says_when_to_come_again() -> None:
    response = errors.busy().response()

    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    assert json.loads(response.content)["code"] == "BUSY"


def caused_by(fault: Exception, cause: Exception) -> Exception:
    fault.__cause__ = cause
    return fault


@pytest.mark.parametrize(
    "fault",
    [
        OperationalError("canceling statement due to lock timeout"),
        InterfaceError("connection already closed"),
        caused_by(OperationalError(), psycopg.errors.LockNotAvailable()),
        caused_by(OperationalError(), psycopg.errors.QueryCanceled()),
        caused_by(OperationalError(), psycopg.errors.DeadlockDetected()),
        caused_by(OperationalError(), psycopg.errors.DiskFull()),
        caused_by(InternalError(), psycopg.errors.IdleInTransactionSessionTimeout()),
        caused_by(InternalError(), psycopg.errors.ReadOnlySqlTransaction()),
    ],
)
def test_a_database_that_cannot_serve_now_is_busy(fault: Exception) -> None:
    error = errors.from_fault(fault)

    assert (error.status, error.code, error.headers) == (503, "BUSY", {"Retry-After": "1"})


@pytest.mark.parametrize(
    "fault",
    [
        IntegrityError("duplicate key"),
        DataError("out of range"),
        ProgrammingError("no such table"),
        InternalError("something else"),
        caused_by(InternalError(), psycopg.errors.InFailedSqlTransaction()),
        ValueError("secret-token"),
        KeyError("secret-token"),
        RecursionError(),
        AssertionError("secret-token"),
    ],
)
def test_any_other_fault_is_ours_logged_and_not_told(
    fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        error = errors.from_fault(fault)

    assert (error.status, error.code) == (500, "INTERNAL_ERROR")
    assert json.loads(error.body())["message"] == "Something went wrong on our side."
    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[1] is fault
