"""What an operator does meanwhile, both to the service and in the model."""

from django.utils import timezone

from casino.models import Game, GameProvider, GameSession, PlayerStatus, User
from casino.operations.launch import end_sessions
from casino.operations.players import set_player_status
from config.wire.tokens import token_digest
from tests.oracle.model import Session
from tests.oracle.trial import Trial


class Operator:
    """Blocks players, ends sessions, withdraws games and disables providers."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial

    def noted(self, what: str) -> None:
        self.trial.log.append(f"The operator: {what}")

    def block(self, player_id: str, *, blocked: bool) -> None:
        status = PlayerStatus.BLOCKED if blocked else PlayerStatus.ACTIVE
        pks = [User.objects.get(username=player_id).pk]
        set_player_status(user_pks=pks, status=status)
        self.trial.oracle.blocked[player_id] = blocked
        for session in self.trial.oracle.sessions:
            if blocked and session.player_id == player_id:
                session.active = False
        self.noted(f"{player_id} is {status}")

    def end(self, session: Session) -> None:
        pk = GameSession.objects.get(token=token_digest(session.token)).pk
        end_sessions(session_pks=[pk], now=timezone.now())
        # The model may have been copied since the session was handed out.
        for each in self.trial.oracle.sessions:
            if each.token == session.token:
                each.active = False
        self.noted(f"session {session.token} has ended")

    def withdraw(self, game: str, *, active: bool) -> None:
        game_id = self.trial.house.games[game].provider_game_id
        Game.objects.filter(provider_game_id=game_id).update(is_active=active)
        self.trial.oracle.games[game_id].active = active
        self.noted(f"game {game_id}: active {active}")

    def disable(self, provider: str, *, enabled: bool) -> None:
        code = self.trial.house.code(provider)
        GameProvider.objects.filter(code=code).update(is_disabled=not enabled)
        self.trial.oracle.providers[code].enabled = enabled
        self.noted(f"provider {code}: enabled {enabled}")
