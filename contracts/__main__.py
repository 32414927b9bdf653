"""python -m ownership_contracts.contracts is the command ownership-contracts."""

from .cli import main

raise SystemExit(main())
