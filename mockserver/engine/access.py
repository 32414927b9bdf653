"""Who may call the control API and read the console."""

from __future__ import annotations

import base64
import binascii
import ipaddress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.types import Scope, Send

from .held import Held
from .neutral import problem
from .secret import same
from .vendor import Reply

SHORTEST = 8
"""How many characters a control token has at least."""
VARIABLE = "OWNERSHIP_CONTROL_TOKEN"
"""The environment's name for the control token."""
NOT_FROM_HERE = (
    "Without a token the control API and the console answer this machine's own addresses alone, called by such an address or as localhost; "
    "start the server with --control-token for others."
)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# A field each: of a list in one field, some browsers see the first alone.
_CHALLENGES = [(b"www-authenticate", b'Basic realm="ownership-mock", charset="UTF-8"'), (b"www-authenticate", b'Bearer realm="ownership-mock"')]
_PORTS = {"http": ":80", "https": ":443"}


def is_loopback(address: str) -> bool:
    """Return whether an IP address is this machine's own."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = known.ipv4_mapped if isinstance(known, ipaddress.IPv6Address) else None
    return (mapped or known).is_loopback


def unfit_token(token: str) -> str | None:
    """Return why this cannot be a control token, or None. The token itself is not told."""
    if len(token) < SHORTEST:
        return f"a control token has at least {SHORTEST} characters, and this one has {len(token)}"
    if not token.isascii() or not token.isprintable() or " " in token:
        return "a control token has letters, digits and signs of ASCII alone, and no space"
    return None


@dataclass(frozen=True)
class Access:
    """The rule of access. token: what everyone has to bring, wherever he is; None: only this machine's own addresses are answered."""

    token: str | None = field(default=None, repr=False)

    def refusal(self, scope: Scope) -> Reply | None:
        """Return why this request is not served, or None."""
        if self.token is None:
            if not (from_loopback(scope) and _calls_loopback(scope)):
                return problem(403, "Not from here", NOT_FROM_HERE)
        elif not self._brings_token(scope):
            how = "Send the token that the server was started with: Authorization: Bearer TOKEN, or Basic with it as the password."
            return problem(401, "A control token is needed", how)
        if scope["method"] not in _SAFE and _from_elsewhere(scope):
            return problem(
                403, "Not for pages of other sites", "The request's Origin is not this server's: a page of another site may not change worlds."
            )
        return None

    def _brings_token(self, scope: Scope) -> bool:
        sent = [value for name, value in scope["headers"] if name == b"authorization"]
        brought = _credential(sent[0]) if len(sent) == 1 else None
        return brought is not None and same(brought, self.token or "")


def from_loopback(scope: Scope) -> bool:
    """Return whether the request comes from this machine."""
    client = scope.get("client")
    return client is None or is_loopback(client[0])


def _calls_loopback(scope: Scope) -> bool:
    """Return whether the client has called this machine by a name that is its own everywhere.

    A page whose name has come to mean 127.0.0.1 has not, nor whoever comes through a proxy that tells for which host he came.
    """
    for host in (value.decode("latin-1") for name, value in scope["headers"] if name == b"host"):
        try:
            called = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if not (is_loopback(called) or called == "localhost" or called.endswith(".localhost")):
            return False
    return True


async def send_refusal(refusal: Reply, send: Send) -> None:
    """Send what `Access.refusal` has returned."""
    held = Held()
    held.hold(refusal)
    if refusal.status == 401:  # noqa: PLR2004 - HTTP's own number
        held.headers += _CHALLENGES
    await held.release(send)


def _credential(authorization: bytes) -> str | None:
    """Return the token of a Bearer header, or the password of a Basic one."""
    scheme, _, rest = authorization.strip().partition(b" ")
    if scheme.lower() == b"bearer":
        return rest.strip().decode("latin-1")
    if scheme.lower() != b"basic":
        return None
    try:
        _, colon, password = base64.b64decode(rest.strip(), validate=True).partition(b":")
    except binascii.Error:
        return None
    return password.decode("latin-1") if colon else None


def _from_elsewhere(scope: Scope) -> bool:
    """Return whether a page of another origin's sends this."""
    hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    for origin in (value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"):
        try:
            named = urlsplit(origin)
        except ValueError:
            return True
        port = _PORTS.get(named.scheme, "")
        if [named.netloc.lower().removesuffix(port)] != [host.lower().removesuffix(port) for host in hosts]:
            return True
    return False
