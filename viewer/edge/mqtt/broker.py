"""How a broker is reached, as a source's table says it: address, session, login, TLS and last will."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, cast
from urllib.parse import urlsplit

from viewer.base.errors import UserMistake
from viewer.edge.tables import Table

Protocol = Literal["5", "3.1.1"]
_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}
_LIKE: Final = "mqtt://HOST[:PORT], or mqtts://HOST[:PORT] for TLS; a login stands in keys of its own"


@dataclass(frozen=True, slots=True)
class Tls:
    """[source.tls]: whom to trust, and our own certificate; without it the system's authorities are trusted."""

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Will:
    """[source.will]: what the broker says in our place when we are gone without a word."""

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = True


@dataclass(frozen=True, slots=True)
class Login:
    """User and where the password stands; never in the configuration itself."""

    user: str = ""
    password_file: Path | None = None
    password_env: str = ""

    def password(self) -> str | None:
        """Read anew each time. Raises UserMistake where it is not there."""
        if self.password_env:
            value = os.environ.get(self.password_env)
            if value is None:
                raise UserMistake(f"the environment has no variable {self.password_env} with the broker's password")
            return value
        if self.password_file is None:
            return None
        try:
            return self.password_file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise UserMistake(f"the broker's password can't be read ({_why(error)}): {self.password_file}") from error


@dataclass(frozen=True, slots=True)
class Broker:
    """One broker and how we come to it."""

    host: str
    port: int
    tls: Tls | None = None
    protocol: Protocol = "5"
    client_id: str = ""
    keep_session: bool = False
    """Whether the broker keeps what it could not deliver; wants a client id."""
    keep_alive_s: int = 10
    login: Login = Login()
    will: Will | None = None

    @property
    def called(self) -> str:
        """As people read it."""
        return f"the broker {self.host}:{self.port}"

    def context(self) -> ssl.SSLContext | None:
        """For TLS; names and chains are always checked. Raises UserMistake where a file is not what it should be."""
        if self.tls is None:
            return None
        try:
            context = ssl.create_default_context(cafile=str(self.tls.ca_file) if self.tls.ca_file else None)
            if self.tls.cert_file is not None:
                context.load_cert_chain(self.tls.cert_file, self.tls.key_file)
        except OSError as error:  # ssl.SSLError is one
            files = ", ".join(str(one) for one in (self.tls.ca_file, self.tls.cert_file, self.tls.key_file) if one)
            raise UserMistake(f"the certificates for {self.called} can't be read ({_why(error)}): {files}") from error
        return context

    def check(self) -> None:
        """Raises UserMistake for what a person can mend before anything is connected."""
        try:
            import paho.mqtt.client as _client
        except ImportError as error:
            raise UserMistake("sources of MQTT and Sparkplug need the extra mqtt: pip install 'genchi[mqtt]'") from error
        del _client
        self.context()
        self.login.password()


def open_password(broker: Broker) -> str:
    """A warning to add to a sentence where a password goes over a network that others can hear."""
    loopback = broker.host in ("localhost", "::1") or broker.host.startswith("127.")
    return (
        " (its password goes there unencrypted: use mqtts)" if broker.login.user and broker.tls is None and not loopback else ""
    )


def read_broker(table: Table, *, wills: bool = True) -> Broker:
    """Keys: broker, protocol, client_id, keep_session, keep_alive_s, user, password_file, password_env, tls, will."""
    address = table.text("broker", like=_LIKE)
    scheme, host, port = _address(address, table)
    inner = table.table("tls")
    tls = _tls(inner) if inner is not None else Tls() if scheme == "mqtts" else None
    client_id = table.text("client_id", "", most=65_535)
    keep_session = table.flag("keep_session", False)
    if keep_session and not client_id:
        raise table.wrong("client_id", "needed with keep_session, so that the broker knows us again")
    inner = table.table("will") if wills else None
    return Broker(
        host=host,
        port=port or _PORTS["mqtts" if tls is not None else "mqtt"],
        tls=tls,
        protocol=cast(Protocol, table.choice("protocol", ("5", "3.1.1"), "5")),
        client_id=client_id,
        keep_session=keep_session,
        keep_alive_s=table.whole("keep_alive_s", 10, low=1, high=65_535),
        login=_login(table),
        will=None if inner is None else _will(inner),
    )


def _address(address: str, table: Table) -> tuple[str, str, int | None]:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise table.wrong("broker", _LIKE) from None
    bare = not parts.path.strip("/") and not parts.query and not parts.fragment and parts.username is None
    if parts.scheme not in _PORTS or not parts.hostname or not bare:
        raise table.wrong("broker", _LIKE)
    return parts.scheme, parts.hostname, port


def _tls(table: Table) -> Tls:
    ca_file, cert_file, key_file = (table.path(key) if table.has(key) else None for key in ("ca_file", "cert_file", "key_file"))
    table.close()
    return Tls(ca_file, cert_file, key_file)


def _login(table: Table) -> Login:
    user = table.text("user", "")
    file = table.path("password_file") if table.has("password_file") else None
    variable = table.text("password_env", "", pattern=r"[A-Za-z_][A-Za-z0-9_]*|", like="the name of an environment variable")
    if file is not None and variable:
        raise table.wrong("password_env", "one of password_file and password_env, not both")
    if (file is not None or variable) and not user:
        raise table.wrong("user", "needed with a password")
    return Login(user, file, variable)


def _will(table: Table) -> Will:
    topic = table.text("topic", pattern=r"[^+#\x00]{1,1000}", like="a topic without wildcards")
    payload = table.text("payload", "").encode()
    will = Will(topic, payload, table.whole("qos", 1, high=2), table.flag("retain", True))
    table.close()
    return will


def _why(error: OSError | ValueError) -> str:
    return str(getattr(error, "strerror", None) or error)
