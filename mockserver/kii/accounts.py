"""Kii's rules of users and groups: registered, read, joined, left, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import identifiers
from .entities import App, Group, Owner, Principal, User
from .refusals import No
from .state import KiiState

# What a user is registered with under these names is not kept as a field of his own.
OWN = frozenset({"userID", "loginName", "password"})
LABEL = 64
"""So many characters of a name stand for it in the journal and on the console's pages."""


class Accounts(KiiState):
    """Methods raise No where a rule refuses."""

    def register_user(self, who: Principal, app_id: str, body: Mapping[str, Any]) -> User:
        """Keep a new user and return him."""
        app = self.app(app_id)
        login = body["loginName"]
        self.judge(
            None if self._may_register_user(who, app) else No("unauthorized"),
            No("user_exists", app_id=app.id, field="loginName", value=login) if app.user(login) is not None else None,
        )
        fields = {name: value for name, value in body.items() if name not in OWN}
        user = User(identifiers.user_id(self.supply), label=login[:LABEL], login=login, password=body["password"], fields=fields)
        app.add_user(user)
        return user

    def read_self(self, who: Principal, app_id: str) -> User:
        """Return the user who calls."""
        app = self.app(app_id)
        self.judge(None if self.is_user(who, app) else No("unauthorized"))
        assert who.id is not None  # noqa: S101 - every user has one; said for the type checker
        return app.users[who.id]

    def delete_user(self, who: Principal, app_id: str, user_id: str) -> None:
        """Forget the user, his tokens and memberships, and, as the pick deleted_owner says, his ownerships. Flows that would add him stay."""
        app = self.app(app_id)
        self.judge(self.owner_missing(app, Owner("user", user_id)), None if self._may_delete_user(who, app, user_id) else No("unauthorized"))
        self.forget_user(app, app.users[user_id])

    def forget_user(self, app: App, user: User) -> None:
        """Take the user away with all that ends with him (see delete_user)."""
        del app.users[user.id]
        del app.logins[user.login]
        for group in app.groups.values():
            group.members = [member for member in group.members if member != user.id]
            group.owner = None if group.owner == user.id else group.owner
        self.forget_tokens(Principal("user", app.id, user.id))
        self._forget_owner(app, Owner("user", user.id))

    def create_group(self, who: Principal, app_id: str, name: str, owner_id: str | None, wanted: list[str]) -> tuple[Group, list[str]]:
        """Keep a new group, and return it and those of the wanted members whom the application does not have.

        owner_id: None for the user who calls; an administrator may make a group that nobody owns.
        """
        app = self.app(app_id)
        owner_id = who.id if owner_id is None and self.is_user(who, app) else owner_id
        self.judge(
            None if self._may_create(who, app, owner_id) else No("unauthorized"),
            self.owner_missing(app, Owner("user", owner_id)) if owner_id is not None else None,
        )
        members = dict.fromkeys(member for member in (owner_id, *wanted) if member in app.users)
        group = Group(identifiers.group_id(self.supply), label=name[:LABEL], members=list(members), owner=owner_id)
        app.groups[group.id] = group
        return group, [member for member in dict.fromkeys(wanted) if member not in app.users]

    def delete_group(self, who: Principal, app_id: str, group_id: str) -> None:
        """Forget the group and, as the pick deleted_owner says, its ownerships. Flows that would add it stay."""
        app = self.app(app_id)
        self.judge(self._group_missing(app, group_id), None if self._may_delete_group(who, app, group_id) else No("unauthorized"))
        self.forget_group(app, app.groups[group_id])

    def forget_group(self, app: App, group: Group) -> None:
        """Take the group away with all that ends with it (see delete_group)."""
        del app.groups[group.id]
        self._forget_owner(app, Owner("group", group.id))

    def add_member(self, who: Principal, app_id: str, group_id: str, user_id: str) -> None:
        """Make the user a member of the group, if he is none yet."""
        app = self.app(app_id)
        self.judge(
            self._group_missing(app, group_id),
            self.owner_missing(app, Owner("user", user_id)),
            None if self._may_add_member(who, app, group_id, user_id) else No("unauthorized"),
        )
        if not app.is_member(user_id, group_id):
            app.groups[group_id].members.append(user_id)

    def remove_member(self, who: Principal, app_id: str, group_id: str, user_id: str) -> None:
        """Take the user out of the group. A member may leave."""
        app = self.app(app_id)
        stranger = group_id in app.groups and not app.is_member(user_id, group_id)
        refused = stranger and self.settings["removed_stranger"] == "not_found"
        self.judge(
            self._group_missing(app, group_id),
            No("user_missing", "kii-pick.removed-stranger", app_id=app.id, id=user_id) if refused else None,
            None if self._may_remove_member(who, app, group_id, user_id) else No("unauthorized"),
        )
        if not stranger:
            app.groups[group_id].members.remove(user_id)

    def _group_missing(self, app: App, group_id: str) -> No | None:
        return self.owner_missing(app, Owner("group", group_id))

    def _may_register_user(self, who: Principal, app: App) -> bool:
        return who.app_id == app.id

    def _may_delete_user(self, who: Principal, app: App, user_id: str) -> bool:
        return self.is_admin(who, app) or (self.is_user(who, app) and who.id == user_id)

    def _may_create(self, who: Principal, app: App, owner_id: str | None) -> bool:
        return self.is_admin(who, app) or (self.is_user(who, app) and who.id == owner_id)

    def _may_delete_group(self, who: Principal, app: App, group_id: str) -> bool:
        return self._rules(who, app, group_id)

    def _may_add_member(self, who: Principal, app: App, group_id: str, user_id: str) -> bool:  # noqa: ARG002 - asked as _may_remove_member is
        return self._rules(who, app, group_id)

    def _may_remove_member(self, who: Principal, app: App, group_id: str, user_id: str) -> bool:
        leaves = self.is_user(who, app) and who.id == user_id and app.is_member(user_id, group_id)
        return leaves or self._rules(who, app, group_id)

    def _rules(self, who: Principal, app: App, group_id: str) -> bool:
        group = app.groups.get(group_id)
        return self.is_admin(who, app) or (self.is_user(who, app) and group is not None and who.id == group.owner)

    def _forget_owner(self, app: App, owner: Owner) -> None:
        if self.settings["deleted_owner"] == "removed":
            for thing in app.things.values():
                thing.owners = [known for known in thing.owners if known != owner]
