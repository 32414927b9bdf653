"""TLS for the server: a certificate made at start with a CA of its own, or one of the user's."""

from __future__ import annotations

import argparse
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

LIFE = timedelta(days=365)
"""How long a generated certificate is valid: browsers refuse those that are valid for years."""
ALWAYS = ("localhost", "127.0.0.1", "::1")


class TlsError(ValueError):
    """The server cannot serve TLS: the message says which option is in the way, and why."""


@dataclass(frozen=True)
class Tls:
    """What the server shows, what its own console trusts, and the file of the CA to trust, where one was generated."""

    server: ssl.SSLContext
    console: ssl.SSLContext
    ca: Path | None = None

    def context(self, *_: object) -> ssl.SSLContext:
        """Return the server's context, as uvicorn asks for it."""
        return self.server


def tls(options: argparse.Namespace) -> Tls | None:
    """Return the TLS that the options ask for, None for plain HTTP. options: tls, tls_ca, certfile, keyfile, host, see cli. TlsError."""
    if options.tls:
        return _generated(options.host, options.tls_ca)
    return _own(options.certfile, options.keyfile) if options.certfile else None


def _generated(host: str, file: Path) -> Tls:
    """Return TLS with a new certificate for this machine's names and the host; its CA's certificate is written to the file."""
    import trustme  # noqa: PLC0415 - with all that it brings: a start without --tls need not wait for it

    authority = trustme.CA(organization_name="ownership-mock", organization_unit_name=f"CA made {datetime.now(UTC):%Y-%m-%d %H:%M}")
    start = datetime.now(UTC) - timedelta(days=1)
    try:
        leaf = authority.issue_cert(*dict.fromkeys([*ALWAYS, host]), not_before=start, not_after=start + LIFE)
    except ValueError as error:
        raise TlsError(f"--tls: a certificate cannot be made for --host {host}: {error}") from None
    server = _serving()
    leaf.configure_cert(server)
    try:
        authority.cert_pem.write_to_path(file)
    except OSError as error:
        raise TlsError(f"--tls-ca {file}: {error.strerror}") from None
    return Tls(server, _pinned(b"".join(part.bytes() for part in leaf.cert_chain_pems).decode()), file.absolute())


def _own(certfile: Path, keyfile: Path) -> Tls:
    for option, file in (("--certfile", certfile), ("--keyfile", keyfile)):
        try:
            file.read_bytes()
        except OSError as error:
            raise TlsError(f"{option} {file}: {error.strerror}") from None
    server = _serving()
    try:
        # Without a password of our own OpenSSL would ask for one on the terminal.
        server.load_cert_chain(certfile, keyfile, password="")
        console = _pinned(certfile.read_text("ascii"))
    except (ssl.SSLError, ValueError) as error:
        raise TlsError(f"--certfile {certfile} and --keyfile {keyfile}: {_why(error)}") from None
    return Tls(server, console)


def _why(error: Exception) -> str:
    reason = getattr(error, "reason", None) or ""
    if "MISMATCH" in reason:
        return "the key is not that of the certificate"
    return "one of them is not PEM, or the key has a password: a certificate (its chain after it) and its key without a password are needed"


def _serving() -> ssl.SSLContext:
    return ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)


def _pinned(certificates: str) -> ssl.SSLContext:
    """Return a client's context that takes these very certificates, for any name: the server asks itself at the address that it listens on."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=certificates)
    return context
