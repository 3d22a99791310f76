"""How well a table hides the people in it, and how to make it hide them better."""
