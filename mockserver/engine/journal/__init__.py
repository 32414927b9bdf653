"""What happened in a world: kept, selected, shown with its secrets masked, and verified."""
