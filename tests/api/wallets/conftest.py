"""A user with 1,000 gold coins, who is audited when the test is done."""

from collections.abc import Iterator

import pytest

from casino.ledger.audit import breaks
from tests.api.wallets.holder import Holder, make_holder


@pytest.fixture
def alice() -> Iterator[Holder]:
    holder = make_holder(1_000)
    yield holder
    assert list(breaks(wallet_pks=[holder.wallet.pk])) == []
