"""Deployments that do what a set-up call asks, and answer it wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from ...engine.alter import body, fields, header, media, status, where, without
from ...engine.exchange import WorldExchange
from ...engine.held import Held
from ...engine.mutants import Alter, Mutant
from ..replies import media_type
from .cited import citing

_THING, _PLAIN_THING = "kii-thing.201", "kii-thing.201-without-token"
_READ, _USER, _SELF = "kii-thing.read-200", "kii-user.201", "kii-user.read-self-200"
_GROUP, _TOKEN = "kii-group.create-201", "kii-token.200"


def _of(says: str, change: Alter, *decided: str, breaks: tuple[str, ...] | None = None) -> Mutant:
    """Return a mutant of the answers that these clauses decide. breaks: the clauses that it breaks, where those are others."""
    return Mutant(says=says, operations=citing(*decided), clauses=decided if breaks is None else breaks, answer=where(frozenset(decided), change))


def _as_time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()


def _with_password(field: str, key: str) -> Alter:
    """Return what tells the password, in this field, of the one whose ID stands under the key."""

    def alter(exchange: WorldExchange, held: Held) -> None:
        secrets = {one.id: one.password for app in exchange.state.apps.values() for one in (*app.things.values(), *app.users.values())}
        body(lambda told: {**told, field: secrets[told[key]]})(exchange, held)

    return alter


def _without_location(_: WorldExchange, held: Held) -> None:
    held.headers = [(name, value) for name, value in held.headers if name.lower() != b"location"]


def _location_by_vendor_id(exchange: WorldExchange, held: Held) -> None:
    header("location", f"/api/apps/{exchange.parameters['appID']}/things/{exchange.parsed['_vendorThingID']}")(exchange, held)


MUTANTS: Mapping[str, Mutant] = {
    "thing-200": _of("The registration of a thing answers its success with 200.", status(200), _THING, _PLAIN_THING),
    "thing-without-token": _of("The registration that asks for a token too is answered without one.", without("_accessToken"), _THING),
    "thing-with-token-unasked": _of(
        "The registration that asks for no token is answered with one all the same.", fields(_accessToken="a-token-that-nobody-has"), _PLAIN_THING
    ),
    "thing-of-another-type": _of(
        "The registration that asks for a token too is answered in the media type of the other one.",
        media(media_type("ThingRegistrationResponse")),
        _THING,
    ),
    "thing-created-as-text": _of("The registration of a thing sends _created as a date in words.", fields(_created=_as_time), _THING),
    "thing-created-in-seconds": _of(
        "The registration of a thing sends _created in seconds.", fields(_created=lambda told: told // 1000), _PLAIN_THING
    ),
    "thing-disabled-as-text": _of("The registration of a thing sends _disabled as a text.", fields(_disabled="false"), _THING),
    "thing-without-vendor-id": _of("The registration of a thing answers no _vendorThingID.", without("_vendorThingID"), _PLAIN_THING),
    "thing-without-location": _of(
        "The 201 for a thing has no Location.", _without_location, _THING, _PLAIN_THING, breaks=("kii-thing.created-location",)
    ),
    "thing-location-by-vendor-id": _of(
        "The Location of a new thing has its vendorThingID where the thingID belongs.",
        _location_by_vendor_id,
        _THING,
        _PLAIN_THING,
        breaks=("kii-thing.created-location",),
    ),
    "thing-id-without-its-beginning": _of(
        "The registration of a thing answers its thingID without the letters and the full stop that it begins with.",
        fields(_thingID=lambda told: told.partition(".")[2]),
        _THING,
        breaks=("kii-public.thing-id-form",),
    ),
    "thing-read-with-password": _of("Who reads a thing is told its password.", _with_password("_password", "_thingID"), _READ),
    "member-added-201": _of("The adding of a member answers 201.", status(201), "kii-group.add-member-204"),
    "user-200": _of("The registration of a user answers its success with 200.", status(200), _USER),
    "user-without-id": _of("The registration of a user answers no userID.", without("userID"), _USER),
    "self-with-password": _of("Who reads himself is told his password.", _with_password("password", "userID"), _SELF),
    "self-without-login-name": _of("Who reads himself is not told his login name.", without("loginName"), _SELF),
    "self-of-another-type": _of("Who reads himself gets the media type of a registration.", media(media_type("RegistrationResponse")), _SELF),
    "group-200": _of("The making of a group answers its success with 200.", status(200), _GROUP),
    "group-id-a-number": _of("The making of a group answers its groupID as a number.", fields(groupID=42), _GROUP),
    "group-with-null-for-nobody-missing": _of(
        "The making of a group sends null for notFoundUsers where all were found.", fields(notFoundUsers=lambda told: told or None), _GROUP
    ),
    "token-of-another-type": _of("A token comes in the media type of Kii's own.", media(media_type("OauthTokenResponse")), _TOKEN),
}
