"""What the proxy subcommand takes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ... import specs

LAST_PORT = 65535


def add_proxy(commands: Any) -> None:
    """Add the subcommand to a parser's subcommands."""
    proxy = commands.add_parser(
        "proxy",
        help="stand before a deployment and check what passes",
        description="Pass everything between clients and a deployment, check each exchange against the contract, and tell what breaks it. "
        "Ends at SIGINT or SIGTERM with the sums; exit code 1 if a clause was broken, else 0.",
    )
    proxy.add_argument("--target", required=True, metavar="URL|FILE", help="the deployment: its base URL, or a target file")
    proxy.add_argument("--vendor", action="append", choices=specs.vendors(), default=[], help="check this vendor's API alone (may be given again)")
    proxy.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    proxy.add_argument("--port", type=_port, default=8090, help="port to listen on; 0 picks a free one (default: %(default)s)")
    proxy.add_argument("--strict", action="store_true", help="answer 502 in place of an answer that breaks a clause, and say which")
    proxy.add_argument("--journal", type=Path, metavar="FILE.jsonl", help="add a JSON line for each remark to this file")
    proxy.add_argument("--summary", action="store_true", help="at the end also list the clauses that nothing has shown")
    proxy.add_argument("--until-eof", action="store_true", help="end when standard input ends, for a program that starts this proxy")


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 0 to 65535 is")
    return int(text)
