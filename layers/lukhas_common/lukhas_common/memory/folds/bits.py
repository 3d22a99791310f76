"""Bytes that stand beside the JSON of a frame, as compressing them would gain nothing; and packed numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence


class Side:
    """Takes bytes from the front, never more than there are, and counts what is made of a few bytes.

    Args:
        most: characters of JSON that all that is made of it may have.
    """

    def __init__(self, data: bytes, most: int) -> None:
        self._data, self._at, self._left = data, 0, most

    def take(self, length: int) -> bytes:
        """The next bytes.

        Raises:
            ValueError: there are not so many.
        """
        if not 0 <= length <= len(self._data) - self._at:
            raise ValueError("there are fewer bytes than are needed")
        self._at += length
        return self._data[self._at - length : self._at]

    def spend(self, characters: int) -> None:
        """Count what is made.

        Raises:
            ValueError: it is more than it may be.
        """
        self._left -= characters
        if self._left < 0:
            raise ValueError("it holds more than it may")

    @property
    def used_up(self) -> bool:
        return self._at == len(self._data)


def pack(numbers: Sequence[int], width: int) -> bytes:
    """Numbers of ``width`` bits each, one after another, the last byte filled up with zeros."""
    bits = "".join([f"{number:0{width}b}" for number in numbers])
    return int(bits.ljust(-(-len(bits) // 8) * 8, "0") or "0", 2).to_bytes(packed(len(numbers), width), "big")


def packed(count: int, width: int) -> int:
    """Bytes of so many packed numbers."""
    return -(-count * width // 8)


def unpack(data: bytes, count: int, width: int) -> list[int]:
    """The numbers that were packed."""
    bits = f"{int.from_bytes(data, 'big'):0{8 * len(data)}b}" if data else ""
    return [int(bits[at : at + width], 2) for at in range(0, count * width, width)]


def varints(numbers: Iterable[int]) -> bytes:
    """Numbers that are not negative, seven bits a byte, the lowest first, each byte but a number's last marked."""
    out = bytearray()
    for number in numbers:
        rest = number
        while rest > 0x7F:
            out.append(rest & 0x7F | 0x80)
            rest >>= 7
        out.append(rest)
    return bytes(out)


def read_varints(data: bytes) -> Iterator[int]:
    """The numbers again, each under 2^35.

    Raises:
        ValueError: the last is cut off, or one is longer than five bytes.
    """
    number = shift = 0
    for byte in data:
        if shift > 28:
            raise ValueError("a number is too long")
        number |= (byte & 0x7F) << shift
        if byte & 0x80:
            shift += 7
            continue
        yield number
        number = shift = 0
    if shift:
        raise ValueError("a number is cut off")


def in_common(one: str, two: str) -> int:
    """How many characters two texts begin with alike."""
    for at, (first, second) in enumerate(zip(one, two, strict=False)):
        if first != second:
            return at
    return min(len(one), len(two))


def deltas(numbers: Iterable[int]) -> Iterator[int]:
    """Each number less the one before it, the first as it is."""
    before = 0
    for number in numbers:
        yield number - before
        before = number
