"""The gate before every person's data: policy, consent, and the log of who was let in."""
