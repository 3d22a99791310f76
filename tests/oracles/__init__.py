"""Held against independent implementations, where those are installed (`make oracles`)."""
