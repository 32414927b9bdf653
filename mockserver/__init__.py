"""The mock server: keeps the promises of the specs, with real state. Command: ownership-mock."""
