"""QRG tokens: quantum-resistant governance tokens, signed with ML-DSA (FIPS 204)."""
