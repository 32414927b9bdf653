"""Deployments that go wrong about how a claim is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from ...engine import alter
from ...engine.exchange import WorldExchange
from ...engine.held import Held
from ...engine.mutants import NO_OPERATION, Alter, Mutant
from ...engine.vendor import Call, Operation, Reply, Trouble, TroubleError
from .doing import CLAIMED, CLAIMS, claim, device_told, headers, swapped

NONE = frozenset({NO_OPERATION})
UNREADABLE = frozenset(
    f"connhex-pick.{name}" for name in ("malformed-device-id", "malformed-json", "wrong-content-type", "absent-content-type", "malformed-login")
)
NOT_JSON = frozenset({"connhex-pick.wrong-content-type", "connhex-pick.absent-content-type"})
MADE_BUT: dict[str, Any] = {"errors": [{"detail": "The device could not be claimed."}]}


def _device_id(exchange: WorldExchange, held: Held) -> None:
    alter.fields(resourceId=device_told(exchange))(exchange, held)


def _any_media(exchange: WorldExchange, held: Held) -> None:
    claim(exchange, held, exchange.principal, device_told(exchange))


def _error_form(value: Any) -> Any:
    if "errors" in value:
        return {"error": {"message": value["errors"][0]["detail"]}}
    return {"errors": [{"detail": value["error"]["message"]}]} if "error" in value else value


def _refusals_form(exchange: WorldExchange, held: Held) -> None:
    if held.status >= 400:  # noqa: PLR2004 - HTTP's own number
        alter.body(_error_form)(exchange, held)


def _without_allow(_: WorldExchange, held: Held) -> None:
    held.headers = [(name, value) for name, value in held.headers if name.lower() != b"allow"]


async def _elsewhere(_: Call, __: Operation) -> Reply:
    raise TroubleError(Trouble("unknown_path", "There is nothing at this path."))


async def _json_alone(call: Call, operation: Operation) -> Reply:
    if headers(call.exchange).get("content-type", "") == "application/json":
        raise TroubleError(Trouble("wrong_content_type", "Expected: application/vnd.api+json."))
    return operation(call)


_CLAIMED: Mapping[str, tuple[str, Alter]] = {
    "claimed-200": ("A claim that succeeds is answered 200.", alter.status(200)),
    "claimed-202": ("A claim that succeeds is answered 202.", alter.status(202)),
    "claimed-without-body": ("A claim that succeeds is answered 201 without a body.", alter.without_body),
    "claimed-as-text": ("The answer to a claim that succeeds is text/plain.", alter.media("text/plain")),
    "claimed-wrapped": ("The answer to a claim that succeeds has its object below data.", alter.body(lambda value: {"data": value})),
    "resource-id-missing": ("The answer to a claim has the resource's id as id.", alter.body(lambda value: {"id": value["resourceId"]})),
    "resource-id-empty": ("The answer to a claim has an empty resourceId.", alter.fields(resourceId="")),
    "resource-id-a-number": ("The answer to a claim has a number for a resourceId.", alter.fields(resourceId=139836)),
    "resource-id-of-the-device": ("The resourceId in the answer to a claim is the deviceId.", _device_id),
    "resource-id-of-nothing": ("The resourceId in the answer to a claim is no resource's.", alter.fields(resourceId=lambda _: str(uuid4()))),
    **{
        f"claimed-but-{status}": (
            f"A claim does all that it should, and is answered {status}.",
            alter.both(alter.body(lambda _: MADE_BUT), alter.status(status)),
        )
        for status in (500, 403, 404)
    },
}

MUTANTS: Mapping[str, Mutant] = {
    **{
        name: Mutant(says=says, operations=CLAIMS, clauses=("connhex-post.201",), answer=alter.where(CLAIMED, change))
        for name, (says, change) in _CLAIMED.items()
    },
    "claim-at-another-path": Mutant(
        says="There is nothing at /ownerships.", operations=CLAIMS, clauses=("connhex-post.location", "connhex-post.purpose"), operate=_elsewhere
    ),
    "json-refused": Mutant(
        says="A body has to be application/vnd.api+json.", operations=CLAIMS, clauses=("connhex-post.request-media-type",), operate=_json_alone
    ),
    "any-media-type-taken": Mutant(
        says="The deviceId is read from a body of any media type, or none.",
        operations=CLAIMS,
        clauses=("connhex-pick.wrong-content-type", "connhex-pick.absent-content-type"),
        answer=alter.where(NOT_JSON, _any_media),
    ),
    "unreadable-not-as-declared": Mutant(
        says="A body that cannot be read is refused with another status than the deployment declares.",
        operations=frozenset({"register", "login"}),
        clauses=tuple(sorted(UNREADABLE)),
        answer=alter.where(UNREADABLE, swapped({400: 422, 422: 400, 415: 400})),
    ),
    "error-body-not-as-declared": Mutant(
        says="The body of a refusal has the other of its two forms than the deployment declares.",
        operations=CLAIMS | NONE,
        clauses=("connhex-pick.error-body",),
        answer=_refusals_form,
    ),
    "wrong-method-without-allow": Mutant(
        says="A method that a path does not take is answered without naming those that it takes.",
        operations=NONE,
        clauses=("connhex-pick.wrong-method",),
        answer=alter.where(frozenset({"connhex-pick.wrong-method"}), _without_allow),
    ),
    "unknown-path-empty": Mutant(
        says="A path that is none is answered 200 with an empty list.",
        operations=NONE,
        clauses=("connhex-pick.unknown-path",),
        answer=alter.where(frozenset({"connhex-pick.unknown-path"}), alter.both(alter.body(lambda _: []), alter.status(200))),
    ),
}
