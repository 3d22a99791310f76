"""Principles that text is held against: critique, revision, and constraints on prompts."""
