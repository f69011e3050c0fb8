"""Files that come in: what they are, whether we keep them, where they lie, whose they are."""
