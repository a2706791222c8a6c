"""asyncua's protocol words and client, imported once: its own annotations refuse the plain numbers and texts that it takes."""

from __future__ import annotations

import logging
from importlib import import_module
from typing import Any, Final

# asyncua writes whole requests at level debug, passwords among them, and each failed attempt at higher levels: what people
# should know of it is told by the source, once.
logging.getLogger("asyncua").setLevel(logging.CRITICAL + 1)

ua: Final[Any] = import_module("asyncua.ua")
Client: Final[Any] = import_module("asyncua").Client
security_policies: Final[Any] = import_module("asyncua.crypto.security_policies")
CertProperties: Final[Any] = import_module("asyncua.crypto.uacrypto").CertProperties
UaClientState: Final[Any] = import_module("asyncua.client.ua_client").UaClientState
