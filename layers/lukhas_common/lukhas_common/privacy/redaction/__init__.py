"""Finds personal data in text, takes it out, or puts tokens in its place that only its key turns back."""
