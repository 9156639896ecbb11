"""Removes the database and the logs and, with --all, everything that was made after cloning."""

import shutil
from pathlib import Path

from config.embedded_postgres import EmbeddedPostgresError, remove
from scripts.setup import DATA, ROOT, SetupError, env_file, environment
from scripts.setup.arguments import Options
from scripts.setup.env_file import setting
from scripts.setup.terminal import say

CACHES = (".pytest_cache", ".mypy_cache", ".ruff_cache", ".import_linter_cache", ".hypothesis")
MADE = (environment.VENV, env_file.PATH, *(ROOT / name for name in ("static_collected", *CACHES)))


def reset(options: Options) -> None:
    """Raises SetupError if the database is in use."""
    data_dir = Path(setting("EMBEDDED_DATA_DIR") or DATA)
    for each in (data_dir, DATA, DATA / "test", DATA / "bench"):
        _remove_database(each)
    is_half_installed = environment.UNFINISHED.exists()
    for path in (DATA, *(MADE if options.everything else ())):
        _remove(path)
    if is_half_installed and environment.VENV.exists():  # it stays half-installed
        DATA.mkdir()
        environment.UNFINISHED.touch()
    if setting("DATABASE_URL"):
        say("  left the database at DATABASE_URL as it is")


def _remove_database(data_dir: Path) -> None:
    if not (data_dir / "postgres").exists() and not (data_dir / "postgres").is_symlink():
        return
    try:
        remove(data_dir)
    except EmbeddedPostgresError as error:
        raise SetupError(str(error)) from error
    say(f"  removed the database in {data_dir}")


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)
    else:
        return
    say(f"  removed {path}")
