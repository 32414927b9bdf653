"""The console: pages for people, on Flask. They read the mock through its control API alone."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any

from a2wsgi import WSGIMiddleware

from ..engine.vendor import Vendor
from .pages import pages


def console_app(origin: str, vendors: Iterable[Vendor], verify: ssl.SSLContext | bool = True, token: str | None = None) -> Any:
    """Return the console as an ASGI app under /_mock.

    origin: where the control API answers. verify: the certificates that it is to show there. token: what it wants, if anything.
    """
    wsgi: Any = pages(origin, [vendor.name for vendor in vendors], verify, token)
    return WSGIMiddleware(wsgi)
