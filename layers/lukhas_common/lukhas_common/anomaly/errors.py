"""What can be wrong with rows and models."""

from __future__ import annotations


class RowsError(ValueError):
    """Rows cannot be learnt from or scored: the message says why."""


class ModelDamagedError(ValueError):
    """Bytes are no model as it was written, or one of another version."""
