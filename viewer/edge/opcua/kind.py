"""The kind `opcua` of a source: one OPC UA server, how it is spoken to, and which of its nodes become channels."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from viewer.base.errors import UserMistake
from viewer.base.paths import config_dir, data_dir
from viewer.edge.browsing import BrowseNode
from viewer.edge.kind import Place, SourceConfig, common
from viewer.edge.source import Source
from viewer.edge.tables import Table
from viewer.edge.tags import Tag, read_tags

POLICIES: Final = {
    "None": "None",
    "Basic256Sha256": "Basic256Sha256",
    "Aes128": "Aes128Sha256RsaOaep",
    "Aes256": "Aes256Sha256RsaPss",
}
"""What `security` may be, and the policy's name at the end of its URI (OPC 10000-7)."""
MODES: Final = ("Sign", "SignAndEncrypt")
_NO_PASSWORD = "a password stands in no configuration: name password_file or password_env"
_LONGEST_PASSWORD = 1000


@dataclass(frozen=True, slots=True)
class Security:
    """How the channel is protected and who the two ends are."""

    policy: str = "Basic256Sha256"
    """A key of POLICIES."""
    mode: str = "SignAndEncrypt"
    certificate: Path | None = None
    """Of this gateway, DER or PEM; None makes one on first use."""
    key: Path | None = None
    trusted: Path | None = None
    """Folder of the certificates of servers, or of those who issue them; None takes the user's."""

    @property
    def trusted_folder(self) -> Path:
        """Where certificates of trusted servers lie."""
        return self.trusted or config_dir() / "opcua" / "trusted"

    @property
    def own_folder(self) -> Path:
        """Where the certificate lies that is made on first use."""
        return data_dir() / "opcua" / "own"


@dataclass(frozen=True, slots=True)
class Login:
    """A user of the server; the password is read where it is needed, and never kept or written."""

    user: str
    file: Path | None = None
    variable: str = ""

    def password(self) -> str:
        """Raises UserMistake where it isn't there."""
        if self.file is None:
            if self.variable not in os.environ:
                raise UserMistake(f"the environment variable {self.variable} with the password of {self.user} is not set")
            return os.environ[self.variable]
        try:
            text = self.file.read_text(encoding="utf-8")
        except (OSError, UnicodeError) as error:
            raise UserMistake(f"the password of {self.user} can't be read ({_reason(error)}): {self.file}") from error
        if len(text) > _LONGEST_PASSWORD:
            raise UserMistake(f"a password has at most {_LONGEST_PASSWORD} characters: {self.file}")
        return text.removesuffix("\n").removesuffix("\r")


@dataclass(frozen=True, kw_only=True)
class OpcUaConfig(SourceConfig):
    """One server. `publishing_ms` and `sampling_ms` are asked for; a server may revise them."""

    kind: str = "opcua"
    name: str = "opcua"
    url: str
    security: Security = field(default_factory=Security)
    login: Login | None = None
    publishing_ms: float = 250.0
    sampling_ms: float = 100.0
    queue_size: int = 100
    uncertain_is_good: bool = False
    history: bool = True
    """Whether the server's own history fills what was missed."""
    repeat: bool = True
    """Whether measurements that don't change are repeated every `period_s` while the server says that they still stand."""
    results: tuple[ResultTag, ...] = ()

    def make(self) -> Source:
        """The source. Raises UserMistake where the extra is missing."""
        need_extra()
        from viewer.edge.opcua.source import OpcUaSource

        return OpcUaSource(self)

    def browse(self, path: tuple[str, ...] = ()) -> tuple[BrowseNode, ...]:
        """What lies below these names, from Objects on; waits for the server. Raises GenchiError with a sentence."""
        need_extra()
        from viewer.edge.opcua.browse import browse

        return browse(self, path)


@dataclass(frozen=True, slots=True)
class ResultTag:
    """A system that reports results of joining (OPC 40450): which of its values and curves become channels."""

    path: str
    """Of the joining system, or of the object that sends its events."""
    channel: str
    """Put before the name of each value and curve."""


def need_extra() -> None:
    """Raises UserMistake where asyncua isn't installed."""
    if find_spec("asyncua") is None:
        raise UserMistake("OPC UA needs the extra «opcua» (asyncua): install it with pip install 'genchi[opcua]'")


def read(table: Table, place: Place) -> SourceConfig:
    """Keys: url, security, mode, certificate, key, trusted, user, password_file, password_env, publishing_ms, sampling_ms,
    queue_size, uncertain, history, repeat, tag, result."""
    kind, name = common(table)
    config = OpcUaConfig(
        kind=kind,
        name=name,
        url=read_url(table),
        security=_security(table),
        login=_login(table),
        publishing_ms=table.number("publishing_ms", 250.0, low=10.0, high=60_000.0),
        sampling_ms=table.number("sampling_ms", 100.0, low=0.0, high=3_600_000.0),
        queue_size=table.whole("queue_size", 100, low=1, high=100_000),
        uncertain_is_good=table.choice("uncertain", ("good", "bad"), "bad") == "good",
        history=table.flag("history", True),
        repeat=table.flag("repeat", True),
        results=tuple(_result(one) for one in table.tables("result")),
        tags=read_tags(table),
    )
    _check_addresses(table, config.tags)
    return config


def read_url(table: Table) -> str:
    """opc.tcp://host:port/path without a user. Raises UserMistake."""
    url = table.text("url", pattern=r"opc\.tcp://[^\s]+", like="like opc.tcp://192.168.1.20:4840")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
        parts = urlsplit("")
    if "@" in parts.netloc:
        raise UserMistake(f"{table.where}: url names a user; write the key user instead, and {_NO_PASSWORD}")
    if not host:
        raise table.wrong("url", "like opc.tcp://192.168.1.20:4840")
    return url if parts.port is not None else parts._replace(netloc=f"{parts.netloc.rstrip(':')}:4840").geturl()


def _security(table: Table) -> Security:
    policy = table.choice("security", tuple(POLICIES), "Basic256Sha256")
    if policy == "None" and table.has("mode"):
        raise UserMistake(f"{table.where}: where security is None there is no mode: take it out, or name a security")
    security = Security(
        policy=policy,
        mode=table.choice("mode", MODES, "SignAndEncrypt"),
        certificate=table.path("certificate") if table.has("certificate") else None,
        key=table.path("key") if table.has("key") else None,
        trusted=table.path("trusted") if table.has("trusted") else None,
    )
    if (security.certificate is None) != (security.key is None):
        raise UserMistake(f"{table.where}: certificate and key go together: name both, or none to have them made")
    return security


def _login(table: Table) -> Login | None:
    if table.has("password"):
        raise UserMistake(f"{table.where}: {_NO_PASSWORD}")
    named = [key for key in ("password_file", "password_env") if table.has(key)]
    if not table.has("user"):
        if named:
            raise UserMistake(f"{table.where}: {named[0]} needs user, whose password it is")
        return None
    user = table.text("user", pattern=r".+", like="the name of a user of the server", most=200)
    if len(named) != 1:
        raise UserMistake(f"{table.where}: user needs password_file or password_env, one of the two")
    if named[0] == "password_file":
        return Login(user, file=table.path("password_file"))
    return Login(user, variable=table.text("password_env", pattern=r"[A-Za-z_][A-Za-z0-9_]*", like="the name of a variable"))


def _result(table: Table) -> ResultTag:
    one = ResultTag(
        table.text("path", pattern=r".+", like="the path of a joining system, such as Objects/Machines/TighteningSystem"),
        table.text("channel", pattern=r"[^\s\x00-\x1f].{0,99}", like="what stands before its channels, such as st080.r1."),
    )
    table.close()
    return one


def _check_addresses(table: Table, tags: tuple[Tag, ...]) -> None:
    from viewer.edge.opcua.addresses import parse

    for tag in tags:
        try:
            parse(tag.tag)
        except UserMistake as mistake:
            raise UserMistake(f"{table.where}: {mistake}") from mistake


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or "it is no text in UTF-8"
