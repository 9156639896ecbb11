"""What every profile has: tables for a JSON contract with a signature header.

A contract that does the same things in another way overrides the method that does it.
"""

import hashlib
import hmac
import shlex
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from scripts.certification.outcomes import Outcome
from scripts.certification.profiles.reading import Answer, Reading, read_json
from scripts.certification.profiles.requests import (
    HIDDEN,
    Draft,
    Header,
    Literal,
    Operation,
    Request,
    write_json,
)


class Profile:
    """A contract: how to sign, write, name and read, and which answers it expects.

    ``operations``: balance, bet, win, rollback. ``features``: what the contract has, in the words
    in which cases need it. ``rules``: the answers in which contracts differ, as outcomes.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    version: ClassVar[str]
    operations: ClassVar[Mapping[str, Operation]]
    features: ClassVar[frozenset[str]] = frozenset()
    rules: ClassVar[Mapping[str, str]] = {}
    has_codes: ClassVar[bool] = True
    """Whether refusals give a machine-readable reason."""
    ids_per_player: ClassVar[bool] = False
    replay_balance: ClassVar[str] = "stored"
    """What a repetition answers: the ``stored`` answer, or the ``current`` balance."""

    signature_header: ClassVar[str] = ""
    content_type: ClassVar[str] = "application/json"
    longest_id: ClassVar[int | None] = None

    # Literals, as they stand in a body.
    wrong_amounts: ClassVar[tuple[str, ...]] = ()
    absurd_amounts: ClassVar[tuple[str, ...]] = ()
    negative_amounts: ClassVar[tuple[str, ...]] = ()
    finer_amounts: ClassVar[tuple[str, ...]] = ()

    # ---- writing -------------------------------------------------------------------------------

    def write_amount(self, minor: int, exponent: int) -> object:
        return minor

    def wire_values(self, draft: Draft) -> dict[str, object]:
        """The fields under the names of the contract."""
        wire: dict[str, object] = {**draft.operation.constants}
        for name, wire_name in draft.operation.names.items():
            if name in draft.values:
                value = draft.values[name]
                if name in ("amount", "pays") and isinstance(value, int):
                    value = self.write_amount(value, draft.exponent)
                wire[wire_name] = value
        if draft.parts:
            parts = [self.wire_values(part) for part in draft.parts]
            wire[draft.operation.names["parts"]] = parts
        wire |= draft.extra
        return {name: value for name, value in wire.items() if name not in draft.dropped}

    def write(self, draft: Draft) -> bytes:
        if draft.operation.method == "GET":
            return b""
        return write_json(self.wire_values(draft))

    def sign(self, signed: bytes, secret: str) -> str:
        """Lower-case hex of HMAC-SHA256."""
        return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()

    def sign_strictly(self, draft: Draft, *, age_seconds: int = 0) -> None:
        """Sign for one use within a short time, if the contract has such a signature."""
        raise NotImplementedError

    def finish(self, draft: Draft) -> Request:
        """Write, sign and address the request."""
        body = self.write(draft) if draft.body is None else draft.body
        headers = list(draft.headers)
        if draft.operation.method != "GET":
            headers.insert(0, Header("Content-Type", self.content_type))
        is_plain = draft.signatures is None and draft.signed is None
        if draft.signatures is not None:
            headers += draft.signatures
        elif self.is_signed(draft.operation) and draft.secret:
            signed = body if draft.signed is None else draft.signed
            headers.append(Header(self.signature_header, self.sign(signed, draft.secret), HIDDEN))
        return Request(
            draft.operation.method,
            draft.url + self.path(draft),
            tuple(headers),
            body,
            is_plain and draft.curl_signature,
        )

    def is_signed(self, operation: Operation) -> bool:
        return bool(self.signature_header) and operation.is_signed

    def path(self, draft: Draft) -> str:
        return draft.operation.path.format_map(
            {name: _in_path(value) for name, value in draft.values.items()}
        )

    # ---- reading -------------------------------------------------------------------------------

    def read(self, operation: str, answer: Answer, draft: Draft) -> Reading:
        """What the answer means. ``operation``: one of the names in ``operations``."""
        if answer.status is None:
            return Reading(answer.outcome, answer.fault)
        body = read_json(answer.body)
        if body is None:
            why = answer.telling("Content-Type", "Content-Encoding", "Location")
            said = f"{answer.status} without a JSON object in UTF-8{why}"
            return Reading(Outcome.UNCERTAIN, said)
        return self.read_body(operation, answer, body, draft)

    def read_body(
        self, operation: str, answer: Answer, body: dict[str, Any], draft: Draft
    ) -> Reading:
        raise NotImplementedError

    # ---- telling -------------------------------------------------------------------------------

    def signature_in_shell(self) -> str:
        """The signature of ``$BODY`` under ``$SECRET``, for the curl of the report."""
        hashed = 'printf %s "$BODY" | openssl dgst -sha256 -hmac "$SECRET" -r'
        return f"$({hashed} | cut -d' ' -f1)"

    def curl(self, request: Request, *, shown_body: str, shown_url: str) -> str:
        """A command that repeats the request, with the secrets in shell variables."""
        lines = [f"curl -sS -i -X {request.method} {_in_shell(shown_url)}"]
        for header in request.headers:
            if header.name == self.signature_header and request.is_plain:
                lines.append(f'-H "{header.name}: {self.signature_in_shell()}"')
            else:
                lines.append(f"-H {_in_shell(f'{header.name}: {header.visible}')}")
        if request.method == "GET":
            return " \\\n  ".join(lines)
        lines.append('--data-binary "$BODY"')
        return f"BODY={_in_shell(shown_body)}\n" + " \\\n  ".join(lines)


def _in_path(value: object) -> str:
    text = value.text if isinstance(value, Literal) else str(value)
    return quote(text, safe="", errors="surrogatepass")


def _in_shell(text: str) -> str:
    """Quoted; what is masked as ``***NAME***`` becomes the variable ``$NAME``."""
    parts = text.split("***")
    quoted = [
        f'"${{{part}}}"' if number % 2 else shlex.quote(part) if part else ""
        for number, part in enumerate(parts)
    ]
    return "".join(quoted) or "''"
