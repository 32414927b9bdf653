"""The suites: find out whether a deployment keeps what the specs promise. Command: ownership-contracts."""
