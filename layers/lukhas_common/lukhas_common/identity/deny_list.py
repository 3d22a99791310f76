"""Tokens that were revoked one by one."""

from typing import Protocol


class DenyList(Protocol):
    """Remembers revoked access tokens by their ``jti``, until they would have expired anyway.

    ``deny`` may be repeated. It is never asked for the token's text, of which there may be several spellings.
    """

    def deny(self, token_id: str, until: float) -> None: ...
