"""Leaves players as the tool found them: closes open rounds and gives or takes back differences.

It only uses what every contract allows: a rollback if there is one, a bet that loses, a bet that
wins. A bet without a clear answer may be booked, so it counts as open.
"""

from collections.abc import Iterable, Iterator, Sequence

from scripts.certification.amounts import to_major
from scripts.certification.books import Booked, Key
from scripts.certification.cases.language import Balance, Bet, Rollback, Win
from scripts.certification.config import Games, Player
from scripts.certification.drafting import Attempt
from scripts.certification.engine import Play
from scripts.certification.outcomes import Outcome
from scripts.certification.profiles.reading import Reading
from scripts.certification.results import Observation, Remark, StepResult

MOST_BETS = 100
"""If a difference needs more bets than this, the report says that it is left."""


def close_rounds(play: Play, result: StepResult) -> None:
    """Give back the stakes of all rounds that are or may be open. Raises CannotJudge."""
    _give_back(play, play.table.books.open_bets(), "close", result)


def _give_back(
    play: Play, bets: Sequence[tuple[Key, Booked]], name: str, result: StepResult
) -> None:
    """A rollback for each bet, or a win for each round. A wallet without the bet refuses the win,
    and a rollback then only bars it.
    """
    if "rollbacks" in play.table.profile.features:
        for number, (key, bet) in enumerate(bets):
            rollback = play.drafting.attempt(Rollback(id=f"{name}-{number}", seat=bet.seat))
            rollback.draft.values |= {"bet": key.id, "round": bet.round}
            _settle(play, rollback, [key], result)
        return
    rounds: dict[tuple[str, str], dict[Key, int]] = {}
    for key, bet in bets:
        rounds.setdefault((bet.seat, bet.round), {})[key] = bet.amount
    for number, ((seat, round_id), stakes) in enumerate(rounds.items()):
        amount = str(sum(stakes.values()))
        win = play.drafting.attempt(Win(id=f"{name}-{number}", seat=seat, amount=amount))
        win.draft.values["round"] = round_id
        _settle(play, win, stakes, result)


def _settle(play: Play, attempt: Attempt, bets: Iterable[Key], result: StepResult) -> None:
    if play.ask(attempt, result).outcome.is_decision:
        for key in bets:
            play.table.books.settle(key)


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
        is_played = _play_round(play, bet, payout, result)
        reading = _read(play, seat, result)
        if not is_played:
            break
    held = reading.balance
    table.books.balances[player.id] = target if held is None else held
    table.redeemable[player.id] = reading.redeemable
    if held == target:
        return ""
    told = "unknown" if held is None else to_major(held, player.exponent)
    return f"{player.id}: {told} {player.currency}, found with {to_major(target, player.exponent)}"


def _play_round(play: Play, bet: Attempt, payout: int, result: StepResult) -> bool:
    """Whether it was played. A bet that may stand without its payout is given back."""
    books, key, name = play.table.books, play.drafting.key(bet, bet.id), bet.call.id
    answered = play.ask(bet, result).outcome
    if answered.is_refusal:
        return False
    if answered is Outcome.ACCEPTED or not payout:
        win = Win(id=f"{name}-win", round=name, seat=bet.seat.name, amount=str(payout))
        paid = play.ask(play.drafting.attempt(win), result).outcome
        if paid is Outcome.ACCEPTED or not payout:
            books.settle(key)
            return True
    own = [each for each in books.open_bets() if each[0] == key]
    _give_back(play, own, f"{name}-back", result)
    return False


def may_be_charged(play: Play, player: Player) -> str:
    """What the player may have lost in bets that could not be given back."""
    bets = [bet for _, bet in play.table.books.open_bets() if bet.player == player.id]
    if not bets:
        return ""
    total = to_major(sum(bet.amount for bet in bets), player.exponent)
    has_rollbacks = "rollbacks" in play.table.profile.features
    why = "their rollbacks had no clear answer" if has_rollbacks else "the contract has no rollback"
    told = "1 bet" if len(bets) == 1 else f"{len(bets)} bets"
    return f"; {told} of {total} {player.currency} in all may still be charged, because {why}"


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
