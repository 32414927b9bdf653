"""What a run would send, without sending it."""
