"""The arguments of `genchi keys` and the words of its answers; light, for every start of the program reads it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Answer = tuple[Mapping[str, Any], str]
"""What `--json` prints, and what people read."""
Add = Callable[[str, Callable[[argparse.Namespace], Answer], str], argparse.ArgumentParser]
_ROLES = ("viewer", "operator", "engineer", "admin", "device", "gateway", "controller")


def add_verbs(add: Add) -> None:
    """Declare the verbs: `add` takes a name, what answers it, and its help."""
    add("list", _list, "who is enrolled, and who was revoked")

    one = add("new", _new, "make keys for a person, a device or a gateway, and enrol them here")
    one.add_argument("name", help="such as anna@press-shop-3, or st080.r1")
    _identity_options(one)
    one.add_argument("-o", "--output", metavar="FILE", help="where the secret file goes; else NAME.keys.toml here")
    one.add_argument("--sealed", action="store_true", help="seal the file by a password")

    one = add("enrol", _enrol, "admit keys that were made elsewhere")
    one.add_argument("name")
    one.add_argument("public", help="its public key, as genchi keys list prints it there")
    one.add_argument("--signing", default="", metavar="KEY", help="its public signing key; without it, it signs nothing")
    _identity_options(one)

    one = add("revoke", _revoke, "admit somebody no longer; running gateways cut the connection within a second")
    one.add_argument("name")

    one = add("seal", _seal, "seal your own keys by a password, or change it")
    one.add_argument("--remember", action="store_true", help="let the system's store of passwords remember it (package keyring)")
    one.add_argument("--open", action="store_true", dest="opened", help="leave them open again")

    one = add("audit", _audit, "whether the audit of a gateway is whole: nothing edited, cut or written anew")
    one.add_argument("gateway")
    one.add_argument("--heads", type=Path, metavar="FILE", help="the signed heads, where they are kept elsewhere")


def _identity_options(one: argparse.ArgumentParser) -> None:
    one.add_argument("--role", choices=_ROLES, default="viewer")
    one.add_argument("--channels", action="append", default=[], metavar="GLOB", help="what a device may send; may be repeated")
    one.add_argument("--person", default="", help="whose keys these are, where one person has several")


def _list(arguments: argparse.Namespace) -> Answer:
    from viewer.cli_enrolment import list_keys

    rows = list_keys()
    widths = [max((len(str(row[key])) for row in rows), default=0) for key in ("user", "role", "state")]
    lines = [
        f"{row['user']:<{widths[0]}}  {row['role']:<{widths[1]}}  {row['state']:<{widths[2]}}  {row['public']}" for row in rows
    ]
    return {"keys": rows}, "\n".join(lines) or "nobody is enrolled yet; the first genchi demo makes your own keys"


def _new(arguments: argparse.Namespace) -> Answer:
    from viewer.cli_enrolment import make_keys

    output = Path(arguments.output) if arguments.output else None
    made = make_keys(arguments.name, arguments.role, arguments.channels, output, sealed=arguments.sealed, person=arguments.person)
    return made, f"{made['user']} is enrolled as {made['role']}; carry this file to it and keep no copy: {made['file']}"


def _enrol(arguments: argparse.Namespace) -> Answer:
    from viewer.cli_enrolment import enrol_keys

    row = enrol_keys(arguments.name, arguments.public, arguments.signing, arguments.role, arguments.channels, arguments.person)
    return row, f"{row['user']} is enrolled as {row['role']}"


def _revoke(arguments: argparse.Namespace) -> Answer:
    from viewer.cli_enrolment import revoke_keys

    row = revoke_keys(arguments.name)
    return row, f"{row['user']} is revoked; running gateways cut its connection within a second"


def _seal(arguments: argparse.Namespace) -> Answer:
    from viewer.cli_enrolment import seal_own

    result = seal_own(opened=arguments.opened, remembered=arguments.remember)
    return result, f"your keys are {'sealed' if result['sealed'] else 'open to your account on this machine'}: {result['file']}"


def _audit(arguments: argparse.Namespace) -> Answer:
    from viewer.cli_enrolment import check_audit

    result = check_audit(arguments.gateway, arguments.heads)
    lines = [f"{one['kind']}: {one['what']}" for one in result["findings"]]
    return result, "\n".join(lines) or f"the audit of {result['gateway']} is whole, by {result['heads']} signed heads"
