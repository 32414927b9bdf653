"""What every vendor's column shares: worlds, the request's way through the server, and the guard. Holds no vendor's name."""
