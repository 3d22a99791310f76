"""Who reads what in an unusual way: features of accesses, a detector that is trained on them, and alerts."""
