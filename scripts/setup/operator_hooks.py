"""What the casino's operator does during a certification, as addresses that the kit can call."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from django.db import connections
from django.utils import timezone

HOOKS = (
    "block_player",
    "unblock_player",
    "end_session",
    "withdraw_game",
    "restore_game",
    "restart",
)


@contextmanager
def hooks_served(restart: Callable[[], None]) -> Iterator[str]:
    """Serve the hooks: POST {"player", "session", "game"} to this address plus a hook's name."""
    server = _Server(restart)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def act(name: str, named: Mapping[str, str]) -> None:
    """Do what the hook says. Raises KeyError if there is no hook of this name."""
    # These need Django to be loaded.
    from casino.models import Game, GameSession, PlayerStatus, User  # noqa: PLC0415
    from casino.operations.launch import end_sessions  # noqa: PLC0415
    from casino.operations.players import set_player_status  # noqa: PLC0415
    from config.wire.tokens import token_digest  # noqa: PLC0415

    match name:
        case "block_player" | "unblock_player":
            blocked = name == "block_player"
            set_player_status(
                user_pks=User.objects.filter(username=named["player"]).values_list("pk", flat=True),
                status=PlayerStatus.BLOCKED if blocked else PlayerStatus.ACTIVE,
            )
        case "end_session":
            sessions = GameSession.objects.filter(token=token_digest(named["session"]))
            end_sessions(session_pks=sessions.values_list("pk", flat=True), now=timezone.now())
        case "withdraw_game" | "restore_game":
            Game.objects.filter(provider_game_id=named["game"]).update(
                is_active=name == "restore_game"
            )
        case _:
            raise KeyError(name)


class _Server(HTTPServer):
    """Uses one thread for all, because a process ends with the thread that started it."""

    def __init__(self, restart: Callable[[], None]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.restart = restart


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        named = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = self.path.removeprefix("/")
        try:
            if name == "restart":
                self.server.restart()
            else:
                act(name, named)
        finally:
            connections.close_all()
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Silent."""
