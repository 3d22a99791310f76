"""States that tests are given."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

# Keys that look like paths, patterns and escapes; numbers that a double does not hold, or only just.
KEYS = st.sampled_from(["a", "b", "", "0", "/", "[0]", "a/b", "~", "~1", "*", "a[0]", "é"])
NUMBERS = st.one_of(
    st.integers(-3, 3),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.0, -0.0, 1.0, 2**53, 2**53 + 1, 5e-324, 1e308]),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, st.sampled_from(["", "1", "true", "null", "a"]))


def states(leaves: int = 8) -> st.SearchStrategy[Any]:
    """Objects, with objects and lists in them."""
    values = st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=leaves,
    )
    return st.dictionaries(KEYS, values, max_size=4)
