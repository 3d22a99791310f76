"""What is remembered of a person: four tiers, versions with validity, search, folds and erasure."""
