"""Deployments that go wrong about users and groups: registered, made, joined, left, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...engine.mutants import Mutant, Rule
from ..entities import App, Group, Principal, User
from ..refusals import No
from ..world import KiiWorld
from .ways import acts_and_refuses, always, within


def _nothing(_: KiiWorld, __: Rule, *___: Any) -> None:
    """Do nothing."""


def _without_fields(_: KiiWorld, good: Rule, *asked: Any) -> User:
    user: User = good(*asked)
    user.fields.clear()
    return user


def _with_another_password(_: KiiWorld, good: Rule, *asked: Any) -> User:
    user: User = good(*asked)
    user.password = user.password[::-1] + "x"
    return user


def _again(world: KiiWorld, good: Rule, who: Principal, app_id: str, body: Mapping[str, Any]) -> User:
    app = world.apps.get(app_id)
    known = app.logins.pop(body["loginName"], None) if app is not None else None
    try:
        user: User = good(who, app_id, body)
    except No:
        if app is not None and known is not None:
            app.logins[body["loginName"]] = known
        raise
    return user


def _taken_elsewhere(world: KiiWorld, good: Rule, who: Principal, app_id: str, body: Mapping[str, Any]) -> User:
    other = next((app for app in world.apps.values() if app.id != app_id and app.user(body["loginName"]) is not None), None)
    if other is not None and who.app_id == app_id:
        raise No("user_exists", app_id=app_id, field="loginName", value=body["loginName"])
    user: User = good(who, app_id, body)
    return user


def _made(change: Any) -> Rule:
    """Return what changes a group that was made. change: the group, its application, the members asked for."""

    def rule(world: KiiWorld, good: Rule, *asked: Any) -> tuple[Group, list[str]]:
        group, missing = good(*asked)
        change(group, world.apps[asked[1]], asked[4])
        return group, missing

    return rule


def _owner_outside(group: Group, _: App, wanted: list[str]) -> None:
    if group.owner not in wanted:
        group.members = [member for member in group.members if member != group.owner]


def _no_members(group: Group, _: App, __: list[str]) -> None:
    group.members = [group.owner] if group.owner is not None else []


def _all_members(group: Group, app: App, _: list[str]) -> None:
    group.members = list(app.users)


def _members_own(group: Group, _: App, __: list[str]) -> None:
    group.owner = next((member for member in group.members if member != group.owner), None)


def _forgotten_group(group: Group, app: App, _: list[str]) -> None:
    del app.groups[group.id]


def _missing_told_not(_: KiiWorld, good: Rule, *asked: Any) -> tuple[Group, list[str]]:
    group, _missing = good(*asked)
    return group, []


def _missing_refused(world: KiiWorld, good: Rule, *asked: Any) -> Any:
    app = world.apps.get(asked[1])
    missing = [member for member in asked[4] if app is not None and member not in app.users]
    if app is not None and missing:
        raise No("user_missing", app_id=app.id, id=missing[0])
    return good(*asked)


def _missing_kept(_: KiiWorld, good: Rule, *asked: Any) -> tuple[Group, list[str]]:
    group, missing = good(*asked)
    return group, [*missing, *(member for member in asked[4] if member not in missing)]


def _named_owner_needed(_: KiiWorld, good: Rule, *asked: Any) -> Any:
    if asked[3] is None and asked[0].kind == "user":
        raise No("unauthorized")
    return good(*asked)


def _with_members(world: KiiWorld, good: Rule, app: App, group: Group) -> None:
    good(app, group)
    for member in group.members:
        if member in app.users:
            world.forget_user(app, app.users[member])


def _members_as_before(world: KiiWorld, good: Rule, *asked: Any) -> None:
    app = world.apps.get(asked[1])
    before = {group.id: list(group.members) for group in app.groups.values()} if app is not None else {}
    good(*asked)
    for group in app.groups.values() if app is not None else ():
        group.members = before[group.id]


def _twice(world: KiiWorld, good: Rule, *asked: Any) -> None:
    _, app_id, group_id, user_id = asked
    app = world.apps.get(app_id)
    again = app is not None and app.is_member(user_id, group_id)
    good(*asked)
    if app is not None and again:
        app.groups[group_id].members.append(user_id)


def _once(world: KiiWorld, good: Rule, *asked: Any) -> None:
    _, app_id, group_id, user_id = asked
    app = world.apps.get(app_id)
    again = app is not None and app.is_member(user_id, group_id)
    good(*asked)
    if again:
        raise No("unauthorized")


def _to_every_group(world: KiiWorld, good: Rule, *asked: Any) -> None:
    good(*asked)
    for group in world.apps[asked[1]].groups.values():
        if asked[3] not in group.members:
            group.members.append(asked[3])


def _to_another_group(world: KiiWorld, good: Rule, *asked: Any) -> None:
    _, app_id, group_id, user_id = asked
    app = world.apps.get(app_id)
    new = app is not None and not app.is_member(user_id, group_id)
    good(*asked)
    other = next((group for group in app.groups.values() if group.id != group_id), None) if app is not None else None
    if app is not None and new and other is not None:
        app.groups[group_id].members.remove(user_id)
        other.members += [user_id] if user_id not in other.members else []


def _all_out(world: KiiWorld, good: Rule, *asked: Any) -> None:
    good(*asked)
    group = world.apps[asked[1]].groups[asked[2]]
    group.members = [member for member in group.members if member == group.owner]


def _owner_too(world: KiiWorld, good: Rule, *asked: Any) -> None:
    good(*asked)
    group = world.apps[asked[1]].groups[asked[2]]
    group.owner = None


def _at(operation: str, name: str, says: str, clause: str, **rules: Rule) -> tuple[str, Mutant]:
    return name, Mutant(says=says, operations=frozenset({operation}), clauses=(clause,), rules=rules)


_USER, _GROUP = "registerUser", "createGroup"
MUTANTS: Mapping[str, Mutant] = dict(
    [
        _at(
            _USER,
            "register-user-drops-fields",
            "Of a new user nothing is kept but his name and password.",
            "kii-user.register",
            register_user=_without_fields,
        ),
        _at(_USER, "register-user-spoils-the-password", "A new user cannot log in.", "kii-user.register", register_user=_with_another_password),
        _at(_USER, "register-user-twice", "A login name is given to a second user.", "kii-user.409", register_user=_again),
        _at(
            _USER,
            "register-user-names-of-other-apps",
            "A login name that another application has is taken.",
            "kii-user.register",
            register_user=_taken_elsewhere,
        ),
        _at(_USER, "register-user-acts-and-refuses", "A user is registered, and the answer says no.", "kii-user.201", register_user=acts_and_refuses),
        _at("deleteUser", "delete-user-deletes-nothing", "A user who is deleted stays.", "kii-user.delete", forget_user=_nothing),
        _at(
            "deleteUser",
            "delete-user-acts-and-refuses",
            "A user is deleted, and the answer says no.",
            "kii-user.delete-204",
            delete_user=acts_and_refuses,
        ),
        _at(
            _GROUP,
            "create-group-owner-is-no-member",
            "A group's owner is no member of it.",
            "kii-group.owner-is-member",
            create_group=_made(_owner_outside),
        ),
        _at(_GROUP, "create-group-without-members", "A new group has its owner alone.", "kii-group.create", create_group=_made(_no_members)),
        _at(
            _GROUP,
            "create-group-of-everyone",
            "Every user of the application is in a new group.",
            "kii-group.create",
            create_group=_made(_all_members),
        ),
        _at(
            _GROUP,
            "create-group-owned-by-a-member",
            "A member owns a new group, not its owner.",
            "kii-group.create",
            create_group=_made(_members_own),
        ),
        _at(_GROUP, "create-group-keeps-none", "A new group is not kept.", "kii-group.create", create_group=_made(_forgotten_group)),
        _at(
            _GROUP, "create-group-acts-and-refuses", "A group is made, and the answer says no.", "kii-group.create-201", create_group=acts_and_refuses
        ),
        _at(
            _GROUP,
            "create-group-hides-who-is-missing",
            "Who of the members was not found is not told.",
            "kii-group.not-found-users",
            create_group=_missing_told_not,
        ),
        _at(
            _GROUP,
            "create-group-refuses-who-is-missing",
            "A group with a member who is not found is not made.",
            "kii-group.not-found-users",
            create_group=_missing_refused,
        ),
        _at(_GROUP, "create-group-finds-nobody", "All members are told as not found.", "kii-group.not-found-users", create_group=_missing_kept),
        _at(
            _GROUP,
            "create-group-wants-an-owner",
            "A user who names no owner makes no group.",
            "kii-group.user-for-himself",
            create_group=_named_owner_needed,
        ),
        _at(
            _GROUP,
            "create-group-for-an-unknown-owner",
            "A group is made for an owner who does not exist.",
            "kii-group.create-404-user",
            create_group=within(owner_missing=always(None)),
        ),
        _at("deleteGroup", "delete-group-deletes-nothing", "A group that is deleted stays.", "kii-group.delete", forget_group=_nothing),
        _at(
            "deleteGroup",
            "delete-group-with-its-members",
            "The members of a group are deleted with it.",
            "kii-group.delete",
            forget_group=_with_members,
        ),
        _at(
            "deleteGroup",
            "delete-group-acts-and-refuses",
            "A group is deleted, and the answer says no.",
            "kii-group.delete-204",
            delete_group=acts_and_refuses,
        ),
        _at("addMember", "add-member-adds-nobody", "Who is added to a group is no member.", "kii-group.add-member", add_member=_members_as_before),
        _at("addMember", "add-member-twice", "A member who is added again is one twice over.", "kii-group.add-member-204", add_member=_twice),
        _at("addMember", "add-member-once", "To add a member who is one is refused.", "kii-group.add-member-204", add_member=_once),
        _at("addMember", "add-member-to-every-group", "Who is added to one group is in all.", "kii-group.add-member", add_member=_to_every_group),
        _at(
            "addMember",
            "add-member-to-another-group",
            "Who is added to a group is added to another.",
            "kii-group.add-member",
            add_member=_to_another_group,
        ),
        _at(
            "addMember",
            "add-member-acts-and-refuses",
            "A member is added, and the answer says no.",
            "kii-group.add-member-204",
            add_member=acts_and_refuses,
        ),
        _at(
            "removeMember",
            "remove-member-removes-nobody",
            "Who is taken out of a group stays a member.",
            "kii-group.remove-member",
            remove_member=_members_as_before,
        ),
        _at(
            "removeMember",
            "remove-member-leaves-nobody",
            "To take one member out takes all but the owner.",
            "kii-group.remove-member",
            remove_member=_all_out,
        ),
        _at(
            "removeMember",
            "remove-member-takes-the-owners-right",
            "A group that a member leaves is nobody's.",
            "kii-group.remove-member",
            remove_member=_owner_too,
        ),
        _at(
            "removeMember",
            "remove-member-acts-and-refuses",
            "A member is taken out, and the answer says no.",
            "kii-group.remove-member-204",
            remove_member=acts_and_refuses,
        ),
    ]
)
