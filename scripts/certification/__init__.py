"""Certifies any wallet from outside: an independent client with cases, profiles and evidence.

It uses no other package of this repository, so it could be published by itself.

    cases/      what is tried, as data
    profiles/   how a contract signs, writes, names, answers; one file each
    engine      plays a case, keeps its own exact arithmetic, judges
    evidence/   report.html, report.json, junit.xml, transcript.ndjson, manifest.json
"""

VERSION = "1.0.0"


class CannotRun(Exception):
    """The kit cannot start, and the user can put that right. The message is one line."""
