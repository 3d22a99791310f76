"""What is looked for first, because it is found sooner, is in all that is looked for then."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.guardian.text import decoding, languages, lexicon, personal_data, respelling

SEPARATED = decoding._CODES.pattern.removeprefix(decoding._BASE + "|")
MAILBOX = languages._ADDRESS_OR_MAILBOX.pattern.removeprefix(languages._ADDRESS.pattern + "|")
GATES = {
    "codes": (re.compile(SEPARATED), decoding._SEPARATED),
    "mail": (personal_data._EMAIL, personal_data._MAILBOX),
    "mail, for its language": (re.compile(MAILBOX), languages._MAILBOX),
    "ipv6": (personal_data._IPV6, personal_data._COLONS),
    "iban": (personal_data._IBAN, personal_data._SHORT["iban"]),
    "place": (personal_data._PLACE, personal_data._SHORT["coordinates"]),
    "spaced": (respelling._SPACED, respelling._LETTER_ALONE),
}


@pytest.mark.parametrize("name", GATES)
@given(data=st.data())
def test_what_is_looked_for_first_is_in_all_of_them(name: str, data: st.DataObject) -> None:
    pattern, gate = GATES[name]
    text = data.draw(st.from_regex(pattern, fullmatch=True))

    assert gate.search(text)


@given(st.text(alphabet="aZ9' _+") | st.text(alphabet="aZ9'’ _-éİßΣ"))
def test_words_alone_are_those_of_the_tokens(text: str) -> None:
    assert lexicon.words(text) == [token.word for token in lexicon.tokens(text)]
