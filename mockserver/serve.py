"""Listen, say so, serve, and end cleanly."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli_w
import uvicorn

from .catalogue import warning
from .console import console_app
from .engine.access import VARIABLE, Access, is_loopback, unfit_token
from .engine.columns import columns
from .engine.control import Control, target_file
from .engine.mutants import MutantError
from .engine.scenario import Scenario, files_of, load
from .engine.server import Mounts, Server
from .engine.store import Bounds, Worlds
from .engine.vendor import Vendor
from .engine.wire.protocol import wire
from .engine.worlds import DEFAULT, World, make_world
from .picking import picking
from .tls import Tls, TlsError, tls

if TYPE_CHECKING:
    from .reload import Reload

MOST_CONNECTIONS = 2048
"""How many connections are served at once, where the system lets this process have twice as many files."""


class ServeError(Exception):
    """The server cannot start: the message says what is in the way, and what to do."""


def serve(options: argparse.Namespace) -> None:
    """Serve until SIGINT or SIGTERM. options: see cli. ServeError."""
    access = Access(_token(options))
    vendors = picking(columns(options.vendor), options.settings)
    edits = _edits(options, vendors)
    story = load(options.scenario, vendors)
    worlds = Worlds(Bounds(options.worlds, options.world_size, options.idle), options.seed)
    world = _default_world(options, story, worlds, vendors)
    listening = _listen(options.host, options.port)
    _check_reach(options.host, listening, access)
    secured = _tls(options)
    origin = _origin("https" if secured else "http", options.host, listening)
    control = Control(vendors, worlds, story, tuple(options.mutant))
    console = console_app(origin, vendors, secured.console if secured else False, access.token)
    mounts = Mounts(control, console, access)
    app = Server(vendors, worlds, mounts, options.cors_origin, control.fresh if options.worlds_on_demand else None)
    write_target = partial(_write_target, options.write_target, origin, secured, access.token)
    write_target(world)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    # Connexion warns, at each request, of an operation that takes several media types; ours are told apart before it looks.
    logging.getLogger("connexion.operations.openapi3").setLevel(logging.ERROR)
    config = _config(app, options.timeout, access)
    config.ssl_context_factory = secured.context if secured else None
    server = _Ready(config, origin, world, secured)
    if edits is not None:
        server.watched = edits, partial(_again, options.scenario, control, write_target)
    if options.until_eof:
        threading.Thread(target=_end_at_eof, args=(server,), daemon=True).start()
    server.run(sockets=[listening])


def _default_world(options: argparse.Namespace, story: Scenario, worlds: Worlds, vendors: Sequence[Vendor]) -> World:
    """Return the world that answers at the bare paths; it is kept from now on. ServeError."""
    try:
        world = make_world(DEFAULT, story, vendors, options.seed, {}, mutants=options.mutant)
        worlds.add(world)
    except MutantError as error:
        raise ServeError(f"--mutant: {error}") from None
    except ValueError as error:
        raise ServeError(f"scenario {options.scenario}: {error}") from None
    return world


def _token(options: argparse.Namespace) -> str | None:
    """Return the control token: of the option, else of the environment. ServeError where it is none, or could be guessed."""
    where = VARIABLE if options.control_token is None else "--control-token"
    token: str | None = os.environ.get(VARIABLE) if options.control_token is None else options.control_token
    wrong = None if token is None else unfit_token(token)
    if wrong is not None:
        raise ServeError(f"{where}: {wrong}; `openssl rand -hex 16` makes a good one")
    return token


def _check_reach(host: str, listening: socket.socket, access: Access) -> None:
    """Return where nobody but this machine, or nobody without a token, can call the control API. ServeError."""
    address = listening.getsockname()[0]
    if access.token is None and not is_loopback(address):
        listening.close()
        why = f"--host {host}: other machines reach {address}, and the control API shows every credential and changes worlds"
        raise ServeError(f"{why}; give it a token with --control-token or {VARIABLE}, or listen on 127.0.0.1")


def _write_target(file: Path | None, origin: str, secured: Tls | None, token: str | None, world: World) -> None:
    if file is not None:
        table = target_file(world, origin, secured.ca if secured else None, token)
        try:
            file.write_text(tomli_w.dumps(table), "utf-8")
        except OSError as error:
            raise ServeError(f"--write-target {file}: {error.strerror}") from None


def _edits(options: argparse.Namespace, vendors: Sequence[Vendor]) -> Reload | None:
    if not options.reload:
        return None
    from .reload import Reload  # noqa: PLC0415 - who does not ask for it need not wait for its imports

    return Reload(files_of(options.scenario, vendors))


def _again(scenario: str, control: Control, write_target: Callable[[World], None]) -> World:
    """Return the default world, made anew from the scenario as it is written now. ValueError, and nothing has changed."""
    from .reload import taken_up  # noqa: PLC0415 - as above

    world = taken_up(control, load(scenario, control.vendors))
    try:
        write_target(world)
    except ServeError as error:
        print(f"ownership-mock: {error}", file=sys.stderr)
    return world


def _config(app: Server, timeout: int, access: Access) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=wire(access),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
        timeout_keep_alive=timeout,
        limit_concurrency=min(MOST_CONNECTIONS, _open_files() // 2),
    )


def _open_files() -> int:
    """Raise the bound on open files as far as this process may, and return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * MOST_CONNECTIONS if hard == resource.RLIM_INFINITY else min(hard, 4 * MOST_CONNECTIONS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (ValueError, OSError):
            return soft
        return wanted
    return wanted


def _end_at_eof(server: uvicorn.Server) -> None:
    # The descriptor and not sys.stdin, whose lock this thread would hold when the interpreter ends for another reason.
    while os.read(sys.stdin.fileno(), 4096):
        pass
    server.should_exit = True


class _Ready(uvicorn.Server):
    """A uvicorn server that says when it answers."""

    def __init__(self, config: uvicorn.Config, origin: str, world: World, secured: Tls | None) -> None:
        super().__init__(config)
        self.origin, self.world, self.secured = origin, world, secured
        self.watched: tuple[Reload, Callable[[], World]] | None = None
        self._watching: asyncio.Task[None] | None = None

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End on SIGINT and SIGTERM. uvicorn's own would raise the signal once more at the end, and the exit code would not be 0."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        # What is there by now stays: it is not to be searched later, either.
        gc.freeze()
        gc.enable()
        print(f"ownership-mock ready at {self.origin}  (console: {self.origin}/_mock/)")
        if self.secured and self.secured.ca:
            print(f"Its CA, for clients to trust: {self.secured.ca}")
        for line in warning(self.world.mutants):
            print(line)
        for vendor, state in self.world.states.items():
            print(f"\n{vendor}:")
            rows = state.principals()
            width = max((len(label) for label, _ in rows), default=0)
            for label, header in rows:
                print(f"  {label:<{width}}  {header}")
        sys.stdout.flush()
        if self.watched:
            reload, again = self.watched
            self._watching = asyncio.create_task(reload.watch(again))

    async def shutdown(self, sockets: Any = None) -> None:
        if self.watched and self._watching:
            self.watched[0].end()
            await self._watching
        await super().shutdown(sockets)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listening = socket.socket(family, kind, proto)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        raise ServeError(f"cannot listen on {host} port {port}: {error.strerror or error}; choose another with --host or --port") from None
    return listening


def _tls(options: argparse.Namespace) -> Tls | None:
    try:
        return tls(options)
    except TlsError as error:
        raise ServeError(str(error)) from None


def _origin(scheme: str, host: str, listening: socket.socket) -> str:
    address, port = listening.getsockname()[:2]
    named = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(address, host if ":" not in host else f"[{host}]")  # noqa: S104 - read, not bound
    return f"{scheme}://{named}:{port}"
