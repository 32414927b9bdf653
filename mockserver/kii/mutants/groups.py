"""Deployments that go wrong about groups: made, joined, left, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...engine.mutants import Mutant, Rule
from ..entities import App, Group
from ..refusals import No
from ..world import KiiWorld
from .ways import acts_and_refuses, always, at_one, nothing, within


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


def _members_own(group: Group, _: App, __: list[str]) -> None:
    group.owner = next((member for member in group.members if member != group.owner), None)


def _forgotten_group(group: Group, app: App, _: list[str]) -> None:
    del app.groups[group.id]


def _missing_told_not(_: KiiWorld, good: Rule, *asked: Any) -> tuple[Group, list[str]]:
    group, _missing = good(*asked)
    return group, []


def _missing_kept(_: KiiWorld, good: Rule, *asked: Any) -> tuple[Group, list[str]]:
    group, missing = good(*asked)
    return group, [*missing, *(member for member in asked[4] if member not in missing)]


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
    again = world.apps[app_id].is_member(user_id, group_id) if app_id in world.apps else False
    good(*asked)
    if again:
        raise No("unauthorized")


def _to_every_group(world: KiiWorld, good: Rule, *asked: Any) -> None:
    good(*asked)
    for group in world.apps[asked[1]].groups.values():
        group.members = list(dict.fromkeys([*group.members, asked[3]]))


def _to_another_group(world: KiiWorld, good: Rule, *asked: Any) -> None:
    _, app_id, group_id, user_id = asked
    app = world.apps.get(app_id)
    new = app is not None and not app.is_member(user_id, group_id)
    good(*asked)
    if app is not None and new:
        app.groups[group_id].members.remove(user_id)
        for other in [group for group in app.groups.values() if group.id != group_id][:1]:
            other.members = list(dict.fromkeys([*other.members, user_id]))


def _all_out(world: KiiWorld, good: Rule, *asked: Any) -> None:
    good(*asked)
    group = world.apps[asked[1]].groups[asked[2]]
    group.members = [member for member in group.members if member == group.owner]


def _owner_too(world: KiiWorld, good: Rule, *asked: Any) -> None:
    good(*asked)
    world.apps[asked[1]].groups[asked[2]].owner = None


_GROUP = "createGroup"
MUTANTS: Mapping[str, Mutant] = dict(
    [
        at_one(
            _GROUP,
            "create-group-owner-is-no-member",
            "A group's owner is no member of it.",
            "kii-group.owner-is-member",
            create_group=_made(_owner_outside),
        ),
        at_one(_GROUP, "create-group-without-members", "A new group has its owner alone.", "kii-group.create", create_group=_made(_no_members)),
        at_one(
            _GROUP,
            "create-group-owned-by-a-member",
            "A member owns a new group, not its owner.",
            "kii-group.user-for-himself",
            create_group=_made(_members_own),
        ),
        at_one(_GROUP, "create-group-keeps-none", "A new group is not kept.", "kii-group.create", create_group=_made(_forgotten_group)),
        at_one(
            _GROUP, "create-group-acts-and-refuses", "A group is made, and the answer says no.", "kii-group.create-201", create_group=acts_and_refuses
        ),
        at_one(
            _GROUP,
            "create-group-hides-who-is-missing",
            "Who of the members was not found is not told.",
            "kii-group.not-found-users",
            create_group=_missing_told_not,
        ),
        at_one(_GROUP, "create-group-finds-nobody", "All members are told as not found.", "kii-group.not-found-users", create_group=_missing_kept),
        at_one(
            _GROUP,
            "create-group-for-an-unknown-owner",
            "A group is made for an owner who does not exist.",
            "kii-group.create-404-user",
            create_group=within(owner_missing=always(None)),
        ),
        at_one("deleteGroup", "delete-group-deletes-nothing", "A group that is deleted stays.", "kii-group.delete", forget_group=nothing),
        at_one(
            "deleteGroup",
            "delete-group-with-its-members",
            "The members of a group are deleted with it.",
            "kii-group.delete",
            forget_group=_with_members,
        ),
        at_one(
            "deleteGroup",
            "delete-group-acts-and-refuses",
            "A group is deleted, and the answer says no.",
            "kii-group.delete-204",
            delete_group=acts_and_refuses,
        ),
        at_one("addMember", "add-member-adds-nobody", "Who is added to a group is no member.", "kii-group.add-member", add_member=_members_as_before),
        at_one("addMember", "add-member-twice", "A member who is added again is one twice over.", "kii-group.add-member-204", add_member=_twice),
        at_one("addMember", "add-member-once", "To add a member who is one is refused.", "kii-group.add-member-204", add_member=_once),
        at_one("addMember", "add-member-to-every-group", "Who is added to one group is in all.", "kii-group.add-member", add_member=_to_every_group),
        at_one(
            "addMember",
            "add-member-to-another-group",
            "Who is added to a group is added to another.",
            "kii-group.add-member",
            add_member=_to_another_group,
        ),
        at_one(
            "removeMember",
            "remove-member-removes-nobody",
            "Who is taken out of a group stays a member.",
            "kii-group.remove-member",
            remove_member=_members_as_before,
        ),
        at_one(
            "removeMember",
            "remove-member-leaves-nobody",
            "To take one member out takes all but the owner.",
            "kii-is-owner.until-he-leaves",
            remove_member=_all_out,
        ),
        at_one(
            "removeMember",
            "remove-member-takes-the-owners-right",
            "A group that a member leaves is nobody's.",
            "kii-group.member-leaves",
            remove_member=_owner_too,
        ),
        at_one(
            "removeMember",
            "remove-member-acts-and-refuses",
            "A member is taken out, and the answer says no.",
            "kii-group.remove-member-204",
            remove_member=acts_and_refuses,
        ),
    ]
)
