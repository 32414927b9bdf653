"""The command ownership-mock."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from .. import specs


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 ended as asked, 2 bad input."""
    options = _parser().parse_args(argv)
    # Connexion imports Starlette's test client, and Starlette would rather that it used another HTTP library: nothing that a user can mend.
    warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")
    from .serve import ServeError, serve  # noqa: PLC0415 - help and bad options need not wait for the server's imports

    try:
        serve(options)
    except ServeError as error:
        print(f"ownership-mock: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ownership-mock", description="A stateful mock server for device-ownership APIs.")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="serve until interrupted", description="Serve the vendors' APIs until SIGINT or SIGTERM.")
    serve.add_argument("--vendor", action="append", choices=specs.vendors(), default=[], help="serve this vendor alone (may be given again)")
    serve.add_argument("--scenario", default="default", metavar="NAME|FILE", help="what the world starts with (default: %(default)s)")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    serve.add_argument("--port", type=_port, default=8080, help="port to listen on; 0 picks a free one (default: %(default)s)")
    serve.add_argument("--seed", help="where ids, tokens and codes come from (default: random, so that codes cannot be guessed)")
    serve.add_argument("--write-target", type=Path, metavar="FILE", help="write the target file that describes this mock")
    timeout = "seconds in which a request must arrive, and after which a silent connection is closed (default: %(default)s)"
    serve.add_argument("--timeout", type=_seconds, default=30, metavar="SECONDS", help=timeout)
    serve.add_argument("--until-eof", action="store_true", help="end when standard input ends, for a program that starts this server")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:  # noqa: PLR2004 - the largest port
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 0 to 65535 is")
    return int(text)


def _seconds(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 3600:  # noqa: PLR2004 - an hour
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds: 1 to 3600 is")
    return int(text)
