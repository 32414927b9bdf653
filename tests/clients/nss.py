"""Has Chromium trust a CA, as its user would: by the NSS database in the home folder.

The database is written with the library that Chromium itself reads it with, so that no package is needed beside Chromium's own.
"""

from __future__ import annotations

import ctypes
import ssl
from pathlib import Path

# certdb.h: CERTDB_VALID_CA | CERTDB_TRUSTED_CA.
TRUSTED_CA = 1 << 3 | 1 << 4


class Trust(ctypes.Structure):
    """CERTCertTrust: what a certificate is trusted for."""

    _fields_ = (("ssl", ctypes.c_uint), ("email", ctypes.c_uint), ("signing", ctypes.c_uint))


def trust(home: Path, *authorities: Path) -> None:
    """Make the NSS database of a home folder, with these CAs (PEM files) as ones that servers' certificates may come from."""
    folder = home / ".pki" / "nssdb"
    folder.mkdir(parents=True)
    nss, smime = ctypes.CDLL("libnss3.so"), ctypes.CDLL("libsmime3.so")
    for function in (nss.PK11_GetInternalKeySlot, nss.CERT_GetDefaultCertDB, smime.CERT_DecodeCertFromPackage):
        function.restype = ctypes.c_void_p
    _done(nss.NSS_InitReadWrite(f"sql:{folder}".encode()), "NSS_InitReadWrite")
    try:
        slot = ctypes.c_void_p(nss.PK11_GetInternalKeySlot())
        _done(nss.PK11_InitPin(slot, None, b""), "PK11_InitPin")
        for number, file in enumerate(authorities):
            der = ssl.PEM_cert_to_DER_cert(file.read_text())
            certificate = ctypes.c_void_p(smime.CERT_DecodeCertFromPackage(der, len(der)))
            _done(nss.PK11_ImportCert(slot, certificate, 0, f"test-{number}".encode(), 0), "PK11_ImportCert")
            for_servers = ctypes.byref(Trust(TRUSTED_CA, 0, 0))
            _done(nss.CERT_ChangeCertTrust(ctypes.c_void_p(nss.CERT_GetDefaultCertDB()), certificate, for_servers), "CERT_ChangeCertTrust")
            nss.CERT_DestroyCertificate(certificate)
        nss.PK11_FreeSlot(slot)
    finally:
        nss.NSS_Shutdown()


def _done(code: int, what: str) -> None:
    if code != 0:
        raise OSError(f"{what} failed: the NSS database cannot be made")
