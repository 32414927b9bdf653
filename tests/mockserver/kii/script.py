"""Requests that between them reach every rule and every pick of Kii's: played on a fresh world of the default scenario."""

from __future__ import annotations

from typing import Any

from tests.mockserver.kii.account_script import account_script
from tests.mockserver.kii.apps import ADD, CONFIRM, App, basic, bearer
from tests.mockserver.player import Player

# What must hold for a pick's options to differ, beside the defaults.
COMPANIONS: dict[str, dict[str, Any]] = {"expired_code": {"code_life": 0}, "expired_token": {"token_life": 0}}


def script(player: Player) -> None:
    by_flag = {row.get("require_password"): App(row, player) for row in player.table["apps"]}
    open_app, locked, unset = by_flag[False], by_flag[True], by_flag[None]
    _refused_before_the_rules(open_app)
    _listed(open_app, locked)
    _passwords(locked)
    _passwords(unset)
    _flows(unset, open_app)
    _added(open_app)
    _several_refusals(open_app)
    account_script(open_app, locked, unset)


def _refused_before_the_rules(app: App) -> None:
    thing, someone = app.row["things"][0], {"userID": app.user(0)["id"]}
    for headers in ({}, {"Authorization": "Bearer nobody"}, {"Authorization": "Digest a=b"}, {"Authorization": "Basic !"}, basic("nocolon")):
        app.add(thing, headers, someone)
        app.owners(thing, headers)
        app.confirm(thing, headers, {"code": "x"})
        app.request(thing, headers, f"user:{app.user(0)['id']}")
    app.owners(thing, basic(f"{app.row['id']}:{app.row['key']}"))
    app.add(thing, basic(f"{app.row['id']}:wrong"), someone)
    for rest, media_type in (("", ADD), ("/confirm", CONFIRM)):
        for headers, content in (
            ({"Content-Type": media_type}, b"{"),
            ({"Content-Type": media_type}, b"[]"),
            ({"Content-Type": media_type}, b""),
            ({"Content-Type": "application/json"}, b"{}"),
            ({}, b"{}"),
        ):
            app.player.send("POST", app.at(thing, rest), app.admin | headers, content)
    app.add(thing, app.admin, {"userID": 5})
    app.player.send("PUT", app.at(thing), app.admin)
    app.player.send("POST", app.at(thing, "/cofirm"), app.admin)


def _listed(app: App, other: App) -> None:
    things = app.row["things"]
    for by in ("vendor_id", "id"):
        for headers in (app.admin, bearer(things[0]), bearer(things[1]), bearer(app.user(0)), other.admin):
            app.owners(things[0], headers, by)
        app.owners("none-such", app.admin, by)
    app.player.send("GET", "/api/apps/none/things/x/ownership", app.admin)


def _passwords(app: App) -> None:
    thing, other = app.row["things"][:2]
    first, second = app.user(0), app.user(1)
    app.add(thing, bearer(first), {"userID": first["id"]})
    app.add(thing, bearer(first), {"userID": first["id"], "thingPassword": "wrong"})
    app.add(thing, bearer(first), {"userID": first["id"], "thingPassword": thing["password"]})
    app.add(other, app.admin, {"userID": second["id"]})


def _flows(app: App, other: App) -> None:
    first, second, third = app.row["things"][:3]
    group = app.row["groups"][0]
    member, outsider = app.member(group), app.user(1)
    unused = app.request(first, bearer(member), f"group:{group['id']}")
    app.confirm(second, bearer(second), {"code": unused})
    other.confirm(other.row["things"][0], other.admin, {"code": unused})
    code = app.request(first, bearer(first), f"group:{group['id']}", by="id")
    app.confirm(first, bearer(outsider), {"code": code})
    app.confirm(first, bearer(first), {"code": code})
    app.confirm(first, bearer(member), {"code": unused})
    app.confirm(first, bearer(member), {"code": code}, "id")
    app.confirm(first, app.admin, {"code": code})
    app.request(first, app.admin, f"group:{group['id']}")
    for body in ({}, {"code": ""}, {"code": 7}, {"code": "none"}):
        app.confirm(first, bearer(first), body)
    app.confirm("none-such", app.admin, {"code": "none"})
    user = app.user(0)
    of_admin = app.request(second, app.admin, f"user:{user['id']}", by="id")
    app.confirm(second, bearer(second), {"code": of_admin})
    app.confirm(second, bearer(user), {"code": of_admin})
    app.confirm(second, app.admin, {"code": of_admin})
    app.request(second, bearer(user), f"user:{user['id']}")
    overtaken = app.request(third, bearer(third), f"user:{outsider['id']}")
    app.add(third, app.admin, {"userID": outsider["id"]})
    app.confirm(third, bearer(outsider), {"code": overtaken})
    app.request(third, bearer(outsider), f"user:{member['id']}")
    app.request(third, bearer(outsider), f"group:{group['id']}")
    app.request(third, bearer(third), "user:none")
    app.request(third, bearer(third), "group:none")
    app.request("none-such", app.admin, f"user:{member['id']}")
    app.request("none-such", app.admin, f"group:{group['id']}")
    app.request(third, bearer(third), f"user:{member['id']}", b"x")
    app.request(third, bearer(third), f"group:{group['id']}", b"x")


def _added(app: App) -> None:
    thing = app.row["things"][1]
    group = app.row["groups"][0]
    member, user = app.member(group), app.user(0)
    app.add(thing, app.admin, {})
    app.add(thing, app.admin, {"userID": user["id"], "groupID": group["id"]})
    app.add(thing, bearer(member), {"groupID": group["id"]})
    app.add(thing, app.admin, {"groupID": group["id"]})
    app.add(thing, bearer(member), {"userID": member["id"]})
    app.add(thing, basic(f"{app.row['id']}:{app.row['key']}"), {"userID": user["id"]})
    app.add(thing, app.admin, {"userID": user["id"]}, "id")
    app.add(thing, app.admin, {"userID": "none"})
    app.add(thing, app.admin, {"groupID": "none"})
    app.add("none-such", app.admin, {"userID": user["id"]})
    app.add(thing, bearer(thing), {"userID": user["id"]})


def _several_refusals(app: App) -> None:
    thing = app.row["things"][1]
    user, other = app.user(0), app.user(1)
    app.add("none-such", app.admin, {})
    app.add(thing, bearer(thing), {})
    app.add(thing, bearer(user), {"userID": "none"})
    app.add(thing, bearer(other), {"userID": user["id"]})
