"""Deployments that refuse a form of what is sent that others take."""

from __future__ import annotations

from collections.abc import Mapping

from ...engine.exchange import WorldExchange
from ...engine.held import Held
from ...engine.mutants import Mutant
from ..replies import media_type
from .neighbours import like
from .traits import Trait, minds

_THING, _USER = frozenset({"registerThing"}), frozenset({"registerUser"})
_SHORT = 64


def _typed(name: str) -> Trait:
    """Return whether the request's body is of this media type."""
    return lambda exchange, _: (b"content-type", name.encode()) in exchange.sent["headers"]


def _long(field: str) -> Trait:
    """Return whether a field of the body is longer than a deployment may take for long enough."""
    return lambda exchange, _: isinstance(exchange.parsed, dict) and len(str(exchange.parsed.get(field, ""))) > _SHORT


def _by_another_key(exchange: WorldExchange, _: Held) -> bool:
    headers = dict(exchange.sent["headers"])
    app = exchange.state.apps.get(headers.get(b"x-kii-appid", b"").decode("latin-1"))
    return app is not None and headers.get(b"x-kii-appkey") != app.key.encode()


MUTANTS: Mapping[str, Mutant] = {
    "another-key-refused": minds(
        "kii-public.any-key-without-token",
        "Registering by the app's headers is refused where the key is not the app's.",
        _THING | _USER,
        _by_another_key,
        like("unauthorized"),
    ),
    "user-as-plain-json-refused": minds(
        "kii-user.media-types", "The registration of a user in plain JSON is refused.", _USER, _typed("application/json"), like("invalid")
    ),
    "thing-without-token-refused": minds(
        "kii-thing.media-types",
        "The registration of a thing that asks for no token is refused.",
        _THING,
        _typed(media_type("ThingRegistrationRequest")),
        like("invalid"),
    ),
    "long-vendor-id-refused": minds(
        "kii-public.vendor-thing-id-form",
        "A vendorThingID of more than 64 characters is refused.",
        _THING,
        _long("_vendorThingID"),
        like("invalid"),
    ),
    "long-password-refused": minds(
        "kii-public.thing-password-form",
        "A thing's password of more than 64 characters is refused.",
        _THING,
        _long("_password"),
        like("invalid"),
    ),
}
