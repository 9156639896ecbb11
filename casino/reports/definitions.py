"""What each figure means. Reports print these words, and docs/reports.md explains them."""

BOOKED = (
    "Every transaction counts at the time at which the ledger booked it, in days of UTC. "
    "A rollback counts on the day of the rollback."
)
TURNOVER = "Turnover is all stakes less the stakes that rollbacks gave back."
PAYOUTS = "Payouts are all wins."
GGR = (
    f"{TURNOVER} {PAYOUTS} GGR (gross gaming revenue) is turnover less payouts: exactly what the "
    f"house account GAMES received in the period. {BOOKED}"
)
NGR = (
    "NGR (net gaming revenue) is GGR less bonuses granted, in currencies that are money, less "
    "adjustments in players' favour."
)
RTP = "RTP (return to player) is payouts divided by turnover; hold is 100 % minus RTP."
RTP_WATCH = (
    f"{RTP} The band is where chance alone leaves the RTP of a fair game in 997 of 1,000 cases: "
    "the declared return plus and minus three standard errors. The standard error is the square "
    "root of (declared variance × the sum of the squared stakes), divided by the turnover. Bets of "
    f"rounds that are not settled yet count as lost. {BOOKED}"
)
STATEMENT = (
    "A statement lists every transaction of the wallet in the order in which it was booked. The "
    "opening balance is the balance after the last transaction before the period, the closing "
    "balance is the balance after the last one in it; opening plus all movements is closing. "
    "Playable is the whole balance, redeemable the part that may be withdrawn. The net result of "
    "play is wins plus stakes given back less stakes."
)
EXPLANATION = (
    "A balance is the sum of the wallet's ledger entries up to that time, added up by kind."
)
OPEN_ROUNDS = "A round is open while it has a bet that was not rolled back, and no payout."
VOIDED = "A bet is void when a rollback gave its stake back. The list has one line per rollback."
ADJUSTMENTS = (
    "Manual corrections of balances, each with a reason and the person who made it; above the "
    "currency's limit, also the person who approved it."
)
LARGE_WINS = (
    "Payouts that reach the threshold and are also at least the given multiple of all stakes of "
    "their round."
)
WINNERS = "Players by the net result of their play: wins plus stakes given back less stakes."
