"""Where accesses are logged, and as what."""

ALLOWED, REFUSED = "access.allowed", "access.refused"
"""The kinds of entries."""


def access_stream(user_id: str) -> str:
    """The ledger's stream of who accessed a person's data.

    One stream a person, because one who wants to know who accessed their data reads one; a person's requests are too
    few to get in each other's way.
    """
    return f"access/{user_id}"
