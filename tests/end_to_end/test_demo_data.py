"""The demo data has fixed public ids and real opening balances, and can be added repeatedly."""

from concurrent.futures import ThreadPoolExecutor

from tests.end_to_end.two_services import TwoServices, fresh_service

EVERYTHING = """
SELECT 'players', count(*) FROM casino_users
UNION ALL SELECT 'wallets', count(*) FROM casino_wallets
UNION ALL SELECT 'balances', sum(playable_balance) FROM casino_wallets
UNION ALL SELECT 'providers', count(*) FROM casino_game_providers
UNION ALL SELECT 'games', count(*) FROM casino_games
UNION ALL SELECT 'currencies', count(*) FROM casino_currencies
UNION ALL SELECT 'transactions', count(*) FROM casino_transactions
UNION ALL SELECT 'entries', count(*) FROM casino_ledger_entries
"""


def test_a_second_seeding_changes_nothing(services: TwoServices) -> None:
    before = services.casino.rows(EVERYTHING)
    for service, seed in (
        (services.casino, "seed_demo"),
        (services.provider, "seed_provider_demo"),
    ):
        done = service.manage(seed)
        assert done.returncode == 0, done.stderr

    assert services.casino.rows(EVERYTHING) == before


def test_two_seedings_at_once_are_one() -> None:
    with fresh_service("casino") as casino, ThreadPoolExecutor(3) as threads:
        seeded = list(threads.map(casino.manage, ["seed_demo"] * 3))

        assert [(done.returncode, done.stderr) for done in seeded] == [(0, "")] * 3
        assert casino.manage("audit_ledger").returncode == 0
        assert casino.rows(
            "SELECT count(*) FROM casino_wallets WHERE version <> 1 OR playable_balance = 0"
        ) == [(0,)]


def test_the_players_that_documentation_names_are_there(services: TwoServices) -> None:
    ((players,),) = services.casino.rows("SELECT count(*) FROM casino_users")
    currencies = services.casino.rows(
        "SELECT DISTINCT currency_code FROM casino_wallets ORDER BY currency_code"
    )
    priya = services.casino.rows(
        "SELECT w.wallet_id, w.currency_code FROM casino_wallets w "
        "JOIN casino_users u ON u.id = w.user_id WHERE u.username = '67fff5c'"
    )
    ((providers,),) = services.casino.rows("SELECT count(*) FROM casino_game_providers")
    ((games,),) = services.casino.rows("SELECT count(*) FROM casino_games")

    assert players >= 12
    assert {code for (code,) in currencies} >= {"EUR", "USD", "INR"}
    assert priya == [("684038d", "INR")]
    assert providers >= 2
    assert games >= 3


def test_every_game_of_the_demo_can_be_opened(services: TwoServices) -> None:
    for (game_id,) in services.casino.rows("SELECT provider_game_id FROM casino_games"):
        choice = {"playerId": "player-001", "gameId": game_id, "currency": "EUR"}
        answer = services.post("launchGame", choice)
        assert (answer.status, game_id) == (200, game_id), answer.body


def test_opening_balances_are_transactions_of_the_treasury(services: TwoServices) -> None:
    unexplained = services.casino.rows(
        "SELECT wallet_id FROM casino_wallets w WHERE NOT EXISTS ("
        "  SELECT FROM casino_transactions t JOIN casino_ledger_entries e "
        "  ON e.transaction_id = t.id WHERE t.wallet_id = w.id AND t.sequence = 1 "
        "  AND e.account = 'TREASURY' AND e.amount = -t.amount)"
    )

    assert unexplained == []
