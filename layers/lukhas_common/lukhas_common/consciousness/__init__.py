"""How the system is: its state, whether that drifts, and how long its work takes."""
