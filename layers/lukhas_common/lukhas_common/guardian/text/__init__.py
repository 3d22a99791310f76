"""Judging text in this process: what is harmful in it, where, and whether it could be judged at all."""
