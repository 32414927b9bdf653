"""A proxy that stands between any client and a deployment, passes everything through, and holds each exchange against the contract."""
