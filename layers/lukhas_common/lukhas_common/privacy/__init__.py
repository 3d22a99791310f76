"""Privacy: what leaves of a person, and in which form."""
