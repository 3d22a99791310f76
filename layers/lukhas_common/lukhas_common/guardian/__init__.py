"""Should this be done: judges actions and text by policy, says why, and can be asked again."""
