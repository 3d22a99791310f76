"""Auditing the public log and the table of entries: everything is read, and everything is checked."""
