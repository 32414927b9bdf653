"""What a vendor's column fills in, and the values that pass between a column and the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ...specs import Json
from .clock import Clock
from .mutants import Mutant
from .supply import Supply

Settings = Mapping[str, Json]
"""The picks of one world for one vendor: every pick of the ledger by name."""


@dataclass(frozen=True)
class Reply:
    """An answer: status, body (a JSON value; None for no body) with its media type, and the clause that decided it.

    A text whose media type is none of JSON is sent as it is.
    """

    status: int
    decided: str
    body: Json = None
    media_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Trouble:
    """A request that no operation can judge.

    kind is one of unknown_path, wrong_method, malformed_request, body_too_large, mock_at_fault, world_full (the keys of protocol.yaml) or
    no_credential, malformed_json, invalid_body, absent_content_type, wrong_content_type.
    """

    kind: str
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)


class TroubleError(Exception):
    """Raised on a request's way by a step that cannot let it pass."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.detail)
        self.trouble = trouble


class Refusal(Exception):  # noqa: N818 - a rule's answer, not an error of the program's
    """A rule says no. A column subclasses it, says which kinds there are, and turns each into its vendor's reply."""


class State(Protocol):
    """A vendor's part of a world: plain data, and its rules as methods without I/O."""

    settings: Settings

    def view(self) -> dict[str, Any]:
        """Return the state as JSON, for the control API and the console."""

    def dump(self) -> dict[str, Any]:
        """Return all of the state as JSON: what the vendor's `restore` makes it from again."""

    def target(self, base_url: str, world_url: str) -> dict[str, Any]:
        """Return the vendor's table of a target file that describes this state.

        base_url is where the vendor's paths begin; world_url is where the control API shows this world.
        """

    def principals(self) -> list[tuple[str, str]]:
        """Return who may call: a label and the header line that carries the credential, ready to paste; or `Login:` and what to sign in with."""


class Exchange(Protocol):
    """One request on its way, as the steps and the column's operations see it."""

    @property
    def state(self) -> Any:
        """The vendor's state in the request's world."""

    @property
    def path(self) -> str:
        """The path within the world, to read."""

    @property
    def secure(self) -> bool:
        """Whether the request came over TLS."""

    @property
    def origin(self) -> str:
        """Scheme, host and port of this server, as the client has called it."""

    @property
    def base_url(self) -> str:
        """Where the world's paths begin, as the client has called it."""

    @property
    def query(self) -> Mapping[str, str]:
        """The last value of each query parameter."""

    base: str
    """The path before the world's own: of the bare paths, nothing."""
    segments: tuple[str, ...]
    body: bytes
    sent: Any
    parsed: Json
    principal: Any
    decided: str


@dataclass(frozen=True)
class Call:
    """A request that has been routed, authenticated and matched with the spec: what an operation is given.

    path: the path's parameters. media_type: the body's, as the spec spells it; None where there is no body.
    """

    exchange: Exchange
    path: Mapping[str, str]
    body: Json
    media_type: str | None = None

    @property
    def state(self) -> Any:
        """The vendor's state in the request's world."""
        return self.exchange.state

    @property
    def principal(self) -> Any:
        """Who calls: the column's own type."""
        return self.exchange.principal


Operation = Callable[[Call], Reply]


class EventError(ValueError):
    """What cannot happen in a world as it is: the message says what it lacks."""


@dataclass(frozen=True)
class Event:
    """Something that can happen in a vendor's world without a request to it.

    says: what happens, in a sentence. arguments: the JSON Schema of the object that says to whom. happen: (state, arguments that fit the
    schema) → nothing; EventError where it cannot.
    """

    says: str
    arguments: dict[str, Any]
    happen: Callable[[Any, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Secrets:
    """Where credentials and codes stand in a vendor's messages. headers: names in lower case. fields: of bodies, at any depth, and of queries."""

    headers: frozenset[str] = frozenset({"authorization", "cookie", "set-cookie"})
    fields: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Api:
    """An API that the engine serves.

    spec: its OpenAPI document. operations: one for each operationId of the spec. security_map: Connexion security handlers by scheme.
    trouble: (exchange, Trouble) → Reply in the API's own shape. refuse: (exchange, Refusal) → Reply.
    trailing_slash: a path may end with one slash more than the spec has. closed_query: a query parameter that the spec does not have is refused.
    """

    name: str
    spec: dict[str, Any]
    operations: Mapping[str, Operation]
    security_map: Mapping[str, Any]
    trouble: Callable[[Any, Trouble], Reply]
    refuse: Callable[[Any, Refusal], Reply]
    trailing_slash: bool = False
    closed_query: bool = False


@dataclass(frozen=True, kw_only=True)
class Vendor(Api):
    """One vendor's column in the mock server: its API, and its part of a world.

    prefix: the path prefix that its operations and its unknown paths lie under.
    state: (scenario data, settings, supply, clock) → State; ValueError where the data does not hold together.
    restore: the same from what State.dump returned, which a person may have edited. world_schema: the JSON Schema of its part of a scenario's world.
    who: (state, principal) → a short text for the journal. events: what can happen in its world, by name. secrets: what the journal masks.
    foresee: (the state of a world that begins, an event's arguments) → nothing; EventError where they name what no such world ever has.
    mutants: returns the catalogue of its mutants by name; asked where one is wanted, not at the start.
    settings: the picks of this server's worlds, where neither their scenario nor who makes them says otherwise.
    """

    prefix: str
    state: Callable[[Any, Settings, Supply, Clock], State]
    world_schema: dict[str, Any]
    who: Callable[[Any, Any], str]
    restore: Callable[[Any, Settings, Supply, Clock], State]
    events: Mapping[str, Event] = field(default_factory=dict)
    secrets: Secrets = field(default_factory=Secrets)
    foresee: Callable[[Any, Mapping[str, Any]], None] = lambda _, __: None
    mutants: Callable[[], Mapping[str, Mutant]] = dict
    settings: Settings = field(default_factory=dict)
