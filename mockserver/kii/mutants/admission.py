"""Deployments that answer wrongly who calls without a token, and who asks for one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...engine.alter import fields, instead, where
from ...engine.exchange import WorldExchange
from ...engine.held import Held
from ...engine.mutants import Alter, Mutant
from ..credentials import app_of
from ..replies import media_type
from . import places
from .neighbours import like
from .traits import Trait, has, minds

_REGISTER = frozenset({"registerThing", "registerUser"})
_STARTED = instead(200, {"code": "a-code-of-no-flow"}, media_type("ThingOwnershipRequestResponse"))
_PLAIN = "application/json"


def _let_pass(says: str, operations: frozenset[str], change: Alter, *clauses: str) -> Mutant:
    """Return a mutant that answers as a success what comes without a credential. Nothing is done then."""
    return Mutant(
        says=says,
        operations=operations,
        clauses=tuple(f"kii-{clause}.authorization-required" for clause in clauses),
        answer=where(frozenset({"kii-pick.no-credential"}), change),
    )


def _sent(**values: Any) -> Trait:
    """Return whether a login has these fields; a callable is asked with the exchange and the value that was sent."""

    def holds(exchange: WorldExchange, _: Held) -> bool:
        body = exchange.parsed
        if not isinstance(body, dict):
            return False
        return all(name in body and (value(exchange, body[name]) if callable(value) else body[name] == value) for name, value in values.items())

    return holds


def _typed(name: str) -> Trait:
    """Return whether the request's body is of this media type."""
    return lambda exchange, _: (b"content-type", name.encode()) in exchange.sent["headers"]


def _is_thing(_: WorldExchange, username: str) -> bool:
    return username.startswith("VENDOR_THING_ID:")


def _is_user(exchange: WorldExchange, username: str) -> bool:
    return not _is_thing(exchange, username)


def _is_app(exchange: WorldExchange, client_id: str) -> bool:
    return client_id in exchange.state.apps


def _is_admin(exchange: WorldExchange, client_id: str) -> bool:
    return not _is_app(exchange, client_id)


def _by_another_key(exchange: WorldExchange, _: Held) -> bool:
    headers = dict(exchange.sent["headers"])
    app = exchange.state.apps.get(headers.get(b"x-kii-appid", b"").decode("latin-1") or app_of(exchange.segments))
    return app is not None and b"x-kii-appkey" in headers and headers[b"x-kii-appkey"] != app.key.encode()


def _long(field: str) -> Trait:
    return lambda exchange, _: isinstance(exchange.parsed, dict) and len(str(exchange.parsed.get(field, ""))) > 64  # noqa: PLR2004 - a bound of such servers


MUTANTS: Mapping[str, Mutant] = {
    # ------------------------------------------------------------------------------------------------ who has no token
    "post-without-a-credential-204": _let_pass("POST ownership is answered 204 to who has no credential.", places.POST, instead(204), "ownership"),
    "confirm-without-a-credential-204": _let_pass("Confirm is answered 204 to who has no credential.", places.CONFIRM, instead(204), "confirm"),
    "requests-without-a-credential-200": _let_pass(
        "The requests for a user and a group answer a code to who has no credential.", places.REQUEST, _STARTED, "request-user", "request-group"
    ),
    "owners-without-a-credential-204": _let_pass(
        "PUT, HEAD and DELETE of an owner are answered 204 to who has no credential.",
        places.PUT | places.ASK | places.REMOVE,
        instead(204),
        "put",
        "is-owner",
        "remove",
    ),
    "another-key-refused": minds(
        "kii-public.any-key-without-token",
        "Logging in and registering by the app's headers are refused where the key is not the app's.",
        frozenset({"issueToken"}) | _REGISTER,
        _by_another_key,
        like("unauthorized"),
    ),
    # ------------------------------------------------------------------------------------------------ who asks for one
    "user-logged-in-as-another": minds(
        "kii-token.user", "A user's login says that the token is somebody else's.", places.LOGIN, _sent(username=_is_user), fields(id="somebody-else")
    ),
    "thing-logged-in-by-vendor-id": minds(
        "kii-token.thing",
        "A thing's login answers the vendorThingID as id.",
        places.LOGIN,
        _sent(username=_is_thing),
        lambda exchange, held: fields(id=exchange.parsed["username"].partition(":")[2])(exchange, held),
    ),
    "admin-not-logged-in": minds(
        "kii-token.admin", "The administrator's login is answered as one that fails.", places.LOGIN, _sent(client_id=_is_admin), like("invalid_grant")
    ),
    "grant-type-refused": minds(
        "kii-token.admin-client-credentials",
        "A login that carries the grant_type client_credentials is refused with 400.",
        frozenset({"issueTokenForApp"}),
        _sent(grant_type="client_credentials"),
        like("invalid"),
    ),
    "anonymous-not-logged-in": minds(
        "kii-token.anonymous",
        "A login by the app's ID and key is answered as one that fails.",
        places.LOGIN,
        _sent(client_id=_is_app),
        like("invalid_grant"),
    ),
    "expires-at-refused": minds(
        "kii-token.expires-at",
        "A login that says until when is refused with 400.",
        places.LOGIN,
        _sent(expiresAt=lambda _exchange, _value: True),
        like("invalid"),
    ),
    # ------------------------------------------------------------------------------------------------ forms and media types
    "login-as-plain-json-refused": minds("kii-token.media-types", "A login in plain JSON is refused.", places.LOGIN, _typed(_PLAIN), like("invalid")),
    "user-as-plain-json-refused": minds(
        "kii-user.media-types", "The registration of a user in plain JSON is refused.", frozenset({"registerUser"}), _typed(_PLAIN), like("invalid")
    ),
    "thing-without-token-refused": minds(
        "kii-thing.media-types",
        "The registration of a thing that asks for no token is refused.",
        frozenset({"registerThing"}),
        _typed(media_type("ThingRegistrationRequest")),
        like("invalid"),
    ),
    "long-vendor-id-refused": minds(
        "kii-public.vendor-thing-id-form",
        "A vendorThingID of more than 64 characters is refused.",
        frozenset({"registerThing"}),
        _long("_vendorThingID"),
        like("invalid"),
    ),
    "long-password-refused": minds(
        "kii-public.thing-password-form",
        "A thing's password of more than 64 characters is refused.",
        frozenset({"registerThing"}),
        _long("_password"),
        like("invalid"),
    ),
    "app-headers-not-read": minds(
        "kii-public.app-named-by-headers",
        "The registration of a thing or a user is refused to who names the application by its headers.",
        _REGISTER,
        has("x-kii-appid"),
        like("unauthorized"),
    ),
}
