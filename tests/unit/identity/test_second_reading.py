"""No access token is handed out that others would read differently."""

from __future__ import annotations

import pytest

from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.identity import jose
from lukhas_common.identity.second_reading import UnreadableTokenError, check
from tests.world import World

CLAIMS = {"iss": "lukhas.id", "aud": "lukhas-api", "sub": "ada", "iat": 1, "exp": 2}


@pytest.mark.parametrize("algorithm", ["ES256", "ML-DSA-44"])
def test_a_token_is_read_as_what_was_signed(algorithm: str) -> None:
    signer, other = LocalSigner.generate(algorithm), LocalSigner.generate(algorithm)
    token = jose.sign("at+jwt", CLAIMS, signer)
    check(token, CLAIMS, signer.public_key)
    with pytest.raises(UnreadableTokenError, match="InvalidSignature"):
        check(token, CLAIMS, other.public_key)
    with pytest.raises(UnreadableTokenError, match="other claims"):
        check(token, {**CLAIMS, "sub": "eve"}, signer.public_key)
    with pytest.raises(UnreadableTokenError, match="InvalidAudience"):
        check(token, {**CLAIMS, "aud": "other"}, signer.public_key)


def test_a_login_does_not_hand_out_what_cannot_be_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jose, "b64url", lambda data: "AAAA")
    with pytest.raises(UnreadableTokenError) as refused:
        world.registered()
    assert "AAAA" not in str(refused.value)
