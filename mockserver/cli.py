"""The command ownership-mock."""

from __future__ import annotations

import argparse
import gc
import os
import re
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from .. import specs

LAST_PORT = 65535
MOST = 1_000_000_000
TLS_CA = Path("ownership-mock-ca.pem")
# null is what browsers send for a page that is a file, or in a sandbox.
ORIGIN = re.compile(r"null|(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 ended as asked, 2 bad input."""
    parser = _parser()
    options = parser.parse_args(argv)
    # Connexion imports Starlette's test client, and Starlette would rather that it used another HTTP library: nothing that a user can mend.
    warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")
    if options.command == "serve":
        _check_tls(parser, options)
        return _serve(options)
    return _tell(options)


def _tell(options: argparse.Namespace) -> int:
    from . import catalogue, stories  # noqa: PLC0415 - help and bad options need not wait for the imports

    told: dict[str, Callable[[argparse.Namespace], int]] = {
        "check": stories.check,
        "scenarios": stories.scenarios,
        "schema": stories.schema,
        "mutants": catalogue.mutants,
    }
    try:
        code = told[options.command](options)
        sys.stdout.flush()
    except BrokenPipeError:
        # Who reads has had enough, as `head` has. What is left in the buffer goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    return code


def _serve(options: argparse.Namespace) -> int:
    # What is made before the server answers, it keeps: to look for garbage in that takes a tenth of the start. `serve` enables it then.
    gc.disable()
    from .engine.scenario import ScenarioError  # noqa: PLC0415 - as above
    from .serve import ServeError, serve  # noqa: PLC0415 - only who serves waits for it

    try:
        serve(options)
    except ScenarioError as error:
        # As `check` tells them: editors and CI find file and line at the beginning.
        print(error if error.mistakes else f"ownership-mock: {error}", file=sys.stderr)
        return 2
    except ServeError as error:
        print(f"ownership-mock: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ownership-mock", description="A stateful mock server for device-ownership APIs.")
    commands = parser.add_subparsers(dest="command", required=True)
    _add_stories(commands)
    serve = commands.add_parser("serve", help="serve until interrupted", description="Serve the vendors' APIs until SIGINT or SIGTERM.")
    serve.add_argument("--vendor", action="append", choices=specs.vendors(), default=[], help="serve this vendor alone (may be given again)")
    serve.add_argument("--scenario", default="default", metavar="NAME|FILE", help="what the world starts with (default: %(default)s)")
    serve.add_argument("--reload", action="store_true", help="take up the scenario's file when it is edited; other worlds stay as they are")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    wanted = (
        "what the control API and the console want from everyone (default: $OWNERSHIP_CONTROL_TOKEN; without one, they answer this machine alone)"
    )
    serve.add_argument("--control-token", metavar="TOKEN", help=wanted)
    serve.add_argument("--port", type=_port, default=8080, help="port to listen on; 0 picks a free one (default: %(default)s)")
    serve.add_argument("--seed", help="where ids, tokens and codes come from (default: random, so that codes cannot be guessed)")
    serve.add_argument(
        "--cors-origin",
        type=_origin,
        action="append",
        default=[],
        metavar="ORIGIN",
        help="let pages of this origin alone call the vendors' APIs (may be given again; default: pages of every origin)",
    )
    _add_worlds(serve)
    _add_tls(serve)
    serve.add_argument("--write-target", type=Path, metavar="FILE", help="write the target file that describes this mock")
    timeout = "seconds in which a request must arrive, and after which a silent connection is closed (default: %(default)s)"
    serve.add_argument("--timeout", type=_seconds, default=30, metavar="SECONDS", help=timeout)
    serve.add_argument("--until-eof", action="store_true", help="end when standard input ends, for a program that starts this server")
    return parser


def _add_stories(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    says = "Tell each mistake of scenario files: where it is, what is wrong, what was expected."
    check = commands.add_parser("check", help="check scenario files", description=f"{says} Exit code 2 if there is one, else 0.")
    check.add_argument("files", nargs="+", metavar="FILE", help="a scenario's file, or the name of a shipped one")
    scenarios = commands.add_parser(
        "scenarios", help="list the shipped scenarios", description="List the shipped scenarios, or tell the story of one."
    )
    scenarios.add_argument("name", nargs="?", metavar="NAME", help="tell this one's story, and where its file is")
    scenarios.add_argument("--json", action="store_true", help="as JSON")
    mutants = commands.add_parser(
        "mutants", help="list the mutants", description="List the named ways in which a server can be made to go wrong, or harmlessly differ."
    )
    mutants.add_argument("names", nargs="*", metavar="NAME", help="list this one alone, or those that a pattern fits; of one, tell all")
    mutants.add_argument("--vendor", action="append", choices=specs.vendors(), default=[], help="list this vendor's alone (may be given again)")
    mutants.add_argument("--json", action="store_true", help="as JSON")
    commands.add_parser("schema", help="print the JSON Schema of scenario files", description="Print the JSON Schema of scenario files, for editors.")


def _add_worlds(serve: argparse.ArgumentParser) -> None:
    mutant = "be broken in this way, one of `ownership-mock mutants`, in every world that names no others (may be given again)"
    serve.add_argument("--mutant", action="append", default=[], metavar="NAME", help=mutant)
    settings = "what the vendors leave open, as `ownership-contracts parity` writes it for a deployment; a scenario's own settings count before it"
    serve.add_argument("--settings", type=Path, metavar="FILE", help=settings)
    on_demand = "make no world for a request to one that is not there: answer 404, so that POST /_mock/api/worlds alone makes them"
    serve.add_argument("--no-worlds-on-demand", dest="worlds_on_demand", action="store_false", help=on_demand)
    worlds = "keep at most so many worlds at once, and refuse more (default: %(default)s)"
    serve.add_argument("--worlds", type=_count, default=2000, metavar="N", help=worlds)
    size = "refuse what could make a world grow that has so many bytes as JSON, as 512k or 4M; its journal takes 1M at most beside (default: 4M)"
    serve.add_argument("--world-size", type=_bytes, default="4M", metavar="BYTES", help=size)
    idle = "forget a world that nobody has asked for for so long; the default one stays (default: keep all)"
    serve.add_argument("--idle", type=_count, metavar="SECONDS", help=idle)


def _add_tls(serve: argparse.ArgumentParser) -> None:
    serve.add_argument("--tls", action="store_true", help="serve HTTPS, with a certificate made at start for localhost and --host")
    serve.add_argument("--tls-ca", type=Path, metavar="FILE", help=f"where --tls writes the CA for clients to trust (default: {TLS_CA})")
    serve.add_argument("--certfile", type=Path, metavar="FILE", help="serve HTTPS with this certificate (PEM, its chain after it)")
    serve.add_argument("--keyfile", type=Path, metavar="FILE", help="the key of --certfile (PEM, without a password)")


def _check_tls(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    if options.tls and (options.certfile or options.keyfile):
        parser.error("--tls makes a certificate, --certfile and --keyfile bring one: give the one or the other")
    if bool(options.certfile) != bool(options.keyfile):
        parser.error("--certfile and --keyfile belong together: give both")
    if options.tls_ca and not options.tls:
        parser.error("--tls-ca says where --tls writes its CA: give --tls too")
    options.tls_ca = options.tls_ca or TLS_CA


def _origin(text: str) -> str:
    """Return the origin as browsers write it: in lower case, without its scheme's own port."""
    fits = ORIGIN.fullmatch(text.lower())
    if not fits or int(fits["port"] or 0) > LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no origin: SCHEME://HOST or SCHEME://HOST:PORT is, without a path, or null")
    own = {"http": "80", "https": "443"}.get(fits["scheme"] or "")
    return f"{fits['scheme']}://{fits['host']}" if own and own == fits["port"] else fits[0]


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 0 to 65535 is")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= MOST:
        raise argparse.ArgumentTypeError(f"{text!r} is not one of 1 to {MOST}")
    return int(text)


def _bytes(text: str) -> int:
    fits = re.fullmatch("([0-9]{1,12})([kMG]?)", text)
    if not fits or not int(fits[1]):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of bytes: 65536, 512k or 4M is")
    return int(int(fits[1]) * 1024 ** " kMG".index(fits[2] or " "))


def _seconds(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 3600:  # noqa: PLR2004 - an hour
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds: 1 to 3600 is")
    return int(text)
