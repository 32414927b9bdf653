"""A mock server where no code ever completes a flow: `python refusing_server.py serve …`. Each answer alone is one that the page has."""

from __future__ import annotations

import sys

from ownership_contracts.mockserver import cli
from ownership_contracts.mockserver.kii.world import KiiWorld


def main() -> int:
    KiiWorld._pending = lambda self, thing, code: None  # type: ignore[method-assign]
    return cli.main(sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
