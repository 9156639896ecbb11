"""Runs the kit as a person would, from its command line, against a wallet in this process."""

import contextlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.certification import cli
from scripts.certification.hooks import NAMES
from tests.certification import toy_wallet
from tests.certification.door import OLD_SECRET, OTHER_SECRET, SECRET
from tests.certification.serving import Answering, serving


@dataclass
class Certified:
    """``report``: the content of report.json, empty if none was written."""

    status: int
    said: str
    folder: Path
    report: dict[str, Any] = field(default_factory=dict)

    @property
    def verdicts(self) -> dict[str, str]:
        return {case["id"]: case["verdict"] for case in self.report["cases"]}

    def reasons(self, *verdicts: str) -> dict[str, str]:
        return {
            case["id"]: case["reason"]
            for case in self.report["cases"]
            if case["verdict"] in verdicts
        }


def configuration(url: str, outside: str = "") -> str:
    """A configuration with everything that the wallet in memory can be certified with."""
    players = "".join(
        f'[[players]]\nid = "{name}"\ncurrency = "EUR"\nwallet = "w-{name}"\n'
        for name in ("ada", "blaise", "emmy")
    )
    hooks = "\n".join(f'{name} = "{url}/hooks/{name}"' for name in NAMES)
    return f"""
[wallet]
url = "{url}"
outside_url = "{outside}"
[credentials]
secret = "{SECRET}"
other_secret = "{OTHER_SECRET}"
old_secret = "{OLD_SECRET}"
strict = true
{players}
[games]
main = "slots"
other = "dice"
limited = "limited"
limited_least = 10
limited_most = 5000
[session]
launch = "/casino/launchGame"
body = {{ playerId = "{{player}}", gameId = "{{game}}", currency = "{{currency}}" }}
[hooks]
{hooks}
"""


TOY_PROFILE = Path(__file__).with_name("toy_profile.py")
PROFILES = {"native": "native", "event": "event", "toy": str(TOY_PROFILE)}
"""The values for --profile."""


def toy_configuration(url: str) -> str:
    players = "".join(
        f'[[players]]\nid = "{name}"\ncurrency = "EUR"\nwallet = "w-{name}"\n'
        for name in ("ada", "blaise")
    )
    return f"""
[wallet]
url = "{url}"
[credentials]
secret = "{toy_wallet.SECRET}"
{players}
[games]
main = "slots"
other = "dice"
[session]
launch = "/launch"
body = {{ user = "{{player}}" }}
token = "token"
"""


def certify(wallet: Answering, folder: Path, *arguments: str, configured: str = "") -> Certified:
    """Serve the wallet and certify it; evidence goes to ``folder``.

    ``configured``: another configuration, in which URL stands for the wallet's address.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with serving(wallet) as (url, outside):
        file = folder / "certify.toml"
        file.write_text(configured.replace("URL", url) or configuration(url, outside))
        return run(folder, f"--config={file}", *arguments)


def run(folder: Path, *arguments: str, command: str = "") -> Certified:
    """Run the command. ``said`` is its standard output and error."""
    words = [command] if command else []
    said = io.StringIO()
    evidence = folder / "evidence"
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = _status([*words, *arguments, f"--out={evidence}"])
    certified = Certified(status, said.getvalue(), evidence)
    if (evidence / "report.json").exists():
        certified.report = json.loads((evidence / "report.json").read_bytes())
    return certified


def _status(arguments: Sequence[str]) -> int:
    try:
        return cli.main(arguments)
    except SystemExit as end:  # argparse exits like this
        return int(end.code or 0)
