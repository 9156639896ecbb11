"""Adds the demo's casino and games. Existing rows stay as they are."""

from django.conf import settings

from provider.games.demo_games import GAMES, STAKES
from provider.models import Casino, Game

PROVIDER_CODE = "demo-provider"


def seed() -> None:
    # Address and secrets stay blank, so that the settings' are used: the port may change.
    Casino.objects.get_or_create(
        code=settings.CASINO_CODE,
        defaults={"name": "Demo Casino", "provider_code": PROVIDER_CODE},
    )
    for game_id, name, pay_table in GAMES:
        Game.objects.get_or_create(
            game_id=game_id, defaults={"name": name, "pay_table": pay_table, "stakes": STAKES}
        )
