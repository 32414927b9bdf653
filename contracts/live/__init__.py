"""Deployments that somebody relies on: what may be sent to them, what is written of it, and how it is taken back."""
