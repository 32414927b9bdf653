"""The console's pages."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
from flask import Flask, Response, abort, jsonify, redirect, render_template, send_from_directory
from swagger_ui_bundle import swagger_ui_path

from ... import specs
from .. import stories
from ..engine.columns import columns
from ..engine.scenario import names
from ..engine.worlds import is_name

TIMEOUT = 5.0


def pages(origin: str, vendors: Sequence[str], verify: ssl.SSLContext | bool = True, token: str | None = None) -> Flask:
    """Return the Flask app: an overview, a page a world, a request and a shipped scenario, and Swagger UI for each vendor's spec.

    origin: where the control API answers. verify: the certificates that it is to show there, as HTTPX takes them. token: what it wants, if anything.
    """
    app = Flask(__name__)
    app.jinja_env.filters.update(kind=kind, clock=clock, moment=moment, took=took, brief=brief)

    control, shipped = _control(origin, verify, token), names(columns())

    @app.get("/")
    def overview() -> str:
        return render_template("overview.html", origin=origin, vendors=vendors, worlds=control("worlds")["worlds"], **_world("default"))

    @app.get("/world/<name>")
    def world(name: str) -> str:
        return render_template("world.html", origin=origin, vendors=vendors, **_world(name))

    @app.get("/world/<name>/requests/<int:number>")
    def request(name: str, number: int) -> str:
        kept = control(f"worlds/{_named(name)}/journal")["requests"]
        entry = next((entry for entry in kept if entry["number"] == number), None)
        if entry is None:
            abort(404, f"The journal of the world {name!r} has no request {number}; the oldest are forgotten.")
        return render_template("request.html", vendors=vendors, name=name, e=entry)

    def _world(name: str) -> dict[str, Any]:
        journal = control(f"worlds/{_named(name)}/journal")
        rows = sorted([*journal["requests"], *journal["happenings"]], key=lambda row: row["number"])
        return {"world": control(f"worlds/{name}?requests=0"), "rows": rows, "shipped": shipped}

    _stories(app, vendors, shipped)
    _docs(app, vendors)
    return app


def _control(origin: str, verify: ssl.SSLContext | bool, token: str | None) -> Callable[[str], Any]:
    """Return what reads a path of the control API, and ends the page where that cannot be."""
    shown = {} if token is None else {"Authorization": f"Bearer {token}"}

    def control(path: str) -> Any:
        try:
            answer = httpx.get(f"{origin}/_mock/api/{path}", headers=shown, timeout=TIMEOUT, trust_env=False, verify=verify)
        except httpx.TransportError:
            abort(503, "The control API does not answer.")
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            abort(503, answer.json().get("detail"))
        if answer.status_code == httpx.codes.NOT_FOUND:
            abort(404, answer.json().get("detail"))
        return answer.raise_for_status().json()

    return control


def _named(name: str) -> str:
    return name if is_name(name) else abort(404, f"{name!r} is no name of a world")


def _stories(app: Flask, vendors: Sequence[str], shipped: Sequence[str]) -> None:
    """The shipped scenarios, as they tell their stories."""

    @app.get("/scenario/<name>")
    def scenario(name: str) -> str:
        return render_template("scenario.html", vendors=vendors, story=stories.read(name)) if name in shipped else abort(404)


def _docs(app: Flask, vendors: Sequence[str]) -> None:
    """Swagger UI as the bundle ships it, over the spec as we wrote it."""

    @app.get("/docs/<vendor>")
    def docs(vendor: str) -> Any:
        return redirect(f"/_mock/docs/{vendor}/") if vendor in vendors else abort(404)

    @app.get("/docs/<vendor>/")
    def swagger(vendor: str) -> str:
        return render_template("swagger.html", vendor=vendor) if vendor in vendors else abort(404)

    @app.get("/docs/<vendor>/openapi.json")
    def spec(vendor: str) -> Response:
        return jsonify(specs.openapi(vendor)) if vendor in vendors else abort(404)

    @app.get("/docs/<vendor>/<path:name>")
    def swagger_file(vendor: str, name: str) -> Response:
        return send_from_directory(swagger_ui_path, name) if vendor in vendors else abort(404)


def clock(seconds: float) -> str:
    """Return the time of day of a moment."""
    return f"{datetime.fromtimestamp(seconds, UTC):%H:%M:%S}"


def moment(seconds: float) -> str:
    """Return a moment's day and time."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def took(seconds: float) -> str:
    """Return how long something took, to read."""
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def brief(value: Any, indent: int | None = None) -> str:
    """Return a JSON value as text; a text as it is."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=indent)


# A table whose cells hold small tables is still read at a glance; one level more is not.
DEEPEST_TABLE = 2


def kind(value: Any) -> str:
    """Return how a page shows a JSON value: rows (a table), sections, fields, words or text."""
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        return "rows" if depth(value) <= DEEPEST_TABLE else "sections"
    if isinstance(value, list):
        return "words"
    return "fields" if isinstance(value, dict) else "text"


def depth(value: Any) -> int:
    """Return how many lists of objects lie inside one another in a JSON value."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    deepest = max((depth(part) for part in inside), default=0)
    return deepest + 1 if isinstance(value, list) and any(isinstance(part, dict) for part in value) else deepest
