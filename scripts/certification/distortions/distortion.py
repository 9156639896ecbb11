"""A way to alter a request, and what it may look at."""

from collections.abc import Callable
from dataclasses import dataclass

from scripts.certification.config import Config, Player
from scripts.certification.profiles.base import Profile
from scripts.certification.profiles.requests import Draft


@dataclass(frozen=True, slots=True)
class Setting:
    """A draft and what a distortion may look at. ``other``: a player who does not play.

    ``token_before``: the session's, if it got a new one.
    """

    draft: Draft
    profile: Profile
    config: Config
    other: Player | None
    token_before: str = ""


Alter = Callable[[Setting], None]
"""Alters the draft of a setting."""


@dataclass(frozen=True, slots=True)
class Distortion:
    """``label`` says in the report what was altered."""

    label: str
    apply: Alter
