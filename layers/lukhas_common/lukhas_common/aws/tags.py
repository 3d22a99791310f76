"""The tags by which keys of KMS are told apart."""

STACK_TAG, RING_TAG = "lukhas:stack", "lukhas:ring"
"""Roles are allowed to use keys with the tags of their own stack and ring."""
