"""Keys, signatures, and the rings that keys are rotated in."""
