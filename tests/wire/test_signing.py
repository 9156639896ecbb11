"""We make and accept the same signatures as openssl and Node.js, and no others."""

import base64
from typing import Any

import pytest

from config.wire.signing import is_well_formed, parse_secrets, sign
from tests.signatures import verify
from tests.wire import vectors

NODE = vectors.read("signatures_node.json")
OPENSSL = vectors.read("signatures_openssl.json")

SECRET = (b"casino-secret",)
BODY = b'{"sessionToken":"token-1"}'
SIGNATURE = sign(SECRET, BODY)


def by_name(vector: dict[str, Any]) -> str:
    return str(vector["name"])


@pytest.mark.parametrize("vector", OPENSSL, ids=by_name)
def test_it_signs_as_openssl_does(vector: dict[str, Any]) -> None:
    body, secrets = base64.b64decode(vector["bodyBase64"]), (vector["secret"].encode(),)

    assert sign(secrets, body) == vector["signature"]
    assert verify(secrets, body, vector["signature"])


@pytest.mark.parametrize("vector", NODE, ids=by_name)
def test_it_signs_as_node_does(vector: dict[str, Any]) -> None:
    body, secrets = vector["body"].encode(), (vector["secret"].encode(),)

    assert sign(secrets, body) == vector["signature"]
    assert verify(secrets, body, vector["signature"])


@pytest.mark.parametrize("vector", NODE, ids=by_name)
def test_it_accepts_a_body_that_node_signed_after_writing_it_again(vector: dict[str, Any]) -> None:
    """Not if JavaScript changes a number in it: other bodies would be rewritten to the same."""
    body, secrets = vector["body"].encode(), (vector["secret"].encode(),)

    assert verify(secrets, body, vector["signatureOfRewritten"]) is vector["survives"]


@pytest.mark.parametrize(
    ("signed", "sent"),
    [
        (b'{"amount":9007199254740992}', b'{"amount":9007199254740993}'),
        (b'{"amount":9223372036854776000}', b'{"amount":9223372036854775807}'),
        (b'{"amount":90071992547409.92}', b'{"amount":90071992547409.921}'),
        (b'{"amount":null}', b'{"amount":1e400}'),
        (b'{"amount":0}', b'{"amount":1e-400}'),
        (b'{"amount":0}', b'{"amount":-0}'),
        (b'{"amount":1,"note":9007199254740992}', b'{"amount":1,"note":9007199254740993}'),
    ],
)
def test_a_signature_is_not_good_for_a_neighbour(signed: bytes, sent: bytes) -> None:
    assert verify(SECRET, signed, sign(SECRET, signed))
    assert not verify(SECRET, sent, sign(SECRET, signed))


@pytest.mark.parametrize("vector", NODE, ids=by_name)
def test_it_refuses_nodes_signatures_under_another_secret(vector: dict[str, Any]) -> None:
    body = vector["body"].encode()

    assert not verify((b"another",), body, vector["signature"])
    assert not verify((b"another",), body, vector["signatureOfRewritten"])


@pytest.mark.parametrize(
    "body",
    [
        b'{"sessionToken":"token-2"}',
        b'{"sessiontoken":"token-1"}',
        b'{"sessionToken":"token-1","amount":1}',
        b'{"sessionToken":["token-1"]}',
        b"",
        b"{",
    ],
)
def test_it_refuses_a_signature_of_another_body(body: bytes) -> None:
    assert not verify(SECRET, body, SIGNATURE)


def test_it_refuses_the_signature_of_the_same_fields_in_another_order() -> None:
    signature = sign(SECRET, b'{"b":1,"a":2}')

    assert not verify(SECRET, b'{"a": 2, "b": 1}', signature)


def test_it_refuses_the_signature_of_a_prettier_body() -> None:
    """Signers sign only the compact form, so added white space is a change."""
    assert not verify(SECRET, b'{"a":1}', sign(SECRET, b'{"a": 1}'))


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 60_000,
        b"[" * 30_000 + b"]" * 30_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b"\xff\xfe",
        b'{"a":NaN}',
        b'{"a":1} {"a":1}',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":\x00}',
        b'{"a":"\x01"}',
        b"1" * 60_000,
        b'"' + b"\\ud800" * 10_000 + b'"',
    ],
    ids=lambda body: repr(body[:12]),
)
def test_a_wrong_signature_over_a_strange_body_is_wrong_and_no_fault(body: bytes) -> None:
    assert not verify(SECRET, body, SIGNATURE)
    assert verify(SECRET, body, sign(SECRET, body))


# ---- malformed ----------------------------------------------------------------------------------
MALFORMED = {
    "none": None,
    "empty": "",
    "blank": " " * 64,
    "one digit short": SIGNATURE[:-1],
    "one digit long": SIGNATURE + "0",
    "upper case": SIGNATURE.upper(),
    "one upper-case digit": SIGNATURE[:-1] + "A",
    "no hex": "g" * 64,
    "prefixed": "0x" + SIGNATURE[2:],
    "named": "sha256=" + SIGNATURE,
    "white space around": f" {SIGNATURE} ",
    "newline behind": SIGNATURE + "\n",
    "newline for the last digit": SIGNATURE[:-1] + "\n",
    "twice": f"{SIGNATURE}, {SIGNATURE}",
    "non-ASCII, as a server decodes the header": "ÿ" * 64,
    "digits of another script": "٣" * 64,
    "full-width digits": "\uff10" * 64,
    "NUL": "\0" * 64,
    "base64": base64.b64encode(bytes.fromhex(SIGNATURE)).decode(),
    "very long": "a" * 1_000_000,
}


@pytest.mark.parametrize("signature", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_signature_fits_no_body(signature: str | None) -> None:
    assert not is_well_formed(signature)
    assert not verify(SECRET, BODY, signature)


def test_the_well_formed_one_fits() -> None:
    assert is_well_formed(SIGNATURE)
    assert verify(SECRET, BODY, SIGNATURE)


@pytest.mark.parametrize("position", range(64))
def test_one_changed_digit_makes_a_signature_wrong(position: int) -> None:
    other = "0" if SIGNATURE[position] != "0" else "1"

    assert not verify(SECRET, BODY, SIGNATURE[:position] + other + SIGNATURE[position + 1 :])


# ---- rotation -----------------------------------------------------------------------------------
def test_the_first_secret_signs_and_every_secret_verifies() -> None:
    both = parse_secrets("new-secret,old-secret")

    assert sign(both, BODY) == sign((b"new-secret",), BODY)
    assert verify(both, BODY, sign((b"new-secret",), BODY))
    assert verify(both, BODY, sign((b"old-secret",), BODY))
    assert not verify(both, BODY, sign((b"older-secret",), BODY))


def test_an_old_secret_verifies_what_node_wrote_again() -> None:
    assert verify(parse_secrets("new,old"), b'{ "a" : 1 }', sign((b"old",), b'{"a":1}'))


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        ("one", (b"one",)),
        ("new,old", (b"new", b"old")),
        (" new , old ", (b"new", b"old")),
        ("new,,old,", (b"new", b"old")),
        ("a b,ключ", (b"a b", "ключ".encode())),
        ("", ()),
        (" , ,", ()),
    ],
)
def test_a_list_of_secrets_is_split_at_commas(text: str, secrets: tuple[bytes, ...]) -> None:
    assert parse_secrets(text) == secrets


def test_without_a_secret_nothing_is_signed_and_nothing_verifies() -> None:
    with pytest.raises(ValueError, match="no secret"):
        sign((), BODY)
    assert not verify((), BODY, sign((b"",), BODY))
    assert not verify((), BODY, SIGNATURE)
