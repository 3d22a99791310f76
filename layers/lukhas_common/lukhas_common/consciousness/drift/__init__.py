"""Drift: how far a state, a sample or a series has moved from its baseline. Pure: it stores nothing."""
