"""Programs that run on the interpreter and the built layer that are measured; each answers one JSON object."""
