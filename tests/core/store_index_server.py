"""A package index on localhost for the store's tests: it counts requests, and cuts or garbles files on demand."""

import hashlib
import io
import re
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MEMBERS = {"tiny/words.txt": b"backpropagation\n" * 40_000, "tiny-1.0.dist-info/LICENSE": b"MIT\n"}
ARCHIVE = "tiny-1.0-py3-none-any.whl"


def wheel(members: dict[str, bytes] = MEMBERS) -> bytes:
    """Return a wheel, not compressed, so that it takes several chunks to send."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in members.items():
            archive.writestr(zipfile.ZipInfo(path), content)
    return buffer.getvalue()


def entry(archive: bytes, members: dict[str, bytes] = MEMBERS, /, **changes: str) -> str:
    """Return the table's entry for the wheel."""
    fields = {
        "title": "Tiny", "what": "words", "package": "tiny", "version": "1.0", "archive": ARCHIVE,
        "sha256": hashlib.sha256(archive).hexdigest(), "license": "MIT", "terms": "none", "authors": "nobody",
        "origin": "http://localhost/", "used_for": "tests",
    } | changes  # fmt: skip
    lines = [f"{key} = {value!r}" for key, value in fields.items()]
    files = [
        f"{{ path = {path!r}, sha256 = '{hashlib.sha256(data).hexdigest()}', bytes = {len(data)} }}"
        for path, data in members.items()
    ]
    return "\n".join(["[tiny]", *lines, f"bytes = {len(archive)}", f"files = [{', '.join(files)}]", ""])


class IndexServer(ThreadingHTTPServer):
    """Serves the wheel; `cuts` holds how many bytes each of the next answers sends before the line breaks."""

    daemon_threads = True

    def __init__(self, archive: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.archive = archive
        self.ranges = True
        self.cuts: list[int] = []
        self.asked: list[int] = []  # first byte of each request for the archive
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/simple"


class _Handler(BaseHTTPRequestHandler):
    server: IndexServer

    def do_GET(self) -> None:
        if self.path.endswith(ARCHIVE):
            self._archive()
        elif self.path == "/simple/tiny/":
            page = f"<!doctype html><a href='/files/{ARCHIVE}' data-requires-python='&lt;3'>{ARCHIVE}</a>".encode()
            self._answer(200, page, {"Content-Type": "text/html"})
        else:
            self._answer(404, b"")

    def _archive(self) -> None:
        asked = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        self.server.asked.append(int(asked[1]) if asked else 0)
        data = self.server.archive
        if not (asked and self.server.ranges):
            return self._answer(200, data)
        start = int(asked[1])
        if start >= len(data):
            return self._answer(416, b"")
        return self._answer(206, data[start:], {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"})

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if status in (200, 206) and self.path.endswith(ARCHIVE) and self.server.cuts:
            body = body[: self.server.cuts.pop(0)]
            self.close_connection = True
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
