"""python -m ownership_contracts.mockserver is the command ownership-mock."""

from .cli import main

raise SystemExit(main())
