"""Serves static files directly from their packages: compressed, and cached by browsers.

There is no collectstatic. In templates, the address of a file has a version, which is a digest of
its contents. The file at that address never changes, so a browser need not ask again.
"""

import gzip
import hashlib
import io
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from whitenoise import WhiteNoise
from whitenoise.responders import Response, StaticFile

_SMALLEST_TO_COMPRESS_BYTES = 1_000
_COMPRESSIBLE = ("text/", "application/json", "image/svg", "application/javascript")
_FOR_EVER = "max-age=31536000, public, immutable"
_ICON = "pages/icon.svg"


class VersionedStaticFiles(StaticFilesStorage):
    """Makes the versioned addresses for templates."""

    def url(self, name: str | None, force: bool = False) -> str:
        address = super().url(name)
        path = finders.find(name or "")
        return f"{address}?v={_version_of(Path(path))}" if isinstance(path, str) else address


class CompressedFile(StaticFile):
    """A file that is compressed in memory when the first browser requests that."""

    def __init__(self, path: str, headers: Any, *_: Any, **__: Any) -> None:
        super().__init__(path, headers)  # type: ignore[no-untyped-call]
        self._path = Path(path)
        self._type = dict(headers).get("Content-Type", "")

    def get_response(self, method: str, request_headers: dict[str, str]) -> Response:
        response = super().get_response(method, request_headers)  # type: ignore[no-untyped-call]
        headers = dict(response.headers)
        if request_headers.get("QUERY_STRING") == f"v={_version_of(self._path)}":
            headers["Cache-Control"] = _FOR_EVER
        if self._compressed is not None:
            headers["Vary"] = "Accept-Encoding"
        content = response.file
        if response.status == 200 and self._compressed and _takes_gzip(request_headers):
            headers["Content-Encoding"] = "gzip"
            headers["Content-Length"] = str(len(self._compressed))
            if content is not None:
                content.close()
                content = io.BytesIO(self._compressed)
        return Response(response.status, list(headers.items()), content)  # type: ignore[no-untyped-call]

    @cached_property
    def _compressed(self) -> bytes | None:
        if not self._type.startswith(_COMPRESSIBLE):
            return None
        content = self._path.read_bytes()
        if len(content) < _SMALLEST_TO_COMPRESS_BYTES:
            return None
        return gzip.compress(content, compresslevel=6, mtime=0)


class StaticFiles(WhiteNoise):
    """Lists all files once, at the start. For other requests this costs one dictionary lookup."""

    def __init__(self, application: Any) -> None:
        super().__init__(application, allow_all_origins=False)
        for finder in finders.get_finders():
            for path, storage in finder.list([]):
                url = f"{settings.STATIC_URL}{path}"
                if url not in self.files:  # the first finder wins, as in templates
                    self.add_file_to_dictionary(url, storage.path(path))  # type: ignore[no-untyped-call]
        self.files["/favicon.ico"] = self.files[f"{settings.STATIC_URL}{_ICON}"]

    def get_static_file(self, path: str, url: str, stat_cache: Any = None) -> CompressedFile:
        plain = super().get_static_file(path, url, stat_cache)  # type: ignore[no-untyped-call]
        _, _, headers = plain.alternatives[0]
        return CompressedFile(path, headers)


@cache
def _version_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _takes_gzip(request_headers: dict[str, str]) -> bool:
    """Whether Accept-Encoding contains gzip with a weight other than 0."""
    for part in request_headers.get("HTTP_ACCEPT_ENCODING", "").split(","):
        coding, _, weight = part.replace(" ", "").partition(";")
        if coding.lower() == "gzip":
            return weight.lower() not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
