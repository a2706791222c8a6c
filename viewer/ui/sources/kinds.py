"""What the wizard asks for each kind of source, and what becomes of the answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Asked:
    """One field of the form."""

    key: str
    """Of the [[source]] table."""
    label: str
    like: str
    """Shown in the empty field."""
    needed: bool = True
    choices: tuple[str, ...] = ()
    is_file: bool = False


@dataclass(frozen=True, slots=True)
class SourceForm:
    """A kind as people know it."""

    kind: str
    title: str
    asked: tuple[Asked, ...]


_LOGIN: Final = (
    Asked("user", "User", "only where the server asks for one", needed=False),
    Asked(
        "password_file",
        "Password's file",
        "a file with the password; none stands in the configuration",
        needed=False,
        is_file=True,
    ),
)
_SECURITY: Final = ("Basic256Sha256", "Aes256", "Aes128", "None")
FORMS: Final = (
    SourceForm(
        "opcua",
        "OPC UA server",
        (Asked("url", "Address", "opc.tcp://192.168.1.20:4840"), Asked("security", "Security", "", choices=_SECURITY), *_LOGIN),
    ),
    SourceForm("mqtt", "MQTT broker, plain topics", (Asked("broker", "Broker", "mqtt://broker:1883"), *_LOGIN)),
    SourceForm("sparkplug", "MQTT broker, Sparkplug B", (Asked("broker", "Broker", "mqtt://broker:1883"), *_LOGIN)),
    SourceForm(
        "mtconnect",
        "MTConnect agent or adapter",
        (
            Asked("address", "Address", "http://agent:5000, or shdr://adapter:7878"),
            Asked("devices", "Device model", "Devices.xml; for an adapter", needed=False, is_file=True),
        ),
    ),
    SourceForm("csv", "CSV file", (Asked("file", "File", "recording.csv, or a folder of them", is_file=True),)),
    SourceForm("parquet", "Parquet file", (Asked("file", "File", "recording.parquet", is_file=True),)),
    SourceForm("curves", "JSON curves", (Asked("file", "File", "curves.json, or a folder of them", is_file=True),)),
    SourceForm("mat", "MATLAB file", (Asked("file", "File", "recording.mat", is_file=True),)),
)


def known_forms() -> tuple[SourceForm, ...]:
    """Those whose kind this program has."""
    from viewer.edge.sources import KINDS

    return tuple(one for one in FORMS if one.kind in KINDS)


def keys_of(form: SourceForm, answers: dict[str, str], folder: Path) -> dict[str, str]:
    """The keys to write: empty ones left out, files relative to the configuration's folder where they lie below it."""
    found: dict[str, str] = {}
    for one in form.asked:
        text = answers.get(one.key, "").strip()
        if one.is_file and text:
            path = Path(text).expanduser()
            text = str(path.relative_to(folder)) if path.is_absolute() and path.is_relative_to(folder) else text
        if text:
            found[one.key] = text
    return found
