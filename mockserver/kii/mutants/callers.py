"""Who calls, seen from a thing and whom a request would make its owner: the sorts of callers that a deployment wrongly lets in or shuts out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..entities import App, Owner, Principal, ThingRef
from ..world import KiiWorld

Sort = Callable[[KiiWorld, Principal, App, ThingRef, Sequence[Owner]], bool]
"""(world, caller, application, the thing as the path names it, whom the request names) → whether the caller is of this sort."""


def _another_user(world: KiiWorld, who: Principal, app: App, ref: ThingRef, named: Sequence[Owner]) -> bool:
    others = any(owner.kind == "user" and owner.id != who.id for owner in named)
    return others and world.is_user(who, app) and not world.is_owner_of(who, app, app.thing(ref))


def _outside_the_group(world: KiiWorld, who: Principal, app: App, ref: ThingRef, named: Sequence[Owner]) -> bool:
    return _no_member(world, who, app, ref, named) and not _in_a_group(who, app)


def _of_another_group(world: KiiWorld, who: Principal, app: App, ref: ThingRef, named: Sequence[Owner]) -> bool:
    return _no_member(world, who, app, ref, named) and _in_a_group(who, app)


def _no_member(world: KiiWorld, who: Principal, app: App, ref: ThingRef, named: Sequence[Owner]) -> bool:
    groups = [owner.id for owner in named if owner.kind == "group"]
    strange = bool(groups) and not any(app.is_member(who.id, group) for group in groups)
    return strange and world.is_user(who, app) and not world.is_owner_of(who, app, app.thing(ref))


def _in_a_group(who: Principal, app: App) -> bool:
    return any(who.id in group.members for group in app.groups.values())


def _owner(world: KiiWorld, who: Principal, app: App, ref: ThingRef, _: Sequence[Owner]) -> bool:
    return world.is_owner_of(who, app, app.thing(ref))


def _through_a_group(world: KiiWorld, who: Principal, app: App, ref: ThingRef, named: Sequence[Owner]) -> bool:
    thing = app.thing(ref)
    return thing is not None and Owner("user", who.id or "") not in thing.owners and _owner(world, who, app, ref, named)


def _group_owner(world: KiiWorld, who: Principal, app: App, _: ThingRef, named: Sequence[Owner]) -> bool:
    groups = [app.groups[owner.id] for owner in named if owner.kind == "group" and owner.id in app.groups]
    return world.is_user(who, app) and any(group.owner == who.id for group in groups)


def _of_his_group(_: KiiWorld, who: Principal, app: App, __: ThingRef, named: Sequence[Owner]) -> bool:
    shared = [group for group in app.groups.values() if who.id in group.members]
    return any(owner.kind == "user" and owner.id != who.id and owner.id in group.members for owner in named for group in shared)


def _owner_of_his_group(_: KiiWorld, who: Principal, app: App, __: ThingRef, named: Sequence[Owner]) -> bool:
    return any(group.owner == who.id and owner.id in group.members for owner in named for group in app.groups.values() if owner.id != who.id)


def _any_thing(_: KiiWorld, who: Principal, app: App, __: ThingRef, ___: Sequence[Owner]) -> bool:
    return who.kind == "thing" and who.app_id == app.id


def _anonymous_of_another_app(_: KiiWorld, who: Principal, app: App, __: ThingRef, ___: Sequence[Owner]) -> bool:
    return who.kind == "anonymous" and who.app_id != app.id


def _user(world: KiiWorld, who: Principal, app: App, _: ThingRef, __: Sequence[Owner]) -> bool:
    return world.is_user(who, app)


def _thing(world: KiiWorld, who: Principal, app: App, ref: ThingRef, _: Sequence[Owner]) -> bool:
    return world.is_thing(who, app, ref)


def _another_thing(world: KiiWorld, who: Principal, app: App, ref: ThingRef, _: Sequence[Owner]) -> bool:
    return who.kind == "thing" and who.app_id == app.id and not world.is_thing(who, app, ref)


def _of_another_app(kind: str) -> Sort:
    return lambda _world, who, app, _ref, _named: who.kind == kind and who.app_id != app.id


def _of_any_other_app(_: KiiWorld, who: Principal, app: App, __: ThingRef, ___: Sequence[Owner]) -> bool:
    return who.app_id != app.id


def _anonymous(_: KiiWorld, who: Principal, __: App, ___: ThingRef, ____: Sequence[Owner]) -> bool:
    return who.kind == "anonymous"


def _admin(of: str | None = None) -> Sort:
    def sort(world: KiiWorld, who: Principal, app: App, _: ThingRef, named: Sequence[Owner]) -> bool:
        return world.is_admin(who, app) and (of is None or any(owner.kind == of for owner in named))

    return sort


def _himself(world: KiiWorld, who: Principal, app: App, _: ThingRef, named: Sequence[Owner]) -> bool:
    return Owner("user", who.id or "") in named and world.is_user(who, app)


def _himself_in_a_group(world: KiiWorld, who: Principal, app: App, ref: ThingRef, named: Sequence[Owner]) -> bool:
    return _himself(world, who, app, ref, named) and _in_a_group(who, app)


def _member(world: KiiWorld, who: Principal, app: App, _: ThingRef, named: Sequence[Owner]) -> bool:
    return world.is_user(who, app) and any(owner.kind == "group" and app.is_member(who.id, owner.id) for owner in named)


def _member_not_owner(world: KiiWorld, who: Principal, app: App, ref: ThingRef, named: Sequence[Owner]) -> bool:
    ruled = any(owner.kind == "group" and owner.id in app.groups and app.groups[owner.id].owner == who.id for owner in named)
    return _member(world, who, app, ref, named) and not ruled


def _thing_for(kind: str) -> Sort:
    def sort(world: KiiWorld, who: Principal, app: App, ref: ThingRef, named: Sequence[Owner]) -> bool:
        return world.is_thing(who, app, ref) and any(owner.kind == kind for owner in named)

    return sort


SORTS: Mapping[str, tuple[str, Sort]] = {
    "another-user": ("a user who is not the one named, and owns nothing here", _another_user),
    "a-user-outside-the-group": ("a user who is in no group", _outside_the_group),
    "a-member-of-another-group": ("a member of another group", _of_another_group),
    "an-owner": ("a user who owns the thing, whomever the request names", _owner),
    "a-user": ("any user of the application", _user),
    "the-thing": ("the thing itself", _thing),
    "another-thing": ("another thing of the application", _another_thing),
    "the-admin-of-another-app": ("the administrator of another application", _of_another_app("admin")),
    "a-user-of-another-app": ("a user of another application", _of_another_app("user")),
    "a-thing-of-another-app": ("a thing of another application", _of_another_app("thing")),
    "those-of-another-app": ("whoever belongs to another application", _of_any_other_app),
    "anonymous": ("an anonymous caller, with a right Basic credential", _anonymous),
    "the-admin": ("the administrator", _admin()),
    "the-admin-for-a-user": ("the administrator where a user is named", _admin("user")),
    "the-admin-for-a-group": ("the administrator where a group is named", _admin("group")),
    "the-user-himself": ("the user who is named", _himself),
    "the-user-of-a-group": ("the user who is named, if he is in a group", _himself_in_a_group),
    "a-member": ("the members of the group that is named", _member),
    "a-member-who-is-not-its-owner": ("the members of the group that is named but for its owner", _member_not_owner),
    "an-owner-through-his-group": ("the members of an owning group", _through_a_group),
    "the-groups-owner": ("the owner of the group", _group_owner),
    "a-member-of-his-group": ("whoever is in a group with the user", _of_his_group),
    "the-owner-of-his-group": ("the owner of a group that the user is in", _owner_of_his_group),
    "a-thing": ("the things of the application", _any_thing),
    "anonymous-of-another-app": ("an anonymous caller of another application", _anonymous_of_another_app),
    "the-thing-for-a-user": ("the thing itself where a user is named", _thing_for("user")),
    "the-thing-for-a-group": ("the thing itself where a group is named", _thing_for("group")),
}
"""Each sort of callers by its name in the names of mutants: in words, and as a rule."""
