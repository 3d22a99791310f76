"""Adapters: the only package that imports boto3, and the only one that knows a key schema."""
