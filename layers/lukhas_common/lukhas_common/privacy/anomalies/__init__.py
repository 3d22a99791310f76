"""Watching over accesses: what the ledger says of them, hour by hour, held against what is usual."""
