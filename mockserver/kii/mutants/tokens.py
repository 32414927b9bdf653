"""Deployments that go wrong about credentials: which token is whose, and how long; which calls need one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...engine.mutants import Mutant, Rule
from ..entities import Principal
from ..refusals import No
from ..world import KiiWorld
from . import places
from .ways import kept_aside

_OF_OTHERS = frozenset({"deleteUser", "createGroup", "deleteGroup", "addMember", "removeMember"})
# What a call without a right credential could do, and the clause that one without any credential is refused by.
_PLACES: Mapping[str, tuple[str, frozenset[str], str]] = {
    "post": ("add an owner", places.POST, "kii-ownership.authorization-required"),
    "list": ("list the owners", places.LIST, "kii-ownership.authorization-required"),
    "put": ("add an owner by PUT", places.PUT, "kii-put.authorization-required"),
    "ask": ("ask for an owner", places.ASK, "kii-is-owner.authorization-required"),
    "remove": ("end an ownership", places.REMOVE, "kii-remove.authorization-required"),
    "request-user": ("start a flow for a user", places.REQUEST_USER, "kii-request-user.authorization-required"),
    "request-group": ("start a flow for a group", places.REQUEST_GROUP, "kii-request-group.authorization-required"),
    "confirm": ("complete a flow", places.CONFIRM, "kii-confirm.authorization-required"),
    "read-thing": ("read a thing", places.READ, "kii-pick.no-credential"),
    "setup": ("delete things and users, and change groups", places.DELETE | _OF_OTHERS, "kii-pick.no-credential"),
}

# A token that nobody has: those of the operations that one mistake would open are together.
_UNKNOWN: Mapping[str, tuple[str, frozenset[str]]] = {
    "owners": ("add an owner by PUT, ask for one and end an ownership", places.PUT | places.ASK | places.REMOVE),
    "flows": ("start and complete a flow", places.REQUEST | places.CONFIRM),
    "read-thing": ("read a thing", places.READ),
    "setup": ("delete things and users, and change groups", places.DELETE | _OF_OTHERS),
}


def _admin(world: KiiWorld, app_id: str) -> Principal | None:
    app = world.apps.get(app_id)
    return Principal("admin", app.id, app.admin_id) if app is not None else None


def _unknown_at(operations: frozenset[str]) -> Rule:
    def rule(world: KiiWorld, good: Rule, token: str, operation: str, app_id: str) -> Principal:
        admin = _admin(world, app_id)
        if operation in operations and token not in world.tokens and admin is not None:
            return admin
        who: Principal = good(token, operation, app_id)
        return who

    return rule


def _none_at(operations: frozenset[str]) -> Rule:
    def rule(world: KiiWorld, good: Rule, *asked: str) -> Principal | None:
        scheme, _, operation, app_id = asked
        who: Principal | None = good(*asked)
        return _admin(world, app_id) if who is None and not scheme and operation in operations else who

    return rule


def _expired_at(operations: frozenset[str]) -> Rule:
    def rule(world: KiiWorld, good: Rule, token: str, operation: str, app_id: str) -> Principal:
        known = world.tokens.get(token)
        if known is not None and operation in operations:
            return known.holder
        who: Principal = good(token, operation, app_id)
        return who

    return rule


def _families() -> Iterator[tuple[str, Mutant]]:
    for place, (does, operations) in _UNKNOWN.items():
        yield (
            f"{place}-takes-an-unknown-token",
            Mutant(
                says=f"To {does} a token that nobody has is taken for the administrator's.",
                operations=operations,
                clauses=("kii-public.unknown-token",),
                rules={"caller": _unknown_at(operations)},
            ),
        )
    for place, (does, operations, clause) in _PLACES.items():
        yield (
            f"{place}-takes-no-credential",
            Mutant(
                says=f"To {does} it asks for no credential, and takes whoever brings none for the administrator.",
                operations=operations,
                clauses=(clause,),
                rules={"tokenless_caller": _none_at(operations)},
            ),
        )
    for place, operations in (("post", places.POST), ("read-self", frozenset({"readSelf"}))):
        yield (
            f"{place}-takes-an-expired-token",
            Mutant(
                says=f"At {place} a token serves when its life is over.",
                operations=operations,
                clauses=("kii-pick.expired-token",),
                rules={"caller": _expired_at(operations)},
            ),
        )


def _deleted(world: KiiWorld, kind: str, key: tuple[str, str | None]) -> Any:
    return kept_aside(world, f"deleted_{kind}").get(key)


def _lives_on(kind: str) -> Rule:
    """Return the rule by which the tokens of a user, or of a thing, stay when he is deleted."""

    def rule(_: KiiWorld, good: Rule, holder: Principal) -> None:
        if holder.kind != kind:
            good(holder)

    return rule


def _remembered(world: KiiWorld, good: Rule, app: Any, user: Any) -> None:
    kept_aside(world, "deleted_user")[app.id, user.id] = user
    good(app, user)


def _self_of_old(world: KiiWorld, good: Rule, who: Principal, app_id: str) -> Any:
    gone = _deleted(world, "user", (app_id, who.id)) if who.kind == "user" and who.app_id == app_id else None
    return gone if gone is not None else good(who, app_id)


def _basic_with_any_key(_: KiiWorld, __: Rule, app: Any, ___: str) -> bool:
    return app is not None


def _malformed_is_anonymous(world: KiiWorld, good: Rule, value: str, **more: bool) -> Principal:
    try:
        who: Principal = good(value, **more)
    except No as no:
        if no.clause != "kii-pick.malformed-basic":
            raise
        return Principal("anonymous", next(iter(world.apps)), None)
    return who


def _no_headers(_: KiiWorld, __: Rule, ___: str) -> Principal:
    raise No("unauthorized")


_KEYLESS = frozenset({"issueToken", "registerThing", "registerUser"})
MUTANTS: Mapping[str, Mutant] = {
    **dict(_families()),
    "token-of-a-deleted-user": Mutant(
        says="The tokens of a user who is deleted go on to serve.",
        operations=frozenset({"deleteUser"}),
        clauses=("kii-user.delete",),
        rules={"forget_tokens": _lives_on("user"), "forget_user": _remembered, "read_self": _self_of_old},
    ),
    "token-of-a-deleted-thing": Mutant(
        says="The tokens of a thing that is deleted are still known.",
        operations=places.DELETE,
        clauses=("kii-thing.delete",),
        rules={"forget_tokens": _lives_on("thing")},
    ),
    "basic-with-any-key": Mutant(
        says="POST ownership takes a Basic credential whose key is not the application's.",
        operations=places.POST,
        clauses=("kii-pick.wrong-basic-key",),
        rules={"_is_key": _basic_with_any_key},
    ),
    "basic-that-cannot-be-read": Mutant(
        says="A Basic credential that cannot be read is taken for an anonymous caller's.",
        operations=places.POST | _KEYLESS,
        clauses=("kii-pick.malformed-basic",),
        rules={"basic_caller": _malformed_is_anonymous},
    ),
    "headers-name-no-app": Mutant(
        says="The headers X-Kii-AppID and X-Kii-AppKey stand for nothing.",
        operations=_KEYLESS,
        clauses=("kii-public.app-named-by-headers",),
        rules={"header_caller": _no_headers},
    ),
}
