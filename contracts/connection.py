"""How the suite's own requests go out."""

from __future__ import annotations

import ssl
from functools import cache

import httpx

from .target import Target


def connection(target: Target) -> httpx.Client:
    """Return a client for the target: it trusts the target's CA where the target names one, follows no redirect, and asks no proxy."""
    verify = _public() if target.ca is None else ssl.create_default_context(cafile=target.ca)
    return httpx.Client(timeout=30, trust_env=False, follow_redirects=False, verify=verify)


@cache
def _public() -> ssl.SSLContext:
    # To read the public ones takes longer than a request.
    return httpx.create_ssl_context(trust_env=False)
