"""A session with a server: security, trust and credentials checked, what can't be explained by asyncua said as a sentence."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from viewer.base.errors import Fault, UserMistake
from viewer.edge.opcua.certificates import OwnCertificate, check_trusted, first_of_chain, own_certificate, thumbprint
from viewer.edge.opcua.kind import POLICIES, OpcUaConfig
from viewer.edge.opcua.stack import CertProperties, Client, security_policies, ua

ANSWER_S: Final = 10.0
"""How long one answer of a server may take."""
_HELLO_S: Final = 4.0
SESSION_MS: Final = 120_000
"""How long a server keeps a session, and with it a subscription, whose connection broke."""
_MOST_MESSAGE_BYTES: Final = 64 * 1024 * 1024
_RENEW_AT: Final = 0.75
"""Of a channel's lifetime (OPC 10000-4, 5.6.2.1)."""
_REFUSED_USER: Final = (
    ua.StatusCodes.BadUserAccessDenied,
    ua.StatusCodes.BadIdentityTokenRejected,
    ua.StatusCodes.BadIdentityTokenInvalid,
    ua.StatusCodes.BadUserSignatureInvalid,
)
_REFUSED_CERTIFICATE: Final = (
    ua.StatusCodes.BadCertificateUntrusted,
    ua.StatusCodes.BadSecurityChecksFailed,
    ua.StatusCodes.BadCertificateInvalid,
    ua.StatusCodes.BadCertificateUriInvalid,
    ua.StatusCodes.BadCertificateUseNotAllowed,
    ua.StatusCodes.BadCertificateTimeInvalid,
    ua.StatusCodes.BadCertificateIssuerUseNotAllowed,
    ua.StatusCodes.BadCertificateChainIncomplete,
)


class Refused(UserMistake):
    """The server doesn't take the user or the certificate: trying often locks accounts."""


class Link:
    """One session. On its asyncio loop."""

    def __init__(self, config: OpcUaConfig) -> None:
        self._config = config
        self._own: OwnCertificate | None = None
        self.client = _client(config)
        self._renewal: asyncio.Task[None] | None = None

    @property
    def session(self) -> Any:
        """asyncua's services within the session."""
        return self.client.uaclient.session

    async def open(self) -> None:
        """Connect, check the server, and log in. Raises UserMistake with a sentence for what a person can mend, Fault else."""
        try:
            await self._secure()
            await self._channel()
            await self.client.create_session()
            self._check_login()
            await self._activate()
        except BaseException as error:
            await self.drop()
            if isinstance(error, UserMistake) or not isinstance(error, Exception):
                raise
            raise self._explained(error) from error

    async def resume(self) -> bool:
        """The same session over a new channel (OPC 10000-4, 6.7); False where the server doesn't know it any more. Raises
        Fault where it can't be reached."""
        await self._end_renewal()
        try:
            self.client.disconnect_socket()
            await self._channel()
        except Exception as error:
            self.client.disconnect_socket()
            raise self._explained(error) from error
        self.session.rebind_authentication_token()
        try:
            await self._activate()
        except (ua.UaError, OSError, TimeoutError):
            self.client.disconnect_socket()
            return False
        self.session.ensure_publish_loop()
        return True

    async def close(self) -> None:
        """Say goodbye, so that the server keeps nothing for us."""
        await self._end_renewal()
        with suppress(Exception):
            await asyncio.wait_for(self.client.disconnect(), ANSWER_S)

    async def drop(self) -> None:
        """Let go of a connection that is no use."""
        await self._end_renewal()
        with suppress(Exception):
            await asyncio.wait_for(self.client.disconnect(), 1.0)

    async def _secure(self) -> None:
        security = self._config.security
        if security.policy == "None":
            return
        now = datetime.now(UTC)
        self._own = await asyncio.to_thread(own_certificate, security, now)
        endpoints = await _client(self._config).connect_and_get_server_endpoints()
        policy = getattr(security_policies, f"SecurityPolicy{POLICIES[security.policy]}")
        mode = getattr(ua.MessageSecurityMode, security.mode)
        chosen = next((one for one in endpoints if one.SecurityPolicyUri == policy.URI and one.SecurityMode == mode), None)
        if chosen is None:
            raise UserMistake(f"the server offers no {security.policy} with {security.mode}, only: {_offered(endpoints)}")
        await asyncio.to_thread(self._check_server, chosen.ServerCertificate, now)
        self.client.application_uri = self._own.application_uri
        server = CertProperties(first_of_chain(chosen.ServerCertificate), "der")
        own = CertProperties(self._own.certificate_der, "der")
        await self.client.set_security(
            policy, own, CertProperties(self._own.key_pem, "pem"), server_certificate=server, mode=mode
        )

    def _check_server(self, certificate: bytes | None, now: datetime) -> None:
        if not certificate:
            raise UserMistake("the server has no certificate, which its security asks for: mend its configuration")
        check_trusted(certificate, self._config.security, urlsplit(self._config.url).hostname or "", now)

    async def _channel(self) -> None:
        await self.client.connect_socket()
        await asyncio.wait_for(self.client.send_hello(), _HELLO_S)  # one that hangs up at once is noticed by nothing else
        await self.client.open_secure_channel()

    def _check_login(self) -> None:
        """A password goes only to a server that is trusted, and never in plain text."""
        if self._config.login is None:
            return
        policy = self.client.server_policy(ua.UserTokenType.UserName).SecurityPolicyUri
        plain = not policy or policy == security_policies.SecurityPolicyNone.URI
        if plain and self.client.security_policy.Mode != ua.MessageSecurityMode.SignAndEncrypt:
            raise Refused("the server would take the password in plain text: choose mode SignAndEncrypt")
        self._check_server(self.client.security_policy.peer_certificate, datetime.now(UTC))

    async def _activate(self) -> None:
        login = self._config.login
        if login is None:
            await self.client.activate_session()
        else:
            await self.client.activate_session(username=login.user, password=login.password())
        self._renewal = asyncio.create_task(self._renew())

    async def _renew(self) -> None:
        """Renew the channel's keys before they run out. Where that fails the channel ends, and silence shows it."""
        while True:
            await asyncio.sleep(_RENEW_AT * self.client.secure_channel_timeout / 1_000.0)
            await self.client.open_secure_channel(renew=True)
            self.client.uaclient.revolve_security_token()

    async def _end_renewal(self) -> None:
        task, self._renewal = self._renewal, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task

    def _explained(self, error: Exception) -> Exception:
        code = getattr(error, "code", None)
        if code in _REFUSED_USER:
            who = self._config.login.user if self._config.login else "a session without a user"
            return Refused(f"the server refuses {who}: mend user and password, or what they may do at the server")
        if code in _REFUSED_CERTIFICATE and self._own is not None:
            mark = thumbprint(self._own.certificate_der)
            return Refused(f"the server refuses this gateway's certificate; trust it there (thumbprint {mark}): {self._own.file}")
        if isinstance(error, TimeoutError):
            return Fault(f"{self._config.url} does not answer within {ANSWER_S:.0f} s")
        if isinstance(error, OSError):
            return Fault(f"nothing answers at {self._config.url} ({error.strerror or error})")
        if "matching endpoint" in str(error):
            return UserMistake(f"the server does not offer security {self._config.security.policy} at {self._config.url}")
        return Fault(f"{self._config.url} can't be spoken to: {type(error).__name__} {error}"[:500])


def _client(config: OpcUaConfig) -> Any:
    client = Client(config.url, timeout=ANSWER_S)
    client.name = client.description = "Genchi gateway"
    client.application_uri = "urn:genchi:gateway"
    client.session_timeout = SESSION_MS
    client.max_messagesize = _MOST_MESSAGE_BYTES
    return client


def _offered(endpoints: list[Any]) -> str:
    offers = {f"{str(one.SecurityPolicyUri).rpartition('#')[2]} {one.SecurityMode.name.rstrip('_')}" for one in endpoints}
    return ", ".join(sorted(offers)) or "nothing"
