"""The keys by which the public log signs: one ring for each kind of signature line."""

ED25519_RING, ML_DSA_RING = "log-ed25519", "log-ml-dsa-44"

RINGS = {ED25519_RING: "Ed25519", ML_DSA_RING: "ML-DSA-44"}
"""Each ring with its algorithm."""

PERIOD = 10 * 365 * 86400
"""Seconds after which the schedule replaces such a key. Readers of the log hold its keys in their own settings, so a
change is an operator's decision; what a log promised is checked for as long as anyone keeps a receipt."""

LIFE = 100 * 365 * 86400
"""Seconds for which a checkpoint or receipt is believed after its key was replaced."""
