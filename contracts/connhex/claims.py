"""The reference model of a claim: what may come back, and what it makes. Written from the clauses of the page and of the facts beyond it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..model import ModelError, Outcome
from . import answers
from .answers import ERROR_BODY, Expect, by_pick, claimed, forbidden, refused, same_resource, statuses
from .state import DEVICES, State
from .words import NOT_JSON, Call, Credential, counting

FORBIDDEN = {
    "nothing": "connhex-post.required-action",
    "denied": "connhex-public.deny-wins",
    "denied_only": "connhex-post.required-action",
    "wildcard_denied": "connhex-public.deny-wins",
    "team_denied": "connhex-public.deny-wins",
    "teams_denied": "connhex-public.deny-wins",
    "denied_before": "connhex-public.deny-wins",
    "action_elsewhere": "connhex-post.required-resource",
    "resource_only": "connhex-post.required-action",
    "wildcard_elsewhere": "connhex-post.required-action",
}
GRANTED = {
    **dict.fromkeys(("team", "teams"), "connhex-public.teams"),
    **dict.fromkeys(("wildcard_action", "wildcard_resource", "wildcard_all"), "connhex-public.wildcards"),
    **dict.fromkeys(("denied_elsewhere", "among_others"), "connhex-post.required-action"),
}
UNKNOWN = ""
"""In the place of a device that Manufacturing does not have."""


def register(state: State, call: Call) -> Outcome:
    """Return what a claim comes to. ModelError."""
    if call.bearer is None or call.cookie is None or counting(state, call.bearer) == counting(state, call.cookie):
        return _by(state, call, call.bearer or call.cookie, by_cookie=call.bearer is None)
    either = {"bearer": _by(state, call, call.bearer), "cookie": _by(state, call, call.cookie, by_cookie=True)}
    found = either[state.picks["both_credentials"]]
    expect = by_pick(state, "both_credentials", {name: outcome.expect for name, outcome in either.items()})
    return replace(found, cause="connhex-pick.both-credentials", expect=expect, others=(found.cause,))


def _by(state: State, call: Call, credential: Credential | None, *, by_cookie: bool = False) -> Outcome:
    user = counting(state, credential)
    if user is None:
        cause = "connhex-public.either-scheme" if credential is None else "connhex-pick.unauthenticated"
        return Outcome(cause, refused(statuses("unauthenticated")), state)
    wrong = _unreadable(call)
    if wrong is not None:
        cause, expect = wrong
        # Whether the caller may claim at all could be asked before it, or after.
        return Outcome(cause, expect if state.may_claim(user) else refused(), state)
    found = _claim(state, user, _device(state, call.body["deviceId"]))
    if ";" in (call.media or ""):
        return replace(found, cause="connhex-post.request-media-type", expect={"unspecified": found.expect})
    plain = found.cause == "connhex-post.201" and state.permissions[user] == "allowed"
    return replace(found, cause="connhex-public.cookie-location") if plain and by_cookie else found


def _unreadable(call: Call) -> tuple[str, Expect] | None:
    """Return what is wrong with the body, and how it is refused; None where it names a device."""
    if call.body is NOT_JSON and call.media and call.media.partition(";")[0] == "application/json":
        return "connhex-pick.malformed-json", refused(statuses("malformed_json"))
    if call.media is None:
        return "connhex-pick.absent-content-type", refused(statuses("absent_content_type"))
    if call.media.partition(";")[0] != "application/json":
        return "connhex-pick.wrong-content-type", refused(statuses("wrong_content_type"))
    cause = _malformed(call.body)
    return (cause, refused(statuses("malformed_device_id"))) if cause else None


def _malformed(body: Any) -> str:
    """Return the clause by which a JSON body names no device; empty where it names one."""
    if not isinstance(body, dict):
        return "connhex-pick.malformed-device-id"
    if "deviceId" not in body:
        return "connhex-post.device-id-required"
    if not isinstance(body["deviceId"], str):
        return "connhex-post.device-id"
    return "" if body["deviceId"] else "connhex-pick.malformed-device-id"


def _device(state: State, told: str) -> str:
    for name in DEVICES:
        if told == f"${name}.id" and name in state.enabled:
            return name
    text = told.replace("$device.id", "").replace("$unknown.device", "")
    if "$" in text or told != told.strip():
        raise ModelError(f"whether {told} is a device, no clause says")
    return UNKNOWN


def _claim(state: State, user: str, device: str) -> Outcome:
    """Return what the claim of a device by a user comes to: his permission and Manufacturing are asked first."""
    missing = Outcome("connhex-post.validates-device", {"status": "refused", "public": {"status": 404}, "unspecified": ERROR_BODY}, state)
    if state.may_claim(user):
        return missing if device == UNKNOWN else _enabled(state, user, device)
    word = state.permissions[user]
    cause = FORBIDDEN[word]
    if device == UNKNOWN:
        first = {"forbidden": {"status": 403}, "missing": {"status": 404}}
        order: Expect = {"picks": {"precedence": first}}
        both = (cause, missing.cause) if state.picks["precedence"][0] == "forbidden" else (missing.cause, cause)
        return Outcome(both[0], refused(order), state, others=both[1:])
    if _free(state, device):
        return Outcome(cause, forbidden() if cause.startswith("connhex-public.") else refused(public=403), state)
    # That the device is asked about after Manufacturing is public; whether the permission is asked before that, the pick says.
    order = {"picks": {"precedence": {"forbidden": {"status": 403}, "missing": {"status": "refused"}}}}
    return Outcome(cause, refused(order), state, others=(_enabled(state, user, device).cause,))


def _free(state: State, device: str) -> bool:
    standard = "protection" in state.settled and state.picks["protection"] == "standard"
    return not state.owners(device) and (standard or state.enabling_counts(device))


def _enabled(state: State, user: str, device: str) -> Outcome:
    """Return what the claim of one who may comes to, of a device that there is: with protected association it must have been enabled in time."""
    found = _associated(state, user, device)
    if state.enabling_counts(device):
        plain = found.cause == "connhex-post.201"
        protected = plain and state.picks["protection"] == "protected" and state.permissions[user] == "allowed"
        return replace(found, cause="connhex-public.protected-association") if protected else found
    late = refused(statuses("not_enabled"))
    expect = by_pick(state, "protection", {"standard": found.expect, "protected": late})
    if state.picks["protection"] == "protected":
        cause = "connhex-pick.enable-life" if state.enabled[device] else "connhex-public.protected-association"
        return Outcome(cause, expect, state, others=(found.cause,) if state.owners(device) else ())
    unsaid = found.cause == "connhex-post.201" and "protection" not in state.settled
    return replace(found, expect=expect, cause="connhex-public.standard-association" if unsaid else found.cause)


def _associated(state: State, user: str, device: str) -> Outcome:
    """Return what it comes to by who owns the device already."""
    made = state.claimed(device, user)
    keep = {state.next_resource: "/resourceId"}
    new = Outcome(GRANTED.get(state.permissions[user], "connhex-post.201"), claimed(state), made, keep)
    owners = state.owners(device)
    if not owners:
        return new
    single = state.picks["association"] == "one_to_one"
    if user in owners:
        return _again(state, user, device, new, single=single)
    other = refused(statuses("claimed_by_other"))
    expect = by_pick(state, "association", {"one_to_one": other, "one_to_many": new.expect})
    return Outcome("connhex-public.one-to-one", expect, state) if single else replace(new, cause="connhex-public.one-to-many", expect=expect)


def _again(state: State, user: str, device: str, new: Outcome, *, single: bool) -> Outcome:
    """Return what it comes to where the caller owns the device already."""
    own = next(resource.name for resource in state.resources if (resource.device, resource.owner) == (device, user))
    conflict: Mapping[str, Any] = {"status": 409, "unspecified": ERROR_BODY}
    alone = by_pick(state, "claimed_by_self", {"conflict": conflict, "same_resource": same_resource(own)})
    shared = by_pick(state, "again_one_to_many", {"new_resource": answers.claimed(state), "conflict": conflict})
    expect = by_pick(state, "association", {"one_to_one": alone, "one_to_many": shared})
    if single:
        return Outcome("connhex-pick.claimed-by-self", expect, state)
    again = new if state.picks["again_one_to_many"] == "new_resource" else Outcome("", {}, state)
    return replace(again, cause="connhex-pick.again-one-to-many", expect=expect)
