"""A checkpoint shows what a chain alone cannot show: that it was rewritten with its head."""

import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from casino.ledger.audit import Break, breaks
from casino.ledger.chain import Content, link
from casino.ledger.checkpoint import NotACheckpoint, read_checkpoint, write_checkpoint
from casino.management.commands import audit_ledger
from casino.models.players import GENESIS
from config.backoffice.models import CheckRun
from tests.casino_world import Play
from tests.ledger.tampering import CONTENT_COLUMNS, Tampering, tampering

T = "casino_transactions"
W = "casino_wallets"
E = "casino_ledger_entries"


@pytest.fixture
def wallet(play: Play) -> int:
    """A wallet with five transactions: its opening, and two bets with their payouts."""
    for amount in (300, 500):
        play.win(play.bet(amount), amount * 2)
    return play.wallet_pk


@pytest.fixture
def checkpoint(wallet: int, tmp_path: Path) -> Path:
    path = tmp_path / "checkpoint"
    with path.open("w") as file:
        write_checkpoint(file, now=timezone.now())
    return path


@pytest.fixture
def tampered(wallet: int, checkpoint: Path) -> Iterator[Tampering]:
    with tampering(wallet) as tampered:
        yield tampered


def found(checkpoint: Path, wallet_pk: int) -> list[Break]:
    """Which statements of the checkpoint about one wallet are no longer true."""
    _, heads = read_checkpoint(checkpoint)
    mine = [head for head in heads if head.wallet_pk == wallet_pk]
    return list(breaks(wallet_pks=[wallet_pk], against=mine))


def rewrite_chain(tampered: Tampering, wallet_pk: int) -> None:
    """Do what somebody who knows the code would: compute every link and the head again."""
    rows = tampered.rows(
        f"SELECT {', '.join(CONTENT_COLUMNS)} FROM {T} WHERE wallet_id = %s ORDER BY sequence",
        wallet_pk,
    )
    head = GENESIS
    for content in (Content(*row) for row in rows):
        head = link(head, content)
        tampered.run(f"UPDATE {T} SET link = %s WHERE id = %s", head, content.id)
    tampered.run(f"UPDATE {W} SET chain_head = %s WHERE id = %s", head, wallet_pk)


def test_a_ledger_that_only_grew_holds(play: Play, wallet: int, checkpoint: Path) -> None:
    assert found(checkpoint, wallet) == []
    play.bet(100)
    assert found(checkpoint, wallet) == []


@pytest.mark.parametrize("sequence", [1, 3, 5])
def test_an_edit_with_the_chain_rewritten_is_named(
    wallet: int, checkpoint: Path, tampered: Tampering, sequence: int
) -> None:
    tampered.run(
        f"UPDATE {T} SET created_at = created_at - interval '1 day' "
        "WHERE wallet_id = %s AND sequence = %s",
        wallet,
        sequence,
    )
    rewrite_chain(tampered, wallet)

    assert tampered.found() == [], "only the checkpoint shows it"
    [broken] = found(checkpoint, wallet)
    assert (broken.row, broken.detail) == (str(wallet), "transaction 5 is not the same as before")


def test_an_end_that_was_cut_off_is_named(
    wallet: int, checkpoint: Path, tampered: Tampering
) -> None:
    tampered.run(
        f"DELETE FROM {E} USING {T} t "
        "WHERE transaction_id = t.id AND t.wallet_id = %s AND t.sequence > 3",
        wallet,
    )
    tampered.run(f"DELETE FROM {T} WHERE wallet_id = %s AND sequence > 3", wallet)
    tampered.run(
        f"UPDATE {W} w SET version = 3, playable_balance = t.balance_after, "
        f"redeemable_balance = t.redeemable_after FROM {T} t "
        "WHERE w.id = %s AND t.wallet_id = w.id AND t.sequence = 3",
        wallet,
    )
    rewrite_chain(tampered, wallet)

    assert tampered.found() == [], "only the checkpoint shows it"
    [broken] = found(checkpoint, wallet)
    assert broken.detail == "transaction 5 no longer exists"


def test_a_row_that_was_slipped_in_is_named(
    wallet: int, checkpoint: Path, tampered: Tampering
) -> None:
    """A lost round: it moves nothing, so all balances still fit."""
    for step in (1000, -999):  # in two steps, so that no number exists twice meanwhile
        tampered.run(
            f"UPDATE {T} SET sequence = sequence + %s WHERE wallet_id = %s AND sequence > 3",
            step,
            wallet,
        )
    others = (
        "wallet_id, transaction_type, source, round_id, session_id, external_session_id, "
        "game_code, "
        "balance_after, redeemable_after, details, request_id, created_at, link"
    )
    tampered.run(
        f"INSERT INTO {T} (id, sequence, external_transaction_id, amount, redeemable_amount, "
        f"response_cache, {others}) "
        f"SELECT gen_random_uuid(), 4, 'slipped-in', 0, 0, NULL, {others} FROM {T} "
        "WHERE wallet_id = %s AND sequence = 3",
        wallet,
    )
    tampered.run(f"UPDATE {W} SET version = version + 1 WHERE id = %s", wallet)
    rewrite_chain(tampered, wallet)

    assert tampered.found() == [], "only the checkpoint shows it"
    [broken] = found(checkpoint, wallet)
    assert broken.detail == "transaction 5 is not the same as before"


def test_a_wallet_that_is_gone_with_all_its_rows_is_named(
    wallet: int, checkpoint: Path, tampered: Tampering
) -> None:
    tampered.run(
        f"DELETE FROM {E} USING {T} t WHERE transaction_id = t.id AND t.wallet_id = %s", wallet
    )
    tampered.run(f"DELETE FROM {T} WHERE wallet_id = %s", wallet)
    tampered.run(f"DELETE FROM {W} WHERE id = %s", wallet)

    assert tampered.found() == [], "only the checkpoint shows it"
    [broken] = found(checkpoint, wallet)
    assert broken.detail == "transaction 5 no longer exists"


@pytest.mark.parametrize("damage", ["a head", "a head less", "cut off", "empty", "another key"])
def test_a_file_that_was_changed_is_no_checkpoint(
    checkpoint: Path, damage: str, settings: Any
) -> None:
    first, *rest = checkpoint.read_text().splitlines(keepends=True)
    text = {
        "a head": first.replace("[", "[1", 1) + "".join(rest),
        "a head less": "".join(rest),
        "cut off": first + "".join(rest[:-1]),
        "empty": "",
        "another key": checkpoint.read_text(),
    }[damage]
    checkpoint.write_text(text)
    if damage == "another key":
        settings.SECRET_KEY = "another"
    with pytest.raises(NotACheckpoint):
        read_checkpoint(checkpoint)
    with pytest.raises(CommandError) as failed:
        call_command("audit_ledger", against=checkpoint, stderr=io.StringIO())
    assert failed.value.returncode == 2


def test_a_checkpoint_that_cannot_be_made_leaves_the_former_one(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise whoever can end a connection to the database could destroy the evidence."""

    def cut_off(file: IO[str], *, now: datetime) -> str:
        file.write('[1, 1, "half of')
        raise OperationalError("terminating connection due to administrator command")

    former = checkpoint.read_text()
    monkeypatch.setattr(audit_ledger, "write_checkpoint", cut_off)
    with pytest.raises(CommandError, match="terminating connection") as failed:
        call_command("audit_ledger", checkpoint=str(checkpoint), stderr=io.StringIO())
    assert failed.value.returncode == 2
    assert checkpoint.read_text() == former


@pytest.mark.parametrize(("option", "value"), [("--checkpoint", ""), ("--most", "-1")])
def test_an_argument_that_means_nothing_is_not_ignored(option: str, value: str) -> None:
    with pytest.raises(CommandError, match=option):
        call_command("audit_ledger", option, value, stderr=io.StringIO())


@pytest.mark.parametrize("place", [".", "no folder/checkpoint"])
def test_a_place_that_takes_no_file_is_said_before_the_audit(tmp_path: Path, place: str) -> None:
    for option in ("--checkpoint", "--against"):
        errors = io.StringIO()
        with pytest.raises(CommandError) as failed:
            call_command("audit_ledger", option, str(tmp_path / place), stderr=errors)
        assert failed.value.returncode == 2
        assert str(failed.value).count(str(tmp_path / place)) == 1
        assert errors.getvalue() == ""


def test_a_checkpoint_that_was_not_written_is_not_remembered(wallet: int) -> None:
    """The admin would otherwise name a checkpoint that nobody has."""
    with pytest.raises(CommandError, match="/dev/full: No space left on device") as failed:
        call_command("audit_ledger", checkpoint="/dev/full", stderr=io.StringIO())
    assert failed.value.returncode == 2
    assert not CheckRun.objects.filter(checkpoint_at__isnull=False).exists()


def test_the_command_takes_one_and_holds_the_ledger_against_it(wallet: int, tmp_path: Path) -> None:
    path, told, ignored = tmp_path / "checkpoint", io.StringIO(), io.StringIO()
    call_command("audit_ledger", checkpoint=str(path), stdout=told, stderr=ignored)
    call_command("audit_ledger", against=path, stdout=told, stderr=ignored)
    with tampering(wallet) as tampered:
        tampered.run(f"UPDATE {T} SET created_at = now() WHERE wallet_id = %s", wallet)
        rewrite_chain(tampered, wallet)
        call_command("audit_ledger", stdout=told, stderr=ignored)
        assert told.getvalue() == ""
        with pytest.raises(CommandError) as failed:
            call_command("audit_ledger", against=path, stdout=told, stderr=ignored)

    assert failed.value.returncode == 1
    assert f"{W} {wallet}: transaction 5 is not the same as before" in told.getvalue()
