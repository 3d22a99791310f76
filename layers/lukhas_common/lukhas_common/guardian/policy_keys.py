"""The keys that sign versions of the guardian's policies."""

RING = "policies-ml-dsa-44"
"""The key ring."""

ALGORITHM = "ML-DSA-44"

PERIOD = 10 * 365 * 86400
"""Seconds after which the schedule replaces the key; an operator may at any time."""

LIFE = 100 * 365 * 86400
"""Seconds for which a signature is believed after its key was replaced: a version ends by another being activated."""
