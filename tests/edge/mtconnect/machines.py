"""An adapter and an agent of the tests' own: SHDR over TCP as it was recorded, and an agent's documents over HTTP."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import quoteattr


class Adapter:
    """Listens, says to each client what it is given, and answers its pings."""

    def __init__(self, *, heartbeat_ms: int | None = 1000, greeting: bytes = b"") -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.server.getsockname()[1])
        self.heartbeat_ms, self.greeting = heartbeat_ms, greeting
        self.clients: list[socket.socket] = []
        self.come = threading.Event()
        self.pings = 0
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def say(self, data: bytes) -> None:
        """To the newest client, once there is one."""
        assert self.come.wait(5.0)
        self.clients[-1].sendall(data)

    def drop(self) -> None:
        """Close the newest connection."""
        self.clients[-1].shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.server.close()
        for one in self.clients:
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            if self.greeting:
                client.sendall(self.greeting)
            self.clients.append(client)
            self.come.set()
            thread = threading.Thread(target=self._hear, args=(client,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _hear(self, client: socket.socket) -> None:
        try:
            while data := client.recv(1000):
                self.pings += data.count(b"* PING")
                if self.heartbeat_ms is not None:
                    client.sendall(f"* PONG {self.heartbeat_ms}\r\n".encode())
        except OSError:
            return


@dataclass(frozen=True)
class Said:
    """One observation that the agent has: element, data item, time, text, further attributes."""

    element: str
    item: str
    time: str
    text: str
    more: str = ""


@dataclass
class Agent:
    """A buffer with sequence numbers, asked by probe, current and sample as the standard describes it."""

    model: bytes
    instance: int = 7
    first: int = 1
    said: list[Said] = field(default_factory=list[Said])
    streams: bool = True
    asked: list[str] = field(default_factory=list[str])
    changed: threading.Condition = field(default_factory=threading.Condition)
    ended: bool = False
    opened: int = 0
    """How many streams have begun."""

    def __post_init__(self) -> None:
        agent = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version: ClassVar[str] = "HTTP/1.1"

            def do_GET(self) -> None:
                agent.answer(self)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = int(self.server.server_address[1])
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def say(self, *said: Said) -> None:
        with self.changed:
            self.said += said
            self.changed.notify_all()

    def close(self) -> None:
        self.end_streams()
        self.server.shutdown()
        self.server.server_close()

    def end_streams(self) -> None:
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    @property
    def next(self) -> int:
        return self.first + len(self.said)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        self.asked.append(request.path)
        what, words = parts.path.rpartition("/")[2], parse_qs(parts.query)
        if what == "probe":
            _send(request, self.model)
        elif what == "current":
            with self.changed:
                newest = {one.item: (number, one) for number, one in enumerate(self.said, self.first)}
                _send(request, self.document(list(newest.values())))
        elif self.streams:
            self._stream(request, int(words["from"][0]))
        else:
            _send(request, self._sample(int(words["from"][0])))

    def _sample(self, start: int) -> bytes:
        with self.changed:
            if not self.first <= start <= self.next:
                return _error("OUT_OF_RANGE", f"'from' must be between {self.first} and {self.next}")
            return self.document([(number, one) for number, one in enumerate(self.said, self.first) if number >= start])

    def _stream(self, request: BaseHTTPRequestHandler, start: int) -> None:
        request.send_response(200)
        request.send_header("Content-Type", 'multipart/x-mixed-replace;boundary="3b1f"')
        request.send_header("Connection", "close")
        request.end_headers()
        with self.changed:
            self.ended = False
            self.opened += 1
        while not self.ended:
            document = self._sample(start)
            head = f"\r\n--3b1f\r\nContent-type: text/xml\r\nContent-length: {len(document)}\r\n\r\n"
            try:
                request.wfile.write(head.encode() + document)
                request.wfile.flush()
            except OSError:
                break
            with self.changed:
                start = self.next
                self.changed.wait_for(lambda start=start: self.ended or self.next > start, 0.3)
        request.close_connection = True

    def document(self, observed: list[tuple[int, Said]]) -> bytes:
        rows = "".join(
            f"<{one.element} dataItemId={quoteattr(one.item)} sequence='{number}' timestamp='{one.time}' {one.more}>"
            f"{one.text}</{one.element}>"
            for number, one in observed
        )
        header = f"<Header instanceId='{self.instance}' firstSequence='{self.first}' nextSequence='{self.next}'/>"
        parts = ("<Streams>", "<DeviceStream name='M'>", "<ComponentStream component='X'>", "<Samples>")
        ends = "".join(f"</{one[1:].split()[0].rstrip('>')}>" for one in reversed(parts))
        return (
            "<?xml version='1.0'?><MTConnectStreams xmlns='urn:mtconnect.org:MTConnectStreams:2.0'>"
            f"{header}{''.join(parts)}{rows}{ends}</MTConnectStreams>"
        ).encode()


def _error(code: str, text: str) -> bytes:
    errors = f"<Errors><Error errorCode='{code}'>{text}</Error></Errors>"
    return f"<MTConnectError><Header instanceId='7'/>{errors}</MTConnectError>".encode()


def _send(request: BaseHTTPRequestHandler, data: bytes) -> None:
    request.send_response(200)
    request.send_header("Content-Type", "text/xml")
    request.send_header("Content-Length", str(len(data)))
    request.end_headers()
    request.wfile.write(data)


MODEL = b"""<?xml version="1.0"?>
<MTConnectDevices xmlns="urn:mtconnect.org:MTConnectDevices:2.0"><Header instanceId="7"/><Devices>
<Device id="m" name="M" uuid="M1"><DataItems>
  <DataItem id="avail" type="AVAILABILITY" category="EVENT"/>
</DataItems><Components><Axes id="a" name="base"><Components>
  <Linear id="x" name="X"><DataItems>
    <DataItem id="xp" name="Xact" type="POSITION" subType="ACTUAL" category="SAMPLE" units="MILLIMETER" nativeUnits="INCH"/>
    <DataItem id="xf" name="Xfrt" type="AXIS_FEEDRATE" category="SAMPLE" units="MILLIMETER/SECOND"
      nativeUnits="MILLIMETER/MINUTE"/>
    <DataItem id="xt" name="Xtemp" type="TEMPERATURE" category="SAMPLE" units="CELSIUS" nativeUnits="FAHRENHEIT"/>
    <DataItem id="xl" name="Xload" type="LOAD" category="SAMPLE" units="PERCENT" nativeUnits="PERCENT" nativeScale="100"/>
    <DataItem id="xv" name="Xvib" type="ACCELERATION" category="SAMPLE" units="MILLIMETER/SECOND^2"
      representation="TIME_SERIES"/>
    <DataItem id="xc" name="Xcond" type="POSITION" category="CONDITION"/>
  </DataItems></Linear></Components></Axes>
  <Path id="p" name="path"><DataItems>
    <DataItem id="ex" name="exec" type="EXECUTION" category="EVENT"/>
    <DataItem id="pp" name="Ppos" type="PATH_POSITION" category="SAMPLE" units="MILLIMETER_3D"><Source>cnc_pos</Source></DataItem>
    <DataItem id="pc" name="parts" type="PART_COUNT" category="EVENT"/>
    <DataItem id="pr" name="program" type="PROGRAM" category="EVENT"/>
    <DataItem id="vars" type="VARIABLE" category="EVENT" representation="DATA_SET"/>
    <DataItem id="msg" type="MESSAGE" category="EVENT"/>
  </DataItems></Path></Components></Device></Devices></MTConnectDevices>"""


def model_file(folder: Path) -> Path:
    """The model as a file."""
    file = folder / "Devices.xml"
    file.write_bytes(MODEL)
    return file
