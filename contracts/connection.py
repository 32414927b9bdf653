"""How the suite's own requests go out."""

from __future__ import annotations

import ssl
from functools import cache

import httpx

from .live.gate import Gate
from .live.ledger import Ledger
from .target import Target


def connection(target: Target, ledger: Ledger | None = None) -> httpx.Client:
    """Return a client for the target: it sends what the target's mode allows and nothing else, and follows no redirect.

    It trusts the target's CA where it names one. ledger: where changes are written before they are asked for.
    """
    verify = _public() if target.ca is None else ssl.create_default_context(cafile=target.ca)
    gate = Gate(httpx.HTTPTransport(verify=verify, trust_env=False), target, ledger)
    return httpx.Client(transport=gate, timeout=target.limits.timeout, trust_env=False, follow_redirects=False)


@cache
def _public() -> ssl.SSLContext:
    # To read the public ones takes longer than a request.
    return httpx.create_ssl_context(trust_env=False)
