"""What a run would send, row by row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urlsplit

import httpx

from ..connection import connection
from ..live.mode import Mode
from ..live.preflight import preflight
from ..live.resource import WHO
from ..live.watch import Watch
from ..shown import credentials, json_or_none, masked, secret_fields
from ..target import Target
from .imagined import Imagined
from .ledger import DryLedger

SET_UP, CLEAN_UP, PREFLIGHT = "set-up", "clean-up", "preflight"
"""Who calls where no row says so."""
_UNTOLD = frozenset({"accept", "accept-encoding", "connection", "content-length", "host", "user-agent"})


@dataclass(frozen=True)
class Planned:
    """A row that would be played. lines: its requests, in order. judged: the one that it is about, empty where it does not come to that.

    waits: seconds that it would wait. cut: why what follows cannot be told; empty where all is told.
    """

    vendor: str
    row: str
    clause: str
    lines: tuple[str, ...]
    judged: str = ""
    waits: float = 0.0
    cut: str = ""


@dataclass
class Plan:
    """What comes of the rows of a run, if nothing is sent. before: what is asked before the first of them.

    in_worlds: each row would have a world of its own.
    """

    target: Target
    rows: list[Planned] = field(default_factory=list)
    before: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Put something in place of the network."""
        self.in_worlds = self.target.mode is Mode.WORLDS
        self.imagined = Imagined(self.target)
        self.ledger = DryLedger(self.target) if self.target.mode is Mode.FIXTURES else None
        # What is asked of a control API would be asked for a world alone.
        self.client = connection(replace(self.target, control=None), self.ledger, instead=self.imagined)

    @property
    def seconds(self) -> float:
        """How long the rows so far take at the least: their waits, and all requests at the pace of the limits."""
        return self.requests / self.target.limits.per_second + sum(row.waits for row in self.rows)

    @property
    def requests(self) -> int:
        """How many requests there are so far."""
        return len(self.before) + sum(len(row.lines) for row in self.rows)

    def look(self, vendors: Sequence[str]) -> None:
        """Take up what a run on a deployment asks before its first row."""
        self.begin_row()
        watch = Watch(self.target, instead=self.imagined)
        with watch.client:
            preflight(self.target, watch, vendors)
        self.before = tuple(self.lines(who=PREFLIGHT))

    def begin_row(self) -> None:
        """Forget the requests so far: what is sent from now on is the next row's."""
        self.imagined.begin()

    def lines(self, hidden: Iterable[str] = (), who: str = "") -> list[str]:
        """Return the requests of the row so far, each as a line. hidden: its secrets. who: who sends them, where none of them says so."""
        return [self._line(request, set(hidden), who or _who(request)) for request in self.imagined.sent]

    def _line(self, request: httpx.Request, hidden: set[str], who: str) -> str:
        body = request.content
        told = f"{request.method} {self._path(request)} as {who}"
        headers = [f"{name}: {value}" for name, value in _headers(request) if name.lower() not in _UNTOLD]
        sent = f"  {body.decode('utf-8', 'replace')}" if body else ""
        secrets = hidden | self.target.secrets | set(secret_fields(json_or_none(body))) | credentials(dict(_headers(request)))
        return masked("  ".join([told, *headers]) + sent, {secret for secret in secrets if not secret.startswith("<")})

    def _path(self, request: httpx.Request) -> str:
        """Return where it goes, with what is made up as one reads it."""
        path = request.url.raw_path.decode("ascii")
        if str(request.url).startswith(self.target.base_url):
            path = path.removeprefix(urlsplit(self.target.base_url).path)
        else:
            path = f"{request.url.scheme}://{request.url.netloc.decode()}{path}"
        return readable(path)


def readable(path: str) -> str:
    """Return a path with what is made up as one reads it."""
    return unquote(path) if "%3C" in path else path


def _who(request: httpx.Request) -> str:
    return str(request.extensions.get(WHO) or (CLEAN_UP if request.method == "DELETE" else SET_UP))


def _headers(request: httpx.Request) -> list[tuple[str, str]]:
    # As httpx was given them, for the names tell which are credentials.
    return [(name.decode("ascii"), value.decode("utf-8", "replace")) for name, value in request.headers.raw]
