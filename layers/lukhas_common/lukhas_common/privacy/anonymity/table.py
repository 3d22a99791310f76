"""A table of people: rows, of which some columns may tell who they are and others what nobody should know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lukhas_common.faults import Fault

Value = str | int | float | bool | None
Row = Mapping[str, Value]


class AnonymityReason(StrEnum):
    """Why a table is refused; stable, for callers to act on."""

    TABLE_INVALID = "table_invalid"
    TABLE_TOO_LARGE = "table_too_large"
    ANONYMITY_UNREACHABLE = "anonymity_unreachable"


class AnonymityError(Fault[AnonymityReason]):
    """A table cannot be measured or generalised as asked."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column as codes: the places of its values among all that occur, in their order.

    Attributes:
        domain: the values that occur; numbers in their order, other values by kind and text.
    """

    name: str
    numeric: bool
    domain: tuple[Value, ...]
    codes: tuple[int, ...]


def column(rows: Sequence[Row], name: str) -> Column:
    """The column of this name.

    Raises:
        AnonymityError: TABLE_INVALID, a row has no such column.
    """
    try:
        values = [row[name] for row in rows]
    except KeyError:
        raise AnonymityError(AnonymityReason.TABLE_INVALID, "Give each row a value for every named column.") from None
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    keys = values if numeric else [(type(value).__name__, str(value)) for value in values]
    ordered = sorted(set(keys))  # type: ignore[type-var]
    place = {key: at for at, key in enumerate(ordered)}
    codes = tuple(place[key] for key in keys)
    meant = dict(zip(codes, values, strict=True))
    return Column(name, numeric, tuple(meant[at] for at in range(len(ordered))), codes)
