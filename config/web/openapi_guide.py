"""What the documentation says before it comes to the endpoints."""

from collections.abc import Collection

_BEGINNING = """\
Money moves over signed HTTP: a game provider debits, credits and rolls back; the casino holds
the wallets. Every family below stands on the same wallets and the same ledger.

**Amounts** are integers in minor units of the currency (`1050` is 10.50 EUR) unless a family
says otherwise. A float, a string, a bool, a negative number or one past
9 223 372 036 854 775 807 is refused. Unknown extra fields are ignored. Identifiers are 1–128
visible characters.

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
"""

_SIGNING = """
**Signatures.** Calls between the services carry the HMAC of their body:

```sh
BODY='{"sessionToken":"…"}'
SIGNATURE=$(printf %s "$BODY" | openssl dgst -sha256 -hmac "$SECRET" -r | cut -d' ' -f1)
curl -s "$ADDRESS" -H 'Content-Type: application/json' -H "NAME: $SIGNATURE" -d "$BODY"
```

`NAME` is `x-casino-signature` with `CASINO_SECRET` for calls to the casino, and
`x-provider-signature` with `PROVIDER_SECRET` for calls to the provider.
"""

TAGS = {
    "Callbacks": "What a game provider calls: balance, bet, payout, rollback, and what was booked. "
    "Signed with the casino's secret in `x-casino-signature`.",
    "Frontend": "What a casino's frontend calls to open a game, and a tester to watch a whole "
    "round. No signature.",
    "Provider API": "What a casino calls at the game provider. Signed with the provider's secret "
    "in `x-provider-signature`.",
    "Events": "What an aggregator sends: bets and results as events, in decimal strings of major "
    "units; balances and players to look up.",
    "Wallets": "The internal wallet service: top-ups, bonuses, purchases, histories, for assets "
    'without a fraction. Errors are `{"error": {"code", "message"}}`.',
    "Service": "Whether it is up, and what it offers.",
}
"""What each group of endpoints is for, in the order in which they are shown."""


def introduction(tags: Collection[str]) -> str:
    """The text above the endpoints of these groups."""
    is_signed = "Callbacks" in tags or "Provider API" in tags
    return _BEGINNING + (_SIGNING if is_signed else "")


def descriptions(tags: Collection[str]) -> list[dict[str, str]]:
    """The groups, in order; one without words here comes last."""
    known = [{"name": name, "description": words} for name, words in TAGS.items() if name in tags]
    return known + [{"name": name} for name in sorted(set(tags) - TAGS.keys())]
