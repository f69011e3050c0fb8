"""The domain: takes a session, never commits."""
