"""The contracts that the kit knows, one file each. Users can write their own."""

import importlib.util
from importlib import import_module, resources
from pathlib import Path

from scripts.certification import CannotRun
from scripts.certification.profiles.base import Profile

_NOT_PROFILES = {"__init__", "base", "reading", "requests"}


def names() -> list[str]:
    files = [Path(file.name) for file in resources.files(__package__).iterdir()]
    return sorted(file.stem for file in files if file.suffix == ".py" and not _is_other(file))


def load(name: str) -> Profile:
    """A profile by its name, or by the path of a file that ends in ``.py``. Raises CannotRun."""
    if name.endswith(".py"):
        found = getattr(_from_file(Path(name)), "PROFILE", None)
        if not isinstance(found, Profile):
            raise CannotRun(f"{name} has no PROFILE that is a Profile")
        for needed in ("name", "title", "version", "operations"):
            if not hasattr(found, needed):
                raise CannotRun(f"{name}: the profile has no {needed}")
        return found
    if name not in names():
        raise CannotRun(f"there is no profile {name!r}; there are {', '.join(names())}")
    profile: Profile = import_module(f"{__package__}.{name}").PROFILE
    return profile


def _from_file(path: Path) -> object:
    if not path.is_file():
        raise CannotRun(f"there is no file {path}")
    spec = importlib.util.spec_from_file_location(f"certification_profile_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as fault:  # status 0 would say that the wallet conforms
        raise CannotRun(f"{path} cannot be loaded: {type(fault).__name__}: {fault}") from fault
    return module


def _is_other(file: Path) -> bool:
    return file.stem in _NOT_PROFILES
