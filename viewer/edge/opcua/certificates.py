"""Application certificates: this gateway's own, made on first use, and which servers are trusted (OPC 10000-4, 6.1)."""

from __future__ import annotations

import ipaddress
import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from viewer.base.errors import UserMistake
from viewer.edge.opcua.kind import Security

_VALID_DAYS = 3 * 365
_KEY_BITS = 2048
_SUFFIXES = (".der", ".crt", ".cer", ".pem")
_MOST_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    """What this gateway shows to servers."""

    certificate_der: bytes
    key_pem: bytes
    application_uri: str
    file: Path


def thumbprint(der: bytes) -> str:
    """As OPC UA tools show it: SHA-1 of the certificate in hexadecimal (OPC 10000-6, 6.2.2)."""
    digest = hashes.Hash(hashes.SHA1())
    digest.update(der)
    return digest.finalize().hex().upper()


def own_certificate(security: Security, now: datetime) -> OwnCertificate:
    """The configured one, or the one that was made on first use, made anew where it has run out. Raises UserMistake."""
    if security.certificate is not None and security.key is not None:
        return _read(security.certificate, security.key)
    folder = security.own_folder
    certificate, key = folder / "genchi.der", folder / "genchi.pem"
    if certificate.is_file() and key.is_file():
        own = _read(certificate, key)
        if x509.load_der_x509_certificate(own.certificate_der).not_valid_after_utc > now:
            return own
    _make(certificate, key, now)
    return _read(certificate, key)


def check_trusted(der: bytes, security: Security, host: str, now: datetime) -> None:
    """Raises UserMistake with the thumbprint and the remedy where a server's certificate is not trusted."""
    der = first_of_chain(der)
    try:
        one = x509.load_der_x509_certificate(der)
    except ValueError as error:
        raise UserMistake("the server's certificate can't be read; it needs one of RSA with SHA-256, in DER") from error
    folder = security.trusted_folder
    if not _is_in(folder, der, one, host):
        kept = _kept_aside(folder, der)
        raise UserMistake(
            f"the server's certificate «{_name(one)}» is not trusted; compare its thumbprint {thumbprint(der)} with the one"
            f" that the server shows, then copy it into {folder}: {kept}"
        )
    if not one.not_valid_before_utc <= now <= one.not_valid_after_utc:
        raise UserMistake(
            f"the server's certificate «{_name(one)}» is valid from {one.not_valid_before_utc:%Y-%m-%d} to"
            f" {one.not_valid_after_utc:%Y-%m-%d}, not now: renew it at the server, or mend the clock of this machine"
        )


def first_of_chain(der: bytes) -> bytes:
    """A server may send its certificate with those of its issuers behind it."""
    if len(der) < 4 or der[0] != 0x30 or der[1] != 0x82:
        return der
    return der[: 4 + int.from_bytes(der[2:4], "big")]


def _is_in(folder: Path, der: bytes, one: x509.Certificate, host: str) -> bool:
    for trusted in _certificates(folder):
        if trusted.public_bytes(serialization.Encoding.DER) == der:
            return True
        if _issued(one, trusted) and _is_for(one, host):
            return True
    return False


def _certificates(folder: Path) -> list[x509.Certificate]:
    if not folder.is_dir():
        return []
    files = sorted(one for one in folder.iterdir() if one.suffix.lower() in _SUFFIXES and one.is_file())
    return [_certificate(one) for one in files]


def _certificate(file: Path) -> x509.Certificate:
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise ValueError("too large")
        data = file.read_bytes()
        return (
            x509.load_pem_x509_certificate(data) if data.lstrip().startswith(b"-----") else x509.load_der_x509_certificate(data)
        )
    except (OSError, ValueError) as error:
        raise UserMistake(f"this is no certificate in DER or PEM: {file}") from error


def _issued(one: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether a trusted authority issued it."""
    try:
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        one.verify_directly_issued_by(issuer)
    except (x509.ExtensionNotFound, ValueError, TypeError, InvalidSignature):
        return False
    return constraints.ca and one != issuer


def _is_for(one: x509.Certificate, host: str) -> bool:
    """Whether it names the host that is called: an authority's word is for one machine only."""
    try:
        names = one.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    addresses = {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    hosts = {name.lower() for name in names.get_values_for_type(x509.DNSName)}
    try:
        return str(ipaddress.ip_address(host)) in addresses
    except ValueError:
        return host.lower() in hosts


def _kept_aside(folder: Path, der: bytes) -> Path:
    """Where the refused certificate lies, ready to be copied."""
    rejected = folder.with_name(folder.name + "-rejected")
    file = rejected / f"{thumbprint(der)}.der"
    try:
        rejected.mkdir(parents=True, exist_ok=True)
        file.write_bytes(der)
    except OSError as error:
        raise UserMistake(f"the certificate of the server can't be written ({error.strerror}): {file}") from error
    return file


def _name(one: x509.Certificate) -> str:
    names = one.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value)[:100] if names else one.subject.rfc4514_string()[:100]


def _read(certificate: Path, key: Path) -> OwnCertificate:
    one = _certificate(certificate)
    try:
        data = key.read_bytes()
        load = serialization.load_pem_private_key if data.lstrip().startswith(b"-----") else serialization.load_der_private_key
        private = load(data, password=None)
    except (OSError, ValueError, TypeError) as error:
        raise UserMistake(f"this is no private key in PEM or DER without a password: {key}") from error
    if not isinstance(private, rsa.RSAPrivateKey) or private.public_key() != one.public_key():
        raise UserMistake(f"the key is no RSA key, or not that of the certificate {certificate}: {key}")
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return OwnCertificate(one.public_bytes(serialization.Encoding.DER), pem, _uri(one, certificate), certificate)


def _uri(one: x509.Certificate, file: Path) -> str:
    try:
        names = one.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return names.get_values_for_type(x509.UniformResourceIdentifier)[0]
    except (x509.ExtensionNotFound, IndexError, ValueError) as error:
        raise UserMistake(f"the certificate has no application URI among its alternative names: {file}") from error


def _make(certificate: Path, key: Path, now: datetime) -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    der = self_signed(private, f"urn:{socket.gethostname()}:genchi:gateway", socket.gethostname(), now)
    try:
        key.parent.mkdir(parents=True, exist_ok=True)
        pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        key.unlink(missing_ok=True)
        with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
        certificate.write_bytes(der)
    except OSError as error:
        raise UserMistake(f"the gateway's own certificate can't be written ({error.strerror}): {certificate}") from error


def self_signed(private: rsa.RSAPrivateKey, application_uri: str, host: str, now: datetime) -> bytes:
    """An application instance certificate in DER (OPC 10000-6, table 36)."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Genchi gateway")])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=True,
        data_encipherment=True,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    names = [x509.UniformResourceIdentifier(application_uri), x509.DNSName(host)]
    both_ends = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .not_valid_before(now.astimezone(UTC) - timedelta(minutes=5))
        .not_valid_after(now.astimezone(UTC) + timedelta(days=_VALID_DAYS))
        .serial_number(x509.random_serial_number())
        .public_key(private.public_key())
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(both_ends, critical=False)
    )
    return builder.sign(private, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
