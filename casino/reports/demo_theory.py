"""What the demo's games promise, as their provider declares it: return to player and variance."""

from casino.models import Game
from casino.reports.models import GameTheory

THEORY = (
    ("lucky-sevens", "0.95000000", "30.502500"),
    ("neon-dice", "0.94444444", "3.163580"),
    ("book-of-cents", "0.96000000", "23.978400"),
)


def seed() -> None:
    """Add the missing rows; existing ones stay as they are."""
    for code, return_to_player, payout_variance in THEORY:
        game = Game.objects.filter(provider_game_id=code).first()
        if game is not None:
            GameTheory.objects.get_or_create(
                game=game,
                defaults={
                    "return_to_player": return_to_player,
                    "payout_variance": payout_variance,
                },
            )
