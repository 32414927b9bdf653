"""The PEM files that a target file names: the CA to trust, and what a client shows of itself."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from .document import Document

Held = TypeVar("Held")


def files(document: Document, folder: Path) -> dict[str, str]:
    """Return the paths of the files by their fields, all of them readable and what they are to be. folder: where relative ones lie. TargetError."""
    named = {name: folder / document.data[name] for name in ("ca", "client_certificate", "client_key") if name in document.data}
    if "ca" in named:
        _require(document, "ca", named["ca"], lambda: ssl.create_default_context(cafile=named["ca"]), "it holds no certificate in PEM")
    if "client_certificate" in named:
        _client(document, named["client_certificate"], named.get("client_key"))
    return {name: str(file) for name, file in named.items()}


def _client(document: Document, certificate: Path, key: Path | None) -> None:
    held = _require(document, "client_certificate", certificate, certificate.read_bytes, "")
    if b"-----BEGIN CERTIFICATE-----" not in held:
        raise document.error(("client_certificate",), f"{_file(document, 'client_certificate', certificate)}: it holds no certificate in PEM")
    field, file = ("client_certificate", certificate) if key is None else ("client_key", key)
    # With an empty password nobody is asked for one.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    wrong = "it holds no private key in PEM that is not encrypted and belongs to the certificate"
    _require(document, field, file, lambda: context.load_cert_chain(certificate, key, password=""), wrong)


def _require(document: Document, field: str, file: Path, act: Callable[[], Held], wrong: str) -> Held:
    """Return what is done with the file. wrong: what to say where OpenSSL cannot use it. TargetError."""
    try:
        return act()
    except (OSError, ValueError) as error:
        told = wrong if isinstance(error, ssl.SSLError) else getattr(error, "strerror", None) or error
        raise document.error((field,), f"{_file(document, field, file)}: {told}") from None


def _file(document: Document, field: str, file: Path) -> str:
    # What a variable holds is not shown.
    return document.shown((field,)) if document.raw[field] != document.data[field] else str(file)
