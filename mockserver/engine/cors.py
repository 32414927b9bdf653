"""CORS: pages of other origins may call the vendors' APIs, with credentials, and read what comes back."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from ... import specs


def cross_origin(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """Return the app with CORS around it: every preflight is answered here, and every answer says who may read it.

    origins: the origins whose pages may; none given: those of every origin. An origin is named in the answer, never `*`, since a
    browser takes `*` for no request with a cookie. What a preflight is answered stands in specs/protocol.yaml.
    """
    return CORSMiddleware(
        app,
        allow_origins=origins or ("*",),
        allow_methods=("*",),
        allow_headers=("*",),
        allow_credentials=True,
        allow_private_network=True,
        expose_headers=specs.protocol()["cross_origin"]["exposed"],
    )
