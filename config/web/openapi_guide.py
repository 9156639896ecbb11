"""What the documentation says before it comes to the endpoints."""

INTRODUCTION = """\
Money moves over signed HTTP: a game provider debits, credits and rolls back; the casino holds
the wallets. Every family below stands on the same wallets and the same ledger.

**Amounts** are integers in minor units of the currency (`1050` is 10.50 EUR) unless a family
says otherwise: no float, no string. Unknown extra fields are ignored.

**Errors** have a status and a `code` that programs can rely on, and a `message` for people.
What an endpoint can answer stands with it; an address that is not there is 404 `NOT_FOUND`.
A `Host` that is none of the service's names is 400; where HTTPS is asked for, plain HTTP is 301 or
308 to the same address. Health checks are answered by any name.
A 500 is a fault of ours, or the database was lost while it committed, and leaves open what
happened: send the same request with the same id again.

**Repeat without fear.** A transaction id moves money once. The first success is stored and sent
again, byte for byte, for every duplicate (`Idempotent-Replayed: true`); a failure is not stored,
the same id may succeed later; the same id with other content is refused with 409. 503 with
`Retry-After` means that nothing was written.

**Signatures and keys**: "Authorize" says how each is made.
"""

TAGS = {
    "Callbacks": "What a game provider calls: balance, bet, payout, rollback, and what was booked.",
    "Frontend": "What a casino's frontend calls to open a game, and a tester to watch a round.",
    "Provider API": "What a casino calls at the game provider.",
    "Events": "What an aggregator sends: bets and results as events, in decimal strings of major "
    "units; balances and players to look up.",
    "Wallets": "The internal wallet service: top-ups, bonuses, purchases, histories, for assets "
    'without a fraction. Errors are `{"error": {"code", "message"}}`.',
    "Service": "Whether it is up, and what it offers.",
}
"""What each group of endpoints is for, in the order in which they are shown."""
