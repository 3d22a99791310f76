"""Consent: what a person allows, to whom and for what; how that is recorded, enforced, proven and ended."""
