"""Target files: how they are read, what may stand in them, and how one is begun."""
