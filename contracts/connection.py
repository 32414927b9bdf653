"""How the suite's own requests go out."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from functools import cache

import httpx

from .live.gate import Gate
from .live.ledger import Ledger
from .live.mode import Mode
from .live.pace import Pace
from .live.retry import Patient
from .live.wire import Wire
from .target import Target
from .targets.headers import own_headers


def connection(
    target: Target,
    ledger: Ledger | None = None,
    around: Callable[[httpx.BaseTransport], httpx.BaseTransport] | None = None,
    instead: httpx.BaseTransport | None = None,
) -> httpx.Client:
    """Return a client for the target: it sends what the target's mode allows and nothing else, at the pace that its limits set.

    It trusts the target's CA where the target names one, follows no redirect, and asks the target's proxy alone. The target's own headers go out
    with what is asked of the target, and with nothing else. ledger: where changes are written before they are asked for. around: what is put around
    the gate that all passes. instead: what answers in place of the deployment, at no pace.
    """
    pace = Pace(target.limits)
    onward = _onward(target, pace) if instead is None else instead
    # What httpx says of itself would depend on what else is installed.
    accepted = {"Accept-Encoding": "gzip, deflate"}
    gate: httpx.BaseTransport = Gate(onward, target, ledger, pace.require)
    transport, timeout = gate if around is None else around(gate), target.limits.timeout
    client = _Forgetful(transport=transport, timeout=timeout, trust_env=False, follow_redirects=False, headers=accepted)
    if target.headers:
        client.event_hooks = {"request": [_Own(target, client)]}
    return client


class _Forgetful(httpx.Client):
    """Keeps no cookie that a server sets: what is sent as a credential is each request's own to say."""

    @property
    def cookies(self) -> httpx.Cookies:
        """Return a jar that stays empty."""
        return _EMPTY

    @cookies.setter
    def cookies(self, cookies: object) -> None:
        raise NotImplementedError("it keeps no cookies: a request brings its own as a header")


class _Sieve(httpx.Cookies):
    """Takes nothing from an answer. To look for cookies would take a tenth of a request's time."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leave them there."""


# Asked for several times a request.
_EMPTY = _Sieve()


def _onward(target: Target, pace: Pace) -> httpx.BaseTransport:
    limits = target.limits
    wire = Wire(verify=trust(target), timeout=limits.timeout, body=limits.body, proxy=target.proxy)
    # A world is a mock's own, which nobody else asks.
    return wire if target.mode is Mode.WORLDS else Patient(wire, pace)


class _Own:
    """Adds the target's own headers to a request to the target, but for those that the request has itself. client: what builds the requests."""

    def __init__(self, target: Target, client: httpx.Client) -> None:
        self._target = target
        # What a client says by itself, such as User-Agent, is not the request's own, and would be taken for it.
        self._unsaid = {name: client.headers.pop(name) for name in target.headers if name in client.headers}

    def __call__(self, request: httpx.Request) -> None:
        own = own_headers(self._target.headers, self._target.base_url, request.url)
        for name, value in (own or self._unsaid).items():
            request.headers.setdefault(name, value)


def trust(target: Target) -> ssl.SSLContext:
    """Return what a server is to show for the target, and what it is shown. OSError, ssl.SSLError: a file cannot be read."""
    if target.ca is None and target.certificate is None:
        return _public()
    context = httpx.create_ssl_context(trust_env=False) if target.ca is None else ssl.create_default_context(cafile=target.ca)
    if target.certificate is not None:
        context.load_cert_chain(target.certificate, target.key)
    return context


@cache
def _public() -> ssl.SSLContext:
    # To read the public ones takes longer than a request.
    return httpx.create_ssl_context(trust_env=False)
