"""The options of the parity subcommand."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..live.options import add_live, add_where
from ..patience import PATIENCE, PATIENT, seconds

CASE, MATRIX = LAYERS = ("case", "matrix")
FORMS = {"json": "write all of it to this file as JSON", "markdown": "write it to this file for the summary of a CI job, as Markdown"}


def add_parity(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the subcommand."""
    parity = commands.add_parser(
        "parity",
        help="tell where a mock server and a deployment differ",
        description=(
            "Play the same rows on a mock server of its own and on a deployment, and tell where they differ, which of the two is wrong, "
            "and what the deployment does where the vendor's page is silent."
        ),
    )
    parity.add_argument("--target", type=Path, required=True, metavar="FILE", help="the deployment to compare with")
    add_where(parity)
    parity.add_argument("-k", dest="keyword", metavar="EXPRESSION", default="", help="rows whose ids match (pytest's -k)")
    layers = "rows of this layer alone (may be given again; default: case); matrix plays thousands"
    parity.add_argument("--layer", action="append", choices=LAYERS, default=[], help=layers)
    parity.add_argument("--patience", type=seconds, default=PATIENCE, metavar="SECONDS", help=f"{PATIENT} (default: %(default)g)")
    add_live(parity)
    mock = "what the mock picks, as --settings writes it (default: what the target file declares)"
    parity.add_argument("--mock-settings", type=Path, metavar="FILE.yaml", help=mock)
    settings = "write what the deployment picks to this file, for `ownership-mock serve --settings`"
    parity.add_argument("--settings", type=Path, metavar="OUT.yaml", help=settings)
    picks = "write it to this file as the tables of picks for the target file"
    parity.add_argument("--picks", type=Path, metavar="OUT.toml", help=picks)
    for name, says in FORMS.items():
        parity.add_argument(f"--{name}", type=Path, metavar="FILE", help=says)
