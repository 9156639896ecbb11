"""The provider's demo data is entered once and left alone afterwards."""

from typing import Any

from django.core.management import call_command

from provider.models import Casino, Game


def test_it_enters_the_demo_and_leaves_it_alone(settings: Any) -> None:
    settings.CASINO_CODE = "demo-casino"
    call_command("seed_provider_demo")
    casino = Casino.objects.get(code="demo-casino")
    assert (casino.base_url, casino.casino_secret, casino.provider_secret) == ("", "", "")
    assert casino.provider_code == "demo-provider"
    games = Game.objects.filter(game_id__in=("lucky-sevens", "neon-dice", "book-of-cents"))
    for game in games:
        game.full_clean()
        assert game.is_active
    assert games.count() == 3

    Game.objects.filter(game_id="neon-dice").update(name="Renamed")
    call_command("seed_provider_demo")
    assert Game.objects.get(game_id="neon-dice").name == "Renamed"
    assert Casino.objects.filter(code="demo-casino").count() == 1
    Game.objects.filter(game_id="neon-dice").update(name="Neon Dice")


def test_the_demo_casino_is_the_settings(settings: Any) -> None:
    settings.CASINO_CODE = "demo-casino"
    settings.CASINO_URL = "http://127.0.0.1:8123"
    settings.CASINO_SECRETS, settings.PROVIDER_SECRETS = (b"one",), (b"other",)
    call_command("seed_provider_demo")
    casino = Casino.objects.get(code="demo-casino")
    assert casino.url == "http://127.0.0.1:8123"
    assert (casino.casino_secrets, casino.provider_secrets) == ((b"one",), (b"other",))
