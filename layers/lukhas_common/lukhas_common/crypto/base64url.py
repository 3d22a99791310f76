"""Base64url without padding (RFC 7515, section 2), in its one canonical form."""

import base64


def b64url(data: bytes) -> str:
    """The text for these bytes."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64url(text: str) -> bytes:
    """The bytes of canonical, unpadded base64url.

    Raises:
        ValueError: the text is anything else, unused trailing bits included.
    """
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if b64url(data) != text:
        raise ValueError("not canonical base64url")
    return data
