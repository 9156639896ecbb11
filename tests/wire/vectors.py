"""Vectors made by Node.js and openssl (``tests/data/make_vectors.mjs``)."""

import json
from pathlib import Path
from typing import Any

_DATA = Path(__file__).resolve().parents[1] / "data"


def read(name: str) -> list[Any]:
    vectors = json.loads((_DATA / name).read_bytes())
    assert isinstance(vectors, list)
    assert vectors
    return vectors
