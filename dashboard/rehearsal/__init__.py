"""A campaign rehearsed with no account anywhere: real processes, the simulator, and a judge."""
