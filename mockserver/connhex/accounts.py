"""Connhex's users, how they sign in, and the sessions that they have. No HTTP, no I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..engine.clock import Clock
from ..engine.secret import same
from ..engine.supply import Supply
from ..engine.vendor import Settings
from .refusals import No

MOST = 10_000
"""So many login flows are kept, and so many sessions; of more the oldest are forgotten."""


@dataclass
class User:
    """A user. permission: what the scenario says of his right to claim, in the words of a target file."""

    id: str
    label: str
    token: str
    cookie: str
    permission: str | None
    identifier: str
    password: str


@dataclass
class LoginFlow:
    """A login that was begun. since, until: seconds since the epoch; it can be completed before until."""

    id: str
    since: float
    until: float


@dataclass
class Session:
    """What a login makes: a token and a cookie of one user's. until: seconds since the epoch; None: it does not end."""

    id: str
    user_id: str
    token: str
    cookie: str
    since: float
    until: float | None


class LoginFailedError(No):
    """A login with a password that is not the user's, or without such a user. flow: it can be tried again."""

    def __init__(self, answer: str, flow: LoginFlow) -> None:
        super().__init__(answer, "connhex-pick.wrong-password", "No user has this identifier and this password.")
        self.flow = flow


@dataclass
class Accounts:
    """Who can sign in, who is about to, and who has. users: by id, the world's own. Methods raise No where a rule refuses."""

    settings: Settings
    supply: Supply
    clock: Clock
    users: dict[str, User]
    flows: dict[str, LoginFlow] = field(default_factory=dict)
    tokens: dict[str, Session] = field(default_factory=dict)
    cookies: dict[str, Session] = field(default_factory=dict)
    minted: list[Session] = field(default_factory=list)

    def admit(self, user: User) -> None:
        """Open the session that a scenario gives the user from the start; it does not end."""
        session = Session(self.supply.uuid4("connhex/session"), user.id, user.token, user.cookie, self.clock.now(), None)
        self.tokens[session.token] = self.cookies[session.cookie] = session

    def resume(self, flows: Iterable[LoginFlow], sessions: Iterable[Session]) -> None:
        """Go on with these, each in the order in which it was made."""
        self.flows.update({flow.id: flow for flow in flows})
        for session in sessions:
            self.tokens[session.token] = self.cookies[session.cookie] = session
            # Those that a scenario gives do not end; those of logins all do.
            if session.until is not None:
                self.minted.append(session)

    def by_token(self, token: str) -> Session | None:
        """Return the session that has this token and has not ended."""
        return self._open(self.tokens.get(token))

    def by_cookie(self, cookie: str) -> Session | None:
        """Return the session that has this cookie and has not ended."""
        return self._open(self.cookies.get(cookie))

    def end_sessions(self, user_id: str) -> int:
        """End all the user's sessions, and return how many there were."""
        ended = [session for session in self.tokens.values() if session.user_id == user_id]
        for session in ended:
            del self.tokens[session.token], self.cookies[session.cookie]
        self.minted[:] = [session for session in self.minted if session.user_id != user_id]
        return len(ended)

    def _open(self, session: Session | None) -> Session | None:
        return session if session is not None and (session.until is None or self.clock.now() < session.until) else None

    def start(self) -> LoginFlow:
        """Begin a login."""
        now = self.clock.now()
        flow = LoginFlow(self.supply.uuid4("connhex/flow"), now, now + self.settings["flow_life"])
        self.flows[flow.id] = flow
        if len(self.flows) > MOST:
            del self.flows[next(iter(self.flows))]
        return flow

    def login(self, flow_id: str, identifier: str, password: str, method: str) -> Session:
        """Complete a login: the flow is used up, and a session is open. No: LoginFailedError among them."""
        if method != "password" and self.settings["other_method"] == "refused":
            raise No("bad_request", "connhex-pick.other-method", "The one method of signing in here is password.")
        flow = self.flows.get(flow_id)
        if flow is None or self.clock.now() >= flow.until:
            raise No(self.settings["unknown_flow"], "connhex-pick.unknown-flow", "There is no such login flow, or it is over: begin another.")
        user = next((user for user in self.users.values() if user.identifier == identifier), None)
        # A password is compared in either case: how long the answer takes does not tell whether there is such a user.
        if not same(password, user.password if user else "") or user is None:
            raise LoginFailedError(self.settings["wrong_password"], flow)
        del self.flows[flow_id]
        return self._mint(user)

    def _mint(self, user: User) -> Session:
        now = self.clock.now()
        session = Session(
            id=self.supply.uuid4("connhex/session"),
            user_id=user.id,
            token="ory_st_" + self.supply.text("connhex/token", 32),
            cookie=self.supply.text("connhex/cookie", 48),
            since=now,
            until=now + self.settings["session_life"],
        )
        self.tokens[session.token] = self.cookies[session.cookie] = session
        self.minted.append(session)
        if len(self.minted) > MOST:
            oldest = self.minted.pop(0)
            del self.tokens[oldest.token], self.cookies[oldest.cookie]
        return session
