"""The ledger: what happened, in streams of entries that cannot be altered, and a public log that proves it."""
