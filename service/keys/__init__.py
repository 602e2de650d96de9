"""API keys for staff: make them, change what they are for, revoke them, without a terminal."""
