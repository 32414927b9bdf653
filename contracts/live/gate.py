"""The one way out: every request of a run passes here, and none that its mode does not allow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from urllib.parse import unquote

import httpx

from ..columns import column
from ..target import Target
from ..targets.urls import origin_of
from ..unavailable import Unavailable
from .bases import Bases, elsewhere
from .ledger import Ledger
from .mode import Mode
from .paths import readings
from .resource import BY, EFFECT, MAKES, NONE, SAFE, Resource, Touch
from .retry import UNSENT


class NotAllowed(Unavailable):
    """A request that may not be sent in this mode: the message says why."""


class Gate(httpx.BaseTransport):
    """Lets requests pass to `onward`, by the target's mode. ledger: where changes are written before they are asked for; without one there are none.

    require: returns if a further request may go out at all; what may not is not written either. NotAllowed: a request did not go out.
    """

    def __init__(self, onward: httpx.BaseTransport, target: Target, ledger: Ledger | None = None, require: Callable[[], None] = lambda: None) -> None:
        self.onward = onward
        self.mode = target.mode
        self.columns = tuple(column(vendor) for vendor in target.tables)
        self.hosts = frozenset(origin_of(httpx.URL(url)) for url in _places(target))
        self.bases = Bases(target)
        self.ledger = ledger
        self.require = require

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it, or not."""
        told = f"{request.method} {request.url.path}"
        if origin_of(request.url) not in self.hosts:
            raise NotAllowed(f"{told} was not sent: {request.url.host} is no host of the target's")
        makes = None
        if self.mode is not Mode.WORLDS and not self._reads(request):
            self.require()
            makes = self._written(request, told).makes
        try:
            answer = self.onward.handle_request(request)
        except (Unavailable, *UNSENT):
            self._not_made(makes)
            raise
        if answer.is_client_error:
            self._not_made(makes, answer.status_code)
        answer.extensions = {**answer.extensions, MAKES: makes}
        return answer

    def close(self) -> None:
        """Close what lies behind."""
        self.onward.close()

    def _reads(self, request: httpx.Request) -> bool:
        """Return whether the request changes nothing: it says so, and its method or its operation bears that out."""
        paths = self.bases.paths(request.url)
        harmless = request.method in SAFE or any(found.is_login(request.method, path) for found in self.columns for path in paths)
        return harmless and request.extensions.get(EFFECT) == NONE

    def _written(self, request: httpx.Request, told: str) -> Touch:
        """Write what the request is about to do, and return it."""
        if self.mode is not Mode.FIXTURES or self.ledger is None:
            raise NotAllowed(f"{told} was not sent: it may change something, and the mode is {Mode.READ_ONLY}")
        touch = self._touch(request)
        if touch is None:
            raise NotAllowed(f"{told} was not sent: nobody can tell what it may change")
        for resource in touch.changes:
            if not self._may_change(resource, self.ledger):
                raise NotAllowed(f"{told} was not sent: it may change the {resource}, which this run has not made and no pool lists")
        by = request.extensions.get(BY, "")
        # Whatever it names may be changed by a server that reads it otherwise than we do.
        for resource in self.ledger.named(unquote(request.url.raw_path.decode("ascii")), request.content.decode("utf-8", "replace")):
            self.ledger.about_to_use(resource, told, by)
        if touch.makes is not None:
            self.ledger.about_to_make(touch.makes, told, by, touch.note)
        return touch

    def _touch(self, request: httpx.Request) -> Touch | None:
        """Return what the request does where it is accepted. None: nobody can tell, or servers may read its path in more than one way."""
        own = self.bases.own_path(request.url)
        for path in self.bases.raw_paths(request.url):
            touch, *others = {self._touches(request, reading) for reading in readings(path)}
            # Elsewhere people sign in, and that is all.
            if touch is not None and not others and (path == own or touch == Touch()):
                return touch
        return None

    def _touches(self, request: httpx.Request, path: str) -> Touch | None:
        return next(filter(None, (found.touches(request.method, path, request.content) for found in self.columns)), None)

    def _may_change(self, resource: Resource, ledger: Ledger) -> bool:
        """Return whether it is the run's, or nobody's."""
        nobody = {name for found in self.columns for name in found.nobody}
        if ledger.has(resource) or resource.name in nobody:
            return True
        # In a scope that there is not a server may take a name for one of another scope.
        ours = (one for first in ledger.named(resource.name) for one in ledger.accounts[first].called())
        return resource.scope in nobody and any(replace(one, scope=resource.scope) == resource for one in ours)

    def _not_made(self, makes: Resource | None, status: int | None = None) -> None:
        if makes is not None and self.ledger is not None:
            self.ledger.refused(makes, status)


def _places(target: Target) -> Iterable[str]:
    """Return the URLs that a run may send to."""
    tables = target.tables.values()
    probes = (probe["url"] for table in tables for probe in table.get("probes", {}).values())
    return filter(None, (target.base_url, target.control, *elsewhere(target), *probes))
