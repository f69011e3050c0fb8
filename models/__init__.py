"""Tables, states and values: imports nothing of ours."""
