"""What Kii's answers are like, as a row expects them: each part under the grade that its source has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .state import Owner, State
from .words import Caller

Expect = dict[str, Any]
NO_CONTENT: Expect = {"status": 204, "empty": True}


def error(status: int, code: str, **fields: str) -> Expect:
    """Return what a refusal with this code is, whose body has these fields."""
    named = {"errorCode": code, **fields}
    return {"status": status, "body": {"required": list(named), "properties": {name: {"const": value} for name, value in named.items()}}}


def by_pick(state: State, name: str, expect: Expect) -> Expect:
    """Return what is expected since a pick has the value that it has."""
    value = state.pick(name)
    return {"picks": {name: {str(value).lower() if isinstance(value, bool) else str(value): expect}}}


def beside(expect: Expect, more: Expect) -> Expect:
    """Return the expectation with more that no source says."""
    return {**expect, "unspecified": beside(expect["unspecified"], more) if "unspecified" in expect else more}


def unauthorized(state: State, caller: Caller) -> Expect:
    """Return the 401 of this caller: it names users and things; whether it names others is a pick."""
    if caller.kind in ("user", "thing"):
        return error(401, "UNAUTHORIZED", authenticatedAppID=caller.app, authenticatedPrincipalID=caller.id)
    expect = error(401, "UNAUTHORIZED", authenticatedAppID=caller.app) if caller.app else error(401, "UNAUTHORIZED")
    pick = "principal_of_admin" if caller.kind == "admin" else "principal_of_anonymous"
    named = {"required": ["authenticatedPrincipalID"], "properties": {"authenticatedPrincipalID": {"type": "string", "minLength": 1}}}
    return beside(expect, by_pick(state, pick, {"body": named if state.pick(pick) == "named" else _without("authenticatedPrincipalID")}))


def wrong_token(app: str) -> Expect:
    """Return the 403 of a token that nobody has."""
    return error(403, "WRONG_TOKEN", appID=app)


def credential_refused(state: State, caller: Caller, app: str, pick: str) -> Expect:
    """Return the refusal of a credential as a pick says it: 401 or 403."""
    return by_pick(state, pick, wrong_token(app) if state.pick(pick) == "wrong_token" else unauthorized(state, caller))


def thing_not_found(app: str, by: str, value: str) -> Expect:
    """Return the 404 of a thing. by: thingID or vendorThingID."""
    return error(404, "THING_NOT_FOUND", field=by, value=value, appID=app)


def owner_not_found(app: str, owner: Owner) -> Expect:
    """Return the 404 of a user or a group."""
    if owner.kind == "user":
        return error(404, "USER_NOT_FOUND", field="userID", value=owner.id, appID=app)
    return error(404, "GROUP_NOT_FOUND", groupID=owner.id, appID=app)


def owner_already(state: State, app: str, thing: str, owner: Owner) -> Expect:
    """Return the 409 of one who is an owner; it names no other kind of owner."""
    expect = error(409, "THING_OWNERSHIP_ALREADY_EXISTS", appID=app, thingID=thing, **{f"{owner.kind}ID": owner.id})
    return beside(expect, by_pick(state, "conflict_names", {"body": _without(_other(owner))}))


def ownership_not_found(state: State, app: str, thing: str, owner: Owner) -> Expect:
    """Return the 404 of one who is no owner; all but its code is a pick's matter."""
    body = error(404, "THING_OWNERSHIP_NOT_FOUND", appID=app, thingID=thing, **{f"{owner.kind}ID": owner.id})["body"]
    return beside(error(404, "THING_OWNERSHIP_NOT_FOUND"), by_pick(state, "ownership_not_found", {"body": {**body, **_without(_other(owner))}}))


def invalid_code(app: str, thing: str) -> Expect:
    """Return the 409 of a code that does not serve."""
    return error(409, "INVALID_THING_OWNERSHIP_CODE", appID=app, thingID=thing)


def owners(found: Iterable[Owner]) -> Expect:
    """Return the list of these owners and of no others, in any order."""
    ids: dict[str, list[str]] = {"user": [], "group": []}
    for owner in sorted(found):
        ids[owner.kind].append(owner.id)
    return {"status": 200, "body": {"required": ["users", "groups"], "properties": {f"{kind}s": _exactly(ids[kind]) for kind in ids}}}


def without_body(expect: Mapping[str, Any]) -> Expect:
    """Return what is left of an expectation where an answer cannot have a body."""
    left: Expect = {name: value for name, value in expect.items() if name not in ("body", "picks", "public", "unspecified")}
    for grade in ("public", "unspecified"):
        if grade in expect and (inner := without_body(expect[grade])):
            left[grade] = inner
    for name, options in expect.get("picks", {}).items():
        kept = {option: without_body(one) for option, one in options.items()}
        if all(kept.values()):
            left["picks"] = {name: kept}
    return left


def shared(expects: list[Expect]) -> Expect:
    """Return what refusals have in common: by what the sources say, and below `unspecified` by what the picks say besides."""
    said = _alike(expects)
    picked = _alike([_chosen(one) for one in expects])
    common = {"status": "refused", **said}
    return common if picked in (said, common) else {**common, "unspecified": picked}


def _alike(expects: list[Expect]) -> Expect:
    first, *others = expects
    if all(one == first for one in others):
        return first
    alike = first.get("status") is not None and all(one.get("status") == first["status"] for one in others)
    return {"status": first["status"]} if alike else {"status": "refused"}


def _chosen(expect: Expect) -> Expect:
    """Return what a pick's value comes to where nothing but a pick speaks."""
    return next(iter(next(iter(expect["picks"].values())).values())) if expect.keys() == {"picks"} else expect


def _exactly(ids: list[str]) -> Expect:
    if len(ids) < 2:  # noqa: PLR2004 - of one there is one order
        return {"const": ids}
    return {"minItems": len(ids), "maxItems": len(ids), "allOf": [{"contains": {"const": one}} for one in ids]}


def _other(owner: Owner) -> str:
    return "groupID" if owner.kind == "user" else "userID"


def _without(name: str) -> Expect:
    return {"not": {"required": [name]}}
