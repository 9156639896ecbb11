"""A signed record of every chain's head, which a later audit can compare with the ledger.

Keep it away from the database. It reveals what the chains alone cannot: that somebody who can write
to the database rewrote a chain from some row on, including its head. The file contains one JSON
line per wallet, ``[wallet, version, link]``, and a last line with the time, the number of lines,
their digest (SHA-256) and a signature over these, made with SECRET_KEY.
"""

import hashlib
import json
from collections.abc import Generator, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any, NamedTuple

from django.core.signing import BadSignature, Signer

from casino.ledger.chain import Content
from casino.ledger.snapshot import snapshot
from config.postgres.replica import connection

_SIGNER_SALT = "casino.ledger.checkpoint"
_HEADS = """
SELECT id, version, encode(chain_head, 'hex') FROM casino_wallets WHERE version > 0 ORDER BY id
"""


class NotACheckpoint(ValueError):
    """The file is not a checkpoint, is cut off, or was changed after it was signed."""


class Head(NamedTuple):
    """The head of one wallet's chain at the time of the checkpoint."""

    wallet_pk: int
    version: int
    link: str


def write_checkpoint(file: IO[str], *, now: datetime) -> str:
    """Write the head of every chain to ``file`` and return the digest."""
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
    """Check that the file is complete and unchanged; return its seal and its heads, by wallet.

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
        raise NotACheckpoint("its last line is not signed with this SECRET_KEY") from None
    if (seal["digest"], seal["wallets"]) != (digest.hexdigest(), count):
        raise NotACheckpoint("its lines differ from those that were signed")
    return seal, _heads(path, count)


def _heads(path: Path, count: int) -> Iterator[Head]:
    with path.open() as file:
        for _, line in zip(range(count), file, strict=False):
            yield Head(*json.loads(line))


class HeldAgainst:
    """Compares a walk over the chains with the heads of a checkpoint, both ordered by wallet."""

    def __init__(self, heads: Iterable[Head]) -> None:
        self._heads = iter(heads)
        self._due = next(self._heads, None)

    def compare(self, content: Content, link: bytes) -> Generator[tuple[int, str], None, None]:
        """Yield the heads that this row, or a wallet skipped before it, no longer matches."""
        yield from self._missed(lambda due: due.wallet_pk < content.wallet)
        due = self._due
        if due and (due.wallet_pk, due.version) == (content.wallet, content.sequence):
            self._due = next(self._heads, None)
            if bytes(link).hex() != due.link:
                yield due.wallet_pk, f"transaction {due.version} is not the same as before"

    def left(self) -> Generator[tuple[int, str], None, None]:
        """Yield the heads that the walk never reached."""
        yield from self._missed(lambda _due: True)

    def _missed(self, is_passed: Any) -> Generator[tuple[int, str], None, None]:
        while self._due is not None and is_passed(self._due):
            yield self._due.wallet_pk, f"transaction {self._due.version} no longer exists"
            self._due = next(self._heads, None)
