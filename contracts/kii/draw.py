"""What a row of Kii's is played with: drawn from the target's table, and made where the table lacks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from ..fixtures import Binding, Pool
from ..live.resource import Resource
from ..unavailable import Unavailable
from .cleaning import owners
from .made import Maker
from .principals import UNKNOWN, Row, always, bearer, new, passwords, token_of
from .touches import thing_names

T = TypeVar("T")
CAST = {"member": ("member",), "owner": ("group_owner", "member"), "members": ("member", "other_member")}
"""Who of a group a row knows, by what it says that the group is to be with."""


def bind(needs: Mapping[str, Any], pool: Pool) -> Binding:
    """Return the principals and values that a row of Kii's needs. Unavailable. httpx.HTTPError: a set-up call was not answered."""
    wanted = needs.get("app", "open")
    flag = {"open": False, "locked": True, "default": None}[wanted]
    apps = [app for app in pool.table["apps"] if app.get("require_password") == flag]
    if not apps:
        raise Unavailable(f"the target lists no app whose password flag is {wanted}")
    draw = _Draw(apps[0], pool)
    app = draw.app
    draw.administrator(needs.get("admin"))
    for name in ("thing", "other_thing"):
        if name in needs:
            draw.thing(name)
    draw.loners({name: needs[name] for name in ("user", "other_user") if name in needs})
    if "group" in needs or "outsider" in needs:
        draw.groups(needs.get("group", {"with": "member"}), outsider="outsider" in needs)
    if "foreign" in needs:
        others = [other for other in pool.table["apps"] if other["id"] != app["id"]]
        if not others:
            raise Unavailable("the target lists no second app")
        draw.foreign(others[0])
    return Binding(
        principals={**always(app, pool.keys), **draw.principals},
        values={"app": {"id": app["id"], "key": app.get("key", "")}, "unknown": UNKNOWN, "new": new(app), **draw.values},
    )


class _Draw:
    """Draws what one row needs from one application."""

    def __init__(self, app: Row, pool: Pool) -> None:
        self.app = app
        self.pool = pool
        self.principals: dict[str, Mapping[str, str]] = {}
        self.values: dict[str, Any] = {}

    def administrator(self, need: str | None) -> None:
        """Bind the administrator's own login, which nothing but the target file can tell."""
        known = {key: self.app["admin"][key] for key in ("client_id", "client_secret") if key in self.app["admin"]}
        if need and len(known) < 2:  # noqa: PLR2004 - the pair
            raise Unavailable(f"the target lists no client_id and client_secret of the administrator of app {self.app['id']}")
        self.values["admin"] = known

    def thing(self, name: str) -> None:
        """Bind a thing that the row may use up. The list's come first: they are there for that."""
        rows = self.app.get("things", [])
        what = f"thing in app {self.app['id']}"
        thing = self._or(lambda: self._listed_thing(what, rows), lambda maker: maker.thing())
        self.values[name] = {"id": thing["id"], "vendor_id": thing["vendor_id"], **passwords(thing["password"])}
        self.principals[name] = self._shows(thing)

    def loners(self, needs: Mapping[str, str]) -> None:
        """Bind users who are in no group."""
        grouped = {person for group in self.app.get("groups", []) for person in (*group["members"], group.get("owner"))}
        taken: set[str] = set()
        for name, need in needs.items():
            user = self._loner(name, need, grouped | taken)
            self._person(name, user)
            taken.add(user["id"])

    def _loner(self, name: str, need: str, others: set[str | None]) -> Row:
        rows = [row for row in self.app.get("users", []) if row["id"] not in others]
        what = f"user to be {name} in app {self.app['id']}"
        if need == "fresh":
            # Made where that can be: a listed user who is used up is gone for good.
            return self._made(lambda maker: maker.user()) or self.pool.fresh(what, rows, "id", names=self._names("user"), unsaid=False)
        if need == "login":
            what, rows = f"{what} with login and password", [row for row in rows if "login" in row and "password" in row]
        return self._or(lambda: self.pool.lasting(what, rows, "id"), lambda maker: maker.user())

    def groups(self, need: Row, *, outsider: bool) -> None:
        """Bind a group and its people, and where an outsider is wanted a second group with a member who is not of the first."""
        group, people = self._group(need)
        self.values["group"] = {"id": group["id"]}
        for name, person in people.items():
            self._person(name, person)
        if outsider:
            inside = {*group["members"], group.get("owner")}
            other, member = self._or(lambda: self._outsider(inside), lambda maker: _with_member(maker.group("member")))
            self.values["other_group"] = {"id": other["id"]}
            self._person("outsider", member)

    def _group(self, need: Row) -> tuple[Row, dict[str, Row]]:
        kind = need["with"]
        cast = dict(self._cast(kind))
        rows = [group for group in self.app.get("groups", []) if group["id"] in cast]
        people = {"member": "a member", "owner": "an owner and a member", "members": "two members"}[kind]
        what = f"group with {people} who can be acted as in app {self.app['id']}"

        def listed(group: Row) -> tuple[Row, dict[str, Row]]:
            return group, cast[group["id"]]

        if "fresh" in need:
            made = self._made(lambda maker: maker.group(kind))
            return made or listed(self.pool.fresh(what, rows, "id", names=self._names("group"), unsaid=False))
        return self._or(lambda: listed(self.pool.lasting(what, rows, "id")), lambda maker: maker.group(kind))

    def _cast(self, kind: str) -> Iterator[tuple[str, dict[str, Row]]]:
        """Yield each listed group whose people suffice: its id, and who of them is who. Its owner is a plain member only where nobody else is."""
        users = {user["id"]: user for user in self.app.get("users", [])}
        for group in self.app.get("groups", []):
            owner = users.get(group.get("owner"))
            others = [users[member] for member in group["members"] if member in users and member != group.get("owner")]
            people = [owner, *others] if kind == "owner" else [*others, *([owner] if owner else [])]
            if people and people[0] and len(people) >= len(CAST[kind]):
                yield group["id"], {name: person for name, person in zip(CAST[kind], people, strict=False) if person}

    def _outsider(self, inside: set[str]) -> tuple[Row, Row]:
        users = {user["id"]: user for user in self.app.get("users", [])}
        fitting = {group["id"]: member for group in self.app.get("groups", []) for member in group["members"] if member in users.keys() - inside}
        rows = [group for group in self.app.get("groups", []) if group["id"] in fitting]
        other = self.pool.lasting(f"second group with a member of its own in app {self.app['id']}", rows, "id")
        return other, users[fitting[other["id"]]]

    def foreign(self, other: Row) -> None:
        """Bind another application's principals."""
        theirs = _Draw(other, self.pool)
        ours = {thing["vendor_id"] for thing in self.app.get("things", [])}
        things = [thing for thing in other.get("things", []) if thing["vendor_id"] not in ours]
        what = f"thing in app {other['id']} that app {self.app['id']} has not"
        # Made where that can be: rows try to change them in our application too, where something else may have a listed one's name.
        thing = theirs._made(lambda maker: maker.thing()) or theirs._listed_thing(what, things)
        user = theirs._made(lambda maker: maker.user()) or self.pool.lasting(f"user in app {other['id']}", other.get("users", []), "id")
        made = theirs._made(lambda maker: maker.group("member")[0])
        group = made or self.pool.lasting(f"group in app {other['id']}", other.get("groups", []), "id")
        self.values |= {
            "foreign": {"app_id": other["id"]},
            "foreign_user": {"id": user["id"]},
            "foreign_thing": {key: thing[key] for key in ("id", "vendor_id", "password")},
            "foreign_group": {"id": group["id"]},
        }
        self.principals |= {f"foreign_{name}": self._shows(row) for name, row in (("admin", other["admin"]), ("user", user), ("thing", thing))}

    def _listed_thing(self, what: str, rows: list[Row]) -> Row:
        return self.pool.fresh(what, rows, "id", names=lambda row: thing_names(self.app["id"], row["id"], row["vendor_id"]), stale=self._stale)

    def _stale(self, row: Row) -> str:
        """Return why a listed thing cannot be used up: whoever owns it, it is his."""
        if self.pool.setup is None or self.pool.setup.ledger is None:
            return ""
        found = owners(self.pool.setup, self.app, row["id"])
        if found is None:
            return "is not there"
        return f"has owners already: {', '.join(found)}" if found else ""

    def _names(self, kind: str) -> Callable[[Row], list[Resource]]:
        return lambda row: [Resource("kii", kind, row["id"], self.app["id"])]

    def _person(self, name: str, user: Row) -> None:
        login = {"login": user["login"], **passwords(user["password"])} if "login" in user and "password" in user else {}
        self.values[name] = {"id": user["id"], **login}
        self.principals[name] = self._shows(user)

    def _or(self, listed: Callable[[], T], make: Callable[[Maker], T]) -> T:
        """Return what is listed, or else what is made."""
        try:
            return listed()
        except Unavailable:
            made = self._made(make)
            if made is None:
                raise
            return made

    def _made(self, make: Callable[[Maker], T]) -> T | None:
        """Return what is made, None on a target where nothing is."""
        if self.pool.setup is None or self.pool.table.get("fixtures", "made") == "listed":
            return None
        return make(Maker(self.pool.setup, self.app, self.pool.keys))

    def _shows(self, row: Row) -> dict[str, str]:
        return bearer(token_of(row, self.pool.keys))


def _with_member(made: tuple[Row, dict[str, Row]]) -> tuple[Row, Row]:
    group, people = made
    return group, people["member"]
