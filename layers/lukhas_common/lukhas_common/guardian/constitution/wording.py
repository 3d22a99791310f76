"""What the guardian says in a text: marks and refusals, in words that no detector takes for harm.

They tell readers what was changed; nothing is ever concluded from their being in a text, so nobody gains by imitating
them. What really was changed is in the answer beside the text.
"""

from __future__ import annotations

from collections.abc import Iterable

from lukhas_common.guardian.text.judgement import Category

CUT = "[A passage was left out here. The reason is the principle of {name}.]"
PLANTED = "[A passage that is no part of the answer was left out here.]"
MARKS = {Category.SECRET: "[credential withheld]", Category.PERSONAL_DATA: "[personal detail withheld]"}
WORD = "[word withheld]"
NEUTRAL = "This answer is not given. I am glad to help with a related question."


def refusal(names: Iterable[str]) -> str:
    """A response in place of one that cannot be given, naming the principles it was held against."""
    listed = sorted(set(names))
    principles = f"principle{'s' if len(listed) > 1 else ''} of {' and '.join(listed)}"
    return (
        f"This answer is not given, because it does not go with the {principles}. I am glad to help with a related "
        "question."
    )
