"""Types that the bodies of both services share, each with the example that all of them show."""

from typing import Annotated

from config.web.fields import Amount, Example, Identifier

MinorUnits = Annotated[int, Amount(0, example=100_000)]
SessionToken = Annotated[str, Identifier("pWk3vJYQ5bBzWcX1mTn8Lr6dHsFgUa2e")]
ProviderSessionId = Annotated[str, Identifier("ps-1c9f30b2")]
PlayerId = Annotated[str, Identifier("player-001")]
GameId = Annotated[str, Identifier("lucky-sevens")]
Currency = Annotated[str, Identifier("EUR")]
RoundId = Annotated[str, Identifier("round-77")]
BetId = Annotated[str, Identifier("bet-1001")]
LaunchUrl = Annotated[str, Example("http://127.0.0.1:8000/provider/play/6b1d7c0f")]
