"""Reports: all of them made from the one list of results."""
