"""The control API: worlds made, read and deleted over HTTP (specs/control.yaml)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import connexion
from connexion import AsyncApp, problem
from connexion.lifecycle import ConnexionRequest, ConnexionResponse
from connexion.options import SwaggerUIOptions
from connexion.resolver import Resolver
from starlette.types import ASGIApp

from ... import specs
from . import paths, scenario
from .app import JsonBodies
from .store import WorldError, Worlds
from .supply import random_seed
from .vendor import TroubleError, Vendor
from .worlds import DEFAULT, World, make_world

BASE = "/_mock/api"
JSON = {"Content-Type": "application/json"}
_STATUS = {"taken": 409, "unknown": 404, "name": 400, "full": 507, "size": 507}
log = logging.getLogger(__name__)


class Control:
    """The operations of the control API over one store of worlds. first: the scenario that the server was started with."""

    def __init__(self, vendors: Sequence[Vendor], worlds: Worlds, first: scenario.Scenario) -> None:
        self.vendors = vendors
        self.worlds = worlds
        self.first = first

    async def health(self) -> Any:
        """Say that the server answers, and what it serves."""
        return {"status": "ok", "vendors": [vendor.name for vendor in self.vendors], "scenarios": scenario.names(self.vendors)}, 200, JSON

    async def list_worlds(self) -> Any:
        """List the worlds' names."""
        return {"worlds": self.worlds.names()}, 200, JSON

    async def create_world(self, body: Any) -> Any:
        """Make a world and describe it as a target."""
        if not isinstance(body, dict):
            return problem(415, "The request cannot be read", "The body is to be JSON, and its Content-Type application/json.")
        name = body["name"] if "name" in body else f"w-{random_seed()[:12]}"
        try:
            self.worlds.check_name(name)
            story = scenario.shipped(body["scenario"], self.vendors) if "scenario" in body else self.first
            seed = body["seed"] if "seed" in body else self.worlds.seed_of(name)
            world = make_world(name, story, self.vendors, seed, body.get("settings", {}))
            self.worlds.add(world)
        except WorldError as error:
            return _refusal(error)
        except ValueError as error:
            return problem(400, "The world cannot be made", str(error))
        return {"name": name, **describe(world, _origin())}, 201, JSON

    def fresh(self, name: str) -> World:
        """Return a world of this name as the server's own scenario begins: the one that is made where a client joins what is not there yet."""
        return make_world(name, self.first, self.vendors, self.worlds.seed_of(name), {})

    async def read_world(self, name: str, requests: int | None = None) -> Any:
        """Show a world's state and last requests: all that are kept, or so many."""
        try:
            world = self.worlds.get(name)
        except WorldError as error:
            return _refusal(error)
        state = {vendor: part.view() for vendor, part in world.states.items()}
        base_url = world_base(name, _origin())
        return {"name": name, "scenario": world.scenario, "base_url": base_url, "state": state, "requests": world.journal.view(requests)}, 200, JSON

    async def delete_world(self, name: str) -> Any:
        """Forget a world; the default one stays."""
        if name == DEFAULT:
            return problem(409, "The world stays", f"The world {DEFAULT!r} answers at the bare paths and cannot be deleted.")
        try:
            self.worlds.delete(name)
        except WorldError as error:
            return _refusal(error)
        return ConnexionResponse(status_code=204)


def world_base(name: str, origin: str) -> str:
    """Return the base URL at which the vendors' paths of a world begin."""
    return origin if name == DEFAULT else f"{origin}/worlds/{name}"


def describe(world: World, origin: str) -> dict[str, Any]:
    """Return the base URL and each vendor's table, in the shape of a target file. origin: scheme, host and port of this server."""
    base_url, world_url = world_base(world.name, origin), f"{origin}{BASE}/worlds/{world.name}"
    return {"base_url": base_url, **{vendor: part.target(base_url, world_url) for vendor, part in world.states.items()}}


def target_file(world: World, origin: str, ca: Path | None = None) -> dict[str, Any]:
    """Return the target file of this server: its world, and that the control API is there. ca: the file of the CA to trust, if one is needed."""
    described = describe(world, origin)
    trusted = {} if ca is None else {"ca": str(ca)}
    return {"base_url": described.pop("base_url"), "control": f"{origin}{BASE}", **trusted, **described}


def control_app(control: Control) -> ASGIApp:
    """Return the control API as an ASGI app that takes the paths under /_mock/api."""
    app: Any = AsyncApp(__name__)
    operations: dict[str, Callable[..., Any]] = {
        "health": control.health,
        "listWorlds": control.list_worlds,
        "createWorld": control.create_world,
        "readWorld": control.read_world,
        "deleteWorld": control.delete_world,
    }
    app.add_api(
        specs.control(),
        base_path=BASE,
        resolver=Resolver(partial(dict.__getitem__, operations)),
        validator_map={"body": JsonBodies()},
        validate_responses=True,
        swagger_ui_options=SwaggerUIOptions(swagger_ui=False, serve_spec=False),
    )
    app.add_error_handler(TroubleError, _on_trouble)
    app.add_error_handler(connexion.exceptions.ProblemException, _on_problem)
    asgi: ASGIApp = app
    return asgi


async def _on_trouble(_: ConnexionRequest, error: TroubleError) -> Any:
    return problem(400, "The request cannot be read", error.trouble.detail)


async def _on_problem(_: ConnexionRequest, found: connexion.exceptions.ProblemException) -> Any:
    # Connexion's own handler writes every bad request into the log.
    return problem(found.status, found.title, found.detail)


def _origin() -> str:
    return paths.origin(connexion.request.scope)


def _refusal(error: WorldError) -> Any:
    titles = {
        "taken": "The name is taken",
        "unknown": "There is no such world",
        "name": "That is no name",
        "full": "No more worlds",
        "size": "The world is too large",
    }
    return problem(_STATUS[error.kind], titles[error.kind], str(error))
