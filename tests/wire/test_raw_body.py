"""A body that is shorter than announced, or that something else has read, is refused."""

import pytest
from django.test import RequestFactory

from config.web.raw_body import read_body
from config.wire.errors import WireError

BODY = b'{"amount": 100}'


def test_a_body_is_read_as_it_was_sent() -> None:
    assert read_body(RequestFactory().post("/", BODY, "application/json")) == BODY


def test_a_body_that_was_cut_off_is_refused() -> None:
    request = RequestFactory().post("/", BODY, "application/json")
    assert request.body == BODY
    request.META["CONTENT_LENGTH"] = str(len(BODY) + 1)
    with pytest.raises(WireError) as refused:
        read_body(request)
    assert refused.value.status == 400


def test_a_body_that_was_partly_read_is_refused() -> None:
    request = RequestFactory().post("/", BODY, "application/json")
    assert request.read(1) == BODY[:1]
    with pytest.raises(WireError) as refused:
        read_body(request)
    assert refused.value.status == 400


def test_a_length_that_is_no_number_announces_nothing() -> None:
    request = RequestFactory().post("/", BODY, "application/json")
    assert request.body == BODY
    request.META["CONTENT_LENGTH"] = "many"
    assert read_body(request) == BODY
