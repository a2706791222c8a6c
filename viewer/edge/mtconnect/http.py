"""An agent over HTTP: one document by request, or a stream of them (multipart/x-mixed-replace), within bounds."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from viewer.edge.mtconnect.bounded_xml import MOST_BYTES, Malformed
from viewer.edge.mtconnect.kind import MTConnectConfig
from viewer.edge.mtconnect.machine import Gone

_LONGEST_HEADER: Final = 8_192
_MOST_HEADERS: Final = 50


class Request:
    """One request and its answer; a context that closes the connection."""

    def __init__(self, config: MTConnectConfig, what: str, *, timeout_s: float) -> None:
        """Raises Gone or OSError."""
        if config.scheme == "https":
            context = ssl.create_default_context()
            self.connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                config.host, config.port, timeout=timeout_s, context=context
            )
        else:
            self.connection = http.client.HTTPConnection(config.host, config.port, timeout=timeout_s)
        device = f"/{quote(config.device, safe='')}" if config.device else ""
        self._path = f"{config.path}{device}/{what}"
        try:
            self.connection.request("GET", self._path, headers={"Accept": "application/xml, text/xml, multipart/x-mixed-replace"})
            self.response = self.connection.getresponse()
        except (http.client.HTTPException, OSError) as error:
            self.connection.close()
            raise Gone(_words(error)) from error
        if self.response.status >= 500 or self.response.status in (401, 403):
            self.connection.close()
            raise Gone(f"it answers {self.response.status} {self.response.reason} to {self._path}")

    def __enter__(self) -> Request:
        return self

    def __exit__(self, *words: object) -> None:
        self.connection.close()

    def document(self) -> bytes:
        """The whole answer. Raises Gone, Malformed or OSError."""
        try:
            data = self.response.read(MOST_BYTES + 1)
        except http.client.HTTPException as error:
            raise Gone(_words(error)) from error
        if len(data) > MOST_BYTES:
            raise Malformed(f"its answer to {self._path} has more than {MOST_BYTES} bytes")
        return data

    def boundary(self) -> bytes | None:
        """What stands between the documents of a stream; None where the answer is a single one."""
        if self.response.headers.get_content_type() != "multipart/x-mixed-replace":
            return None
        text = self.response.headers.get_param("boundary")
        if not isinstance(text, str) or not text or len(text) > 200:
            raise Malformed("its stream has no boundary")
        return b"--" + text.removeprefix("--").encode("latin-1", "replace")

    def documents(self, boundary: bytes) -> Iterator[bytes]:
        """The documents of a stream, as they come. Raises Gone, Malformed or OSError (silence longer than the time-out)."""
        try:
            while self._at_boundary(boundary):
                yield self._part()
        except http.client.HTTPException as error:
            raise Gone(_words(error)) from error

    def _at_boundary(self, boundary: bytes) -> bool:
        for _ in range(_MOST_HEADERS):
            line = self._line()
            if not line:
                return False
            text = line.strip()
            if text == boundary:
                return True
            if text == boundary + b"--":
                return False
            if text:
                break
        raise Malformed("its stream has something else where a boundary should be")

    def _part(self) -> bytes:
        length: int | None = None
        for _ in range(_MOST_HEADERS):
            line = self._line().strip()
            if not line:
                break
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"content-length" and value.strip().isdigit() and len(value) < 20:
                length = int(value)
        if length is None or length > MOST_BYTES:
            raise Malformed("a document of its stream has no length, or too great a one")
        parts: list[bytes] = []
        while length:
            data = self.response.read(min(length, 1 << 20))
            if not data:
                raise Gone("its stream ended within a document")
            parts.append(data)
            length -= len(data)
        return b"".join(parts)

    def _line(self) -> bytes:
        line = self.response.readline(_LONGEST_HEADER)
        if len(line) >= _LONGEST_HEADER:
            raise Malformed("its stream has a header that is too long")
        return line


def _words(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error) or type(error).__name__
