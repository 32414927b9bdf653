"""What a clause of a cause is about, in words: which call answers what."""

from __future__ import annotations

from ..replies import FORMS

_CALLS = {
    "post": "POST ownership",
    "list": "GET ownership",
    "request-group": "the request for a group",
    "request-user": "the request for a user",
    "confirm": "confirm",
    "put": "PUT of an owner",
    "is-owner": "HEAD of an owner",
    "remove": "DELETE of an owner",
    "token": "a login",
    "thing": "the registration of a thing",
    "thing.read": "the reading of a thing",
    "thing.delete": "the deletion of a thing",
    "user": "the registration of a user",
    "user.read-self": "the reading of oneself",
    "user.delete": "the deletion of a user",
    "group.create": "the making of a group",
    "group.delete": "the deletion of a group",
    "group.add-member": "the adding of a member",
    "group.remove-member": "the removal of a member",
}
_CAUSES = {
    "400": "data that are not valid",
    "400-neither": "a body that names nobody",
    "400-both": "a body that names a user and a group",
    "400-thing": "a thing's login that fails",
    "401": "a caller without the right",
    "401-not-authorized": "a caller without the right",
    "401-password": "a missing or wrong password",
    "403": "an unknown token",
    "404": "one who is no owner",
    "404-app": "an unknown application",
    "404-user": "an unknown user",
    "404-group": "an unknown group",
    "404-thing": "an unknown thing",
    "404-ownership": "one who is no owner",
    "409": "what exists already",
    "409-code": "a code that completes no flow",
}


def answers(cause: str) -> str:
    """Return what is answered and by which call. cause: a clause's id without the vendor, such as post.404-user. KeyError."""
    call = max((call for call in _CALLS if cause.startswith((f"{call}.", f"{call}-"))), key=len, default="")
    return f"{_CALLS[call]} answers {_CAUSES[cause[len(call) + 1 :]]}"


def one_refused(kind: str) -> str:
    """Return what this kind of refusal is for."""
    return _CAUSES[FORMS[kind].clause]


def sentence(text: str) -> str:
    """Return the text as a sentence."""
    return f"{text[0].upper()}{text[1:]}."


def dashed(text: str) -> str:
    """Return a part of a mutant's name: lower case, with dashes. text: such as appID or 404_user."""
    spaced = "".join(f"-{letter}" if letter.isupper() and not before.isupper() else letter for before, letter in zip(" " + text, text, strict=False))
    return spaced.replace("_", "-").replace(".", "-").strip("-").lower().replace("--", "-")
