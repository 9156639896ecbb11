"""Leaves players as the tool found them: closes open rounds and gives or takes back differences.

It only uses what every contract allows: a rollback if there is one, a bet that loses, a bet that
wins.
"""

from collections import Counter
from collections.abc import Iterator

from scripts.certification.amounts import to_major
from scripts.certification.cases.language import Balance, Bet, Rollback, Win
from scripts.certification.config import Games, Player
from scripts.certification.engine import Play
from scripts.certification.outcomes import Outcome
from scripts.certification.profiles.reading import Reading
from scripts.certification.results import Observation, Remark, StepResult

MOST_BETS = 100
"""If a difference needs more bets than this, the report says that it is left."""


def close_rounds(play: Play, result: StepResult) -> None:
    """Give back the stakes of all rounds that the case left open. Raises CannotJudge."""
    open_bets = [
        (key.id, entry.seat, entry.round, entry.amount)
        for key, entry in play.table.books.open_bets()
    ]
    if "rollbacks" in play.table.profile.features:
        for number, (bet, seat, round_id, _) in enumerate(open_bets):
            rollback = play.drafting.attempt(Rollback(id=f"close-{number}", seat=seat))
            rollback.draft.values |= {"bet": bet, "round": round_id}
            play.ask(rollback, result)
        return
    stakes: Counter[tuple[str, str]] = Counter()
    for _, seat, round_id, amount in open_bets:
        stakes[seat, round_id] += amount
    for number, ((seat, round_id), amount) in enumerate(stakes.items()):
        win = play.drafting.attempt(Win(id=f"close-{number}", seat=seat, amount=str(amount)))
        win.draft.values["round"] = round_id
        play.ask(win, result)


def check_split(play: Play, player: Player, opening: int, result: StepResult) -> None:
    """After all bets came back, both parts of the balance must be as before. Raises CannotJudge."""
    before = play.table.redeemable.get(player.id)
    wins = [each for each in play.table.books.booked.values() if each.kind == "win"]
    if before is None or wins:
        return
    reading = _read(play, play.table.seats.home(player).name, result)
    if reading.balance != opening or reading.redeemable in (None, before):
        return
    now, then = (to_major(each, player.exponent) for each in (reading.redeemable or 0, before))
    text = (
        f"of the balance of {player.id} {now} are redeemable after all bets came back, not {then}"
    )
    observation = Observation(f"redeemable part of {player.id}", then, now)
    observation.remarks.append(Remark(text, is_money=True))
    result.observations.append(observation)


def level(play: Play, player: Player, target: int, result: StepResult) -> str:
    """Bring the balance to ``target``; returns what could not be done. Raises CannotJudge."""
    table = play.table
    seat = table.seats.home(player).name
    reading = _read(play, seat, result)
    if reading.balance is None:
        return f"{player.id}: the balance could not be read"
    bets = _bets(target - reading.balance, reading.balance, table.config.games)
    for number, (stake, payout) in enumerate(bets):
        name = f"level-{player.id}-{number}"
        bet = play.drafting.attempt(Bet(id=name, round=name, seat=seat, amount=str(stake)))
        if play.ask(bet, result).outcome is not Outcome.ACCEPTED:
            break
        win = Win(id=f"{name}-win", round=name, seat=seat, amount=str(payout))
        play.ask(play.drafting.attempt(win), result)
        reading = _read(play, seat, result)
    held = reading.balance
    table.books.balances[player.id] = target if held is None else held
    table.redeemable[player.id] = reading.redeemable
    if held == target:
        return ""
    told = "unknown" if held is None else to_major(held, player.exponent)
    return f"{player.id}: {told} {player.currency}, found with {to_major(target, player.exponent)}"


def _bets(missing: int, held: int, games: Games) -> Iterator[tuple[int, int]]:
    """Stakes and payouts that add up to ``missing``, all within the game's limits."""
    if missing > 0 and held >= games.least:
        yield games.least, games.least + missing
    left = -missing
    for _ in range(MOST_BETS):
        if left <= 0:
            return
        stake = min(left, games.most or left)
        if stake < games.least:  # less than the smallest bet: stake more and give the rest back
            yield games.least, games.least - stake
        else:
            yield stake, 0
        left -= stake


def _read(play: Play, seat: str, result: StepResult) -> Reading:
    return play.ask(play.drafting.attempt(Balance(seat=seat)), result)
