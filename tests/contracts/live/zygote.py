"""The command ownership-contracts, begun at once: a process that has loaded it forks one for each line of its stdin, and prints its id.

A line is the command's words as JSON. What it prints goes to the file that this process was told. Nothing of the tests runs here.
"""

from __future__ import annotations

import json
import os
import sys

from ownership_contracts.contracts import cli, run
from ownership_contracts.contracts.live import cleanup

LOADED = (run, cleanup)


def main() -> None:
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            log = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT | os.O_APPEND)
            for stream in range(3):
                os.dup2(log, stream)
            sys.exit(cli.main(json.loads(line)))
        print(child, flush=True)
        print(os.waitpid(child, 0)[1], flush=True)


if __name__ == "__main__":
    main()
