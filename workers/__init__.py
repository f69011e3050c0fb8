"""The Dramatiq edge: thin actors over the domain."""
