"""The evidence of a run: a folder that can be passed on."""

import hashlib
import platform
from collections.abc import Mapping
from pathlib import Path

import msgspec

from scripts.certification import CannotRun
from scripts.certification.evidence.junit import junit
from scripts.certification.evidence.page import page
from scripts.certification.evidence.report import Report, schema
from scripts.certification.evidence.transcript import Exchanged, lines


def write(folder: Path, report: Report, entries: list[Exchanged]) -> dict[str, bytes]:
    """Write all files and return them by name. Raises CannotRun if that is not possible."""
    files = {
        "report.html": page(report, entries).encode(),
        "report.json": _pretty(msgspec.to_builtins(report)),
        "report.schema.json": _pretty(schema()),
        "junit.xml": junit(report),
        "transcript.ndjson": lines(entries),
    }
    files["manifest.json"] = _manifest(report, files)
    for name, content in files.items():
        save(folder / name, content)
    return files


def save(path: Path, content: bytes) -> None:
    """Write a file, and its folder if it is missing. Raises CannotRun."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise CannotRun(f"the evidence cannot be written: {error}") from None


def _manifest(report: Report, files: Mapping[str, bytes]) -> bytes:
    """What the folder holds, who made it, and about whom. Each file has its SHA-256."""
    return _pretty(
        {
            "format": "wallet-certification-manifest/1",
            "tool_version": report.tool_version,
            "python": platform.python_version(),
            "kind": report.kind,
            "target": report.target,
            "profile": msgspec.to_builtins(report.profile),
            "run_id": report.run_id,
            "seed": report.seed,
            "started_at": report.started_at,
            "ended_at": report.ended_at,
            "strict": report.strict,
            "verdict": report.verdict,
            "counts": report.counts,
            "files": {
                name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
                for name, content in files.items()
            },
        }
    )


def _pretty(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
