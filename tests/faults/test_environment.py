"""Full disks, lost databases, used-up pools, wrong clocks, held locks: answers that are documented,
and everything as before once the trouble is over, without anybody's help.
"""

import time
from functools import partial

from tests.casino_world import Play
from tests.postgres_relay import relaying
from tests.races.test_busy import is_busy
from tests.servers import serving


# ---- the pool of connections --------------------------------------------------------------------
def test_after_a_longer_outage_the_first_request_finds_the_database(play: Play) -> None:
    """Nobody waits for a pause that grew with the outage."""
    with (
        relaying() as relay,
        serving(DATABASE_URL=relay.database_url, DATABASE_POOL_SIZE="2") as server,
    ):
        ask = partial(play.send, "getBalance", {"sessionToken": play.token}, to=server)
        assert ask().status == 200
        with relay.cut():
            assert is_busy(ask())
            assert is_busy(ask())  # both connections were lost
            time.sleep(3.6)

        assert ask().status == 200
