"""The introduction of the API documentation."""

INTRODUCTION = """\
Money moves over signed HTTP: a game provider debits, credits and rolls back; the casino holds
the wallets. All families of endpoints below use the same wallets and the same ledger.

**Amounts** are integers in minor units of the currency (`1050` is 10.50 EUR) unless a family
says otherwise: no float, no string. Unknown extra fields are ignored.

**Errors** have a status and a `code` that programs can rely on, and a `message` for people. Each
endpoint lists its possible answers. An unknown address is answered 404, an unknown `Host` 400, and
plain HTTP, if HTTPS is required, 301 or 308 to the same address. Health checks are answered for any
host. After a 500 it is not known what happened: either we have a bug, or the connection to the
database was lost during a commit. Send the same request with the same id again.

**Repeating is safe.** A transaction id moves money only once. The first success is stored and sent
again, byte for byte, for every duplicate (`Idempotent-Replayed: true`). A failure is not stored, so
the same id may succeed later. The same id with other content is refused with 409. 503 with
`Retry-After` means that nothing was written.

**Signatures and keys**: "Authorize" explains how to make them.
"""

TAGS = {
    "Callbacks": "What a game provider calls: balance, bet, payout, rollback, history.",
    "Frontend": "What a casino's frontend calls to open a game, and a tester to watch a round.",
    "Provider API": "What a casino calls at the game provider.",
    "Events": "What an aggregator sends: bets and results as events, with amounts as decimal "
    "strings of major units; also looks up balances and players.",
    "Wallets": "The internal wallet service: top-ups, bonuses, purchases and histories of assets "
    'without decimals. Errors are `{"error": {"code", "message"}}`.',
    "Service": "Health and what the service offers.",
}
"""The purpose of each group of endpoints, in the order of the documentation."""
