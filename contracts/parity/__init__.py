"""Where a mock server and a deployment differ, and what a deployment makes of what its vendor's pages leave open."""
