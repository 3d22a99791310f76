"""Format-preserving encryption of decimal digits: FF1 of NIST SP 800-38G with AES."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SHORTEST = 6
"""Digits below which a million values could simply be tried (SP 800-38G rev. 1, section 5.1)."""

LONGEST = 56
"""Digits that the two blocks of its round function are enough for."""

_ROUNDS = 10


def encrypt(key: bytes, digits: str, tweak: bytes = b"") -> str:
    """As many digits, which only the same key and tweak turn back.

    Raises:
        ValueError: these are not decimal digits, or too few or too many.
    """
    return _run(key, digits, tweak, forth=True)


def decrypt(key: bytes, digits: str, tweak: bytes = b"") -> str:
    """What ``encrypt`` was given.

    Raises:
        ValueError: these are not decimal digits, or too few or too many.
    """
    return _run(key, digits, tweak, forth=False)


def _run(key: bytes, digits: str, tweak: bytes, *, forth: bool) -> str:
    if not (digits.isascii() and digits.isdigit() and SHORTEST <= len(digits) <= LONGEST):
        raise ValueError(f"{SHORTEST} to {LONGEST} decimal digits are wanted")
    n, u = len(digits), len(digits) // 2
    v = n - u
    wide = ((10**v - 1).bit_length() + 7) // 8
    d = 4 * ((wide + 3) // 4) + 4
    head = bytes([1, 2, 1, 0, 0, 10, 10, u % 256]) + n.to_bytes(4, "big") + len(tweak).to_bytes(4, "big")
    pad = bytes(-(len(tweak) + wide + 1) % 16)
    a, b = int(digits[:u]), int(digits[u:])
    for number in range(_ROUNDS) if forth else reversed(range(_ROUNDS)):
        m = u if number % 2 == 0 else v
        known = b if forth else a
        y = _prf(key, d, head + tweak + pad + bytes([number]) + known.to_bytes(wide, "big"))
        a, b = (b, (a + y) % 10**m) if forth else ((b - y) % 10**m, a)
    return f"{a:0{u}}{b:0{v}}"


def _prf(key: bytes, length: int, message: bytes) -> int:
    """AES-CBC-MAC, stretched to ``length`` bytes (at most 32, enough for 56 digits)."""
    cbc = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor()
    block = (cbc.update(message) + cbc.finalize())[-16:]
    if length > 16:
        ecb = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - one block, as FF1 has it
        second = int.from_bytes(block, "big") ^ 1
        block += ecb.update(second.to_bytes(16, "big"))
    return int.from_bytes(block[:length], "big")
