"""Static files: kept for ever under the hash of their content, and small on the wire."""

from functools import lru_cache
from pathlib import Path

import brotli
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

HASH_LENGTH = 12
TEXTS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@lru_cache(maxsize=64)
def _compressed(path: Path, _changed_ns: int) -> bytes:
    """Compress a text as much as can be, once: it is asked for by every new tablet."""
    packed: bytes = brotli.compress(path.read_bytes(), quality=11)
    return packed


class HashedStatic(StaticFiles):
    """Serves `/static/<hash>/<path>`: the address follows the content, so it is kept for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Serve the file behind the hash, compressed by Brotli to whoever takes it."""
        digest, _, name = path.partition("/")
        response = await super().get_response(name, scope)
        found, stat = self.lookup_path(name)
        kind = TEXTS.get(Path(found).suffix)
        if kind and stat and response.status_code == 200 and _takes_brotli(scope):
            etag = response.headers["etag"]
            response = Response(
                _compressed(Path(found), stat.st_mtime_ns),
                headers={
                    "Content-Type": kind,
                    "Content-Encoding": "br",
                    "Vary": "Accept-Encoding",
                    "ETag": f'{etag[:-1]}-br"',
                },
            )
        if len(digest) == HASH_LENGTH:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _takes_brotli(scope: Scope) -> bool:
    accepted = Headers(scope=scope).get("accept-encoding", "")
    return "br" in [one.split(";")[0].strip() for one in accepted.split(",")]
