"""A Kii world's data as JSON and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cattrs import override
from jsonschema import Draft4Validator
from jsonschema.exceptions import best_match

from ... import specs
from ..engine import plain
from ..engine.clock import LAST
from ..engine.vendor import Settings
from . import accounts, things
from .entities import App, Flow, Group, Owner, Principal, Thing, Token, User
from .logins import LATEST

WHERE = "$.states.kii"
LAST_END = LAST + LATEST / 1000
"""When a token ends at the latest: what the longest login gives at the clock's last moment."""


@dataclass(frozen=True)
class _Given:
    """A token, whose it is, and when it ends."""

    token: str
    holder: Principal
    expires: float | None = None


@dataclass(frozen=True)
class _Used:
    """A code that was used, and whom it made an owner."""

    code: str
    owner: Owner


@dataclass(frozen=True)
class _Document:
    apps: list[App]
    tokens: list[_Given]


def _form() -> Any:
    form = plain.converter()
    plain.describe(form, Owner, kind=override(struct_hook=plain.text(of=("user", "group"))))
    plain.describe(form, Principal, kind=override(struct_hook=plain.text(of=("admin", "user", "thing", "anonymous"))))
    plain.describe(form, Flow, started_by=override(struct_hook=plain.text(of=("thing", "owner", "admin"))))
    plain.describe(form, _Used)
    plain.describe(form, User)
    plain.describe(form, Group)
    used = override(
        struct_hook=lambda value, _: {code: row.owner for code, row in plain.by("code", form.structure(value, list[_Used])).items()},
        unstruct_hook=lambda table: [form.unstructure(_Used(code, owner)) for code, owner in table.items()],
    )
    plain.describe(form, Thing, flows=plain.rows(form, Flow, "code"), used_codes=used)
    plain.describe(
        form,
        App,
        users=plain.rows(form, User, "id"),
        groups=plain.rows(form, Group, "id"),
        things=plain.rows(form, Thing, "id"),
        # They follow from the users and the things.
        logins=override(omit=True),
        vendor_ids=override(omit=True),
    )
    plain.describe(form, _Given, expires=override(struct_hook=plain.number(LAST_END, null=True)))
    plain.describe(form, _Document)
    return form


_FORM = _form()


def dump(apps: Mapping[str, App], tokens: Mapping[str, Token]) -> dict[str, Any]:
    """Return applications and tokens as JSON; what follows from the rest is left out."""
    given = [_Given(text, token.holder, token.expires) for text, token in tokens.items()]
    found: dict[str, Any] = _FORM.unstructure(_Document(list(apps.values()), given))
    return found


def read(data: Any, settings: Settings) -> tuple[dict[str, App], dict[str, Token]]:
    """Return the applications by id and the tokens by their text that were dumped so. ValueError says where the data are wrong."""
    document: _Document = plain.read(_FORM, data, _Document, WHERE)
    plain.unique([app.id for app in document.apps], f"{WHERE}.apps", "id")
    plain.unique([given.token for given in document.tokens], f"{WHERE}.tokens", "token")
    apps = {app.id: app for app in document.apps}
    for number, app in enumerate(document.apps):
        _complete(app, f"{WHERE}.apps[{number}]", kept=settings["deleted_owner"] == "kept")
    for number, given in enumerate(document.tokens):
        _check_holder(apps, given.holder, f"{WHERE}.tokens[{number}].holder")
    return apps, {given.token: Token(given.holder, given.expires) for given in document.tokens}


def _complete(app: App, where: str, *, kept: bool) -> None:
    """Fill in what follows from the rest. kept: a thing may have owners who are no more. ValueError where the parts do not fit one another."""
    plain.unique([user.login for user in app.users.values()], f"{where}.users", "login")
    plain.unique([thing.vendor_id for thing in app.things.values()], f"{where}.things", "vendor_id")
    for place, user in _placed(app.users, f"{where}.users"):
        app.logins[user.login] = user.id
        _check_fields(user.fields, "registerUser", accounts.OWN, f"{place}.fields")
    for place, group in _placed(app.groups, f"{where}.groups"):
        plain.unique(group.members, f"{place}.members", "user")
        plain.known(group.owner, app.users, f"{place}.owner", "user")
        for number, member in enumerate(group.members):
            plain.known(member, app.users, f"{place}.members[{number}]", "user")
    for place, thing in _placed(app.things, f"{where}.things"):
        app.vendor_ids[thing.vendor_id] = thing.id
        _check_fields(thing.fields, "registerThing", things.OWN, f"{place}.fields")
        plain.unique([f"{owner.kind}:{owner.id}" for owner in thing.owners], f"{place}.owners", "owner")
        for number, owner in enumerate(thing.owners):
            if not kept:
                plain.known(owner.id, app.users if owner.kind == "user" else app.groups, f"{place}.owners[{number}]", owner.kind)


def _placed(table: Mapping[str, Any], where: str) -> Iterator[tuple[str, Any]]:
    return ((f"{where}[{number}]", row) for number, row in enumerate(table.values()))


def _check_holder(apps: Mapping[str, App], holder: Principal, where: str) -> None:
    plain.known(holder.app_id, apps, f"{where}.app_id", "application")
    app = apps[holder.app_id]
    there = {"admin": (app.admin_id,), "user": app.users, "thing": app.things, "anonymous": (None,)}[holder.kind]
    if holder.id not in there:
        raise ValueError(f"{where}.id: the application {app.id!r} has no {holder.kind} of this id")


def _check_fields(fields: Mapping[str, Any], operation: str, own: frozenset[str], where: str) -> None:
    """Return if these can be the fields of what was registered. ValueError."""
    for name in own.intersection(fields):
        raise ValueError(f"{where}: the name {name} is not for a field of the caller's own")
    wrong = best_match(Draft4Validator({"properties": _registered(operation)}).iter_errors(dict(fields)))
    if wrong is not None:
        raise ValueError(f"{where}{wrong.json_path.removeprefix('$')}: {wrong.message}")


@cache
def _registered(operation: str) -> Mapping[str, Any]:
    """Return the schemas of the fields that the operation's body can have, by name."""
    document = specs.openapi("kii")
    found = next(op for item in document["paths"].values() for op in item.values() if isinstance(op, dict) and op.get("operationId") == operation)
    content = specs.resolved(document, found["requestBody"])["content"]
    properties: Mapping[str, Any] = next(iter(content.values()))["schema"]["properties"]
    return properties
