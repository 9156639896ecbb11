"""A signed record of where every chain stood, for a later audit to be held against.

Kept away from the database, it shows what nobody can hide who may write there: that a chain was
rewritten from some row on, and its head with it. A file of JSON lines: one a wallet,
``[wallet, version, link]``, and a last one with the time, the count, the digest of the lines before
(SHA-256) and a signature of all that under SECRET_KEY.
"""

import hashlib
import json
from collections.abc import Generator, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any, NamedTuple

from django.core.signing import BadSignature, Signer
from django.db import connection

from casino.ledger.chain import Content
from casino.ledger.snapshot import snapshot

_SIGNER_SALT = "casino.ledger.checkpoint"
_HEADS = """
SELECT id, version, encode(chain_head, 'hex') FROM casino_wallets WHERE version > 0 ORDER BY id
"""


class NotACheckpoint(ValueError):
    """The file is none, is cut off, or was changed since it was signed."""


class Head(NamedTuple):
    """Where one wallet's chain stood."""

    wallet_pk: int
    version: int
    link: str


def write_checkpoint(file: IO[str], *, now: datetime) -> str:
    """Write where every chain stands to ``file``; returns the digest."""
    digest, count = hashlib.sha256(), 0
    with snapshot(), connection.chunked_cursor() as cursor:
        cursor.execute(_HEADS)
        for row in cursor:
            line = f"{json.dumps(row)}\n"
            digest.update(line.encode())
            file.write(line)
            count += 1
    seal = {"takenAt": now.isoformat(), "wallets": count, "digest": digest.hexdigest()}
    file.write(Signer(salt=_SIGNER_SALT).sign_object(seal) + "\n")
    return digest.hexdigest()


def read_checkpoint(path: Path) -> tuple[dict[str, Any], Iterator[Head]]:
    """Prove the file whole, then yield its heads in the order of their wallets.

    Raises:
        NotACheckpoint.
        OSError: the file cannot be read.
    """
    digest, count, last = hashlib.sha256(), 0, ""
    with path.open() as file:
        for line in file:
            if last:
                digest.update(last.encode())
                count += 1
            last = line
    try:
        seal: dict[str, Any] = Signer(salt=_SIGNER_SALT).unsign_object(last.rstrip("\n"))
    except BadSignature:
        raise NotACheckpoint("its last line is not signed under this SECRET_KEY") from None
    if (seal["digest"], seal["wallets"]) != (digest.hexdigest(), count):
        raise NotACheckpoint("its lines are not those that were signed")
    return seal, _heads(path, count)


def _heads(path: Path, count: int) -> Iterator[Head]:
    with path.open() as file:
        for _, line in zip(range(count), file, strict=False):
            yield Head(*json.loads(line))


class HeldAgainst:
    """Compares a walk over the chains with the heads of a checkpoint, both by wallet."""

    def __init__(self, heads: Iterable[Head]) -> None:
        self._heads = iter(heads)
        self._due = next(self._heads, None)

    def compare(self, content: Content, link: bytes) -> Generator[tuple[int, str], None, None]:
        """What this row, or a wallet passed over to reach it, does not hold any more."""
        yield from self._missed(lambda due: due.wallet_pk < content.wallet)
        due = self._due
        if due and (due.wallet_pk, due.version) == (content.wallet, content.sequence):
            self._due = next(self._heads, None)
            if bytes(link).hex() != due.link:
                yield due.wallet_pk, f"transaction {due.version} is not the one it was"

    def left(self) -> Generator[tuple[int, str], None, None]:
        """What the walk ended without reaching."""
        yield from self._missed(lambda _due: True)

    def _missed(self, is_passed: Any) -> Generator[tuple[int, str], None, None]:
        while self._due is not None and is_passed(self._due):
            yield self._due.wallet_pk, f"transaction {self._due.version} is not there any more"
            self._due = next(self._heads, None)
