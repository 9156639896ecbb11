"""Other checkouts and other commits of this project, to compare with."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.benchmark.arguments import Variant
from scripts.setup import SetupError


@contextmanager
def checked_out(variant: Variant) -> Iterator[Path]:
    """The folder with the variant's code. A commit is removed from the disk afterwards."""
    if not variant.commit:
        yield variant.root
        return
    archive = subprocess.run(
        ["git", "archive", "--format=tar", variant.commit],
        cwd=variant.root,
        capture_output=True,
        check=False,
    )
    if archive.returncode != 0:
        raise SetupError(f"{variant.name}: {archive.stderr.decode(errors='replace')}")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        subprocess.run(["tar", "-xf", "-", "-C", folder], input=archive.stdout, check=True)
        yield Path(folder)
