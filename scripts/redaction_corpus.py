"""The texts that the tagger is trained on: a set of documents with spans, and texts made from templates of our own."""

from __future__ import annotations

import json
import random
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lukhas_common.privacy.redaction import words
from lukhas_common.privacy.redaction.spans import Kind, Span

KINDS = {
    "PERSON": Kind.PERSON, "STREET_ADDRESS": Kind.ADDRESS, "ADDRESS": Kind.ADDRESS, "ZIP_CODE": Kind.ADDRESS,
    "GPE": Kind.PLACE, "LOCATION": Kind.PLACE, "ORGANIZATION": Kind.ORGANISATION, "CREDIT_CARD": Kind.CARD,
    "DATE_TIME": Kind.DATE, "TITLE": Kind.TITLE, "PHONE_NUMBER": Kind.PHONE, "AGE": Kind.AGE, "NRP": Kind.GROUP,
    "EMAIL_ADDRESS": Kind.EMAIL, "DOMAIN_NAME": Kind.URL, "IBAN_CODE": Kind.IBAN, "US_SSN": Kind.NATIONAL_ID,
    "US_DRIVER_LICENSE": Kind.NATIONAL_ID, "IP_ADDRESS": Kind.IP,
}  # fmt: skip
"""What the sets call our kinds."""

FOREIGN = Path(__file__).resolve().parents[1] / "tests" / "fixtures" / "foreign_names.txt"
PLAIN = FOREIGN.with_name("plain_texts.txt")
TEMPLATES = Path(__file__).with_name("redaction_templates.txt")
BARE = Path(__file__).with_name("redaction_plain.txt")
"""Templates of texts without personal data."""


def _listed(text: str) -> list[str]:
    return text.split()


_STREETS = (
    "Street", "Road", "Avenue", "Lane", "Drive", "Court", "Way", "Boulevard", "Place", "Square", "St", "Rd",
    "Ave", "Blvd",
)  # fmt: skip
_MONTHS = _listed("January February March April May June July August September October November December")
_DAYS = _listed("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
_FIRMS = _listed("Systems Labs Partners Media Energy Software Health Trust Capital Solutions Industries")
_BEFORE = _listed("van de von da der del di la bin ben al el ter dos")
_APART = _listed("O' D' Al- El-")
_ONSETS = _listed("b br ch d dr f g gr h j k kl kr l m n p r s sch sh st t th tr v w y z mb ng")
_VOWELS = _listed("a e i o u ai ei ou oo ie á é ö ü")
_TOOLS = _listed(
    "Docker Kafka Redis Jenkins Postgres Python Java Kotlin Ruby Rust Swift Linux Windows Android Oracle Excel Outlook "
    "Word Slack Zoom Teams GitHub Kubernetes Terraform Lambda Spark Django Flask React Angular Apache Nginx Maven"
)
_LETTERS = "ABCDEFGHIJKLMNOPRSTUVWX"
_HEADS = _listed("un re pre over sub inter multi non out up under anti auto micro co de dis mis super")
_TAILS = _listed(
    "ies ness ment able ability isation izer ful less ship like wise er ers ing ed ally ism ist ity ous ive"
)
_LANGUAGES = _listed(
    "English German French Spanish Italian Dutch Polish Russian Japanese Chinese Arabic Hindi Portuguese Swedish "
    "Finnish Danish Norwegian Czech Greek Turkish Korean Latin Ukrainian Hungarian"
)
_UNITS = _listed(
    "days hours minutes seconds weeks months years degrees percent km kg g mg ml l cm m mm GB MB ms s px euros dollars "
    "points lines pages items rows people times files steps Hz watts miles litres grams cups spoons pounds inches feet"
)
_BOTH = _listed(
    "amber angel april art ash aurora autumn basil bay bell berry bill bishop blaze bliss blossom brandy brook buck "
    "bud cameo candy carol case cash chance charity chase cherry chip chuck clay clementine cliff clover cole colt "
    "coral crystal daisy dale dash dawn dean destiny dolly dot drew duke earl ember eve faith fern flora forest frank "
    "gale garland gene ginger glen grace grant guy harmony harp haven hazel heath heather holly honey hope hunter "
    "iris ivy jack jade jasmine jay jewel jo joy june juniper king lane lark laurel liberty lily major maple mark "
    "mars marsh mason may melody mercury mercy merry mike miles mint misty myrtle nick noble norm nova olive opal "
    "page pat patience patty pearl penny pepper pierce poppy prince prudence queen rain raven ray red reed rich river "
    "rob robin rod rose rosemary ruby rusty saffron sage sandy savannah scout serenity shade skip sky sonny star "
    "sterling stone storm sue summer sunny teal ted temperance terry trinity trip tuck valentine verity victor "
    "victory violet wade ward watt west will willow winter wren zephyr"
)
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA")
_ENDS = _listed("n r s l m t k nd sen ski ova ez ian wa ko lli ng ssen")


@dataclass(frozen=True, slots=True)
class Document:
    """A text, its spans, and the template that it comes from."""

    text: str
    spans: tuple[Span, ...]
    template: str


def stored(path: Path) -> list[Document]:
    """The documents of a set."""
    found = []
    for row in json.loads(path.read_text()):
        spans = [Span(s["start_position"], s["end_position"], KINDS[s["entity_type"]]) for s in row["spans"]]
        found.append(Document(row["full_text"], tuple(sorted(spans)), str(row["template_id"])))
    return found


def foreign() -> list[tuple[str, set[tuple[int, int]]]]:
    """Texts of other kinds, with the places of the names in them; never trained on."""
    found = []
    for part in FOREIGN.read_text("utf-8").split("== ")[1:]:
        text, spans = "", set()
        for at, piece in enumerate(re.split(r"\[\[(.*?)\]\]", part.partition("\n")[2])):
            if at % 2:
                spans.add((len(text), len(text) + len(piece)))
            text += piece
        found.append((text, spans))
    return found


def plain() -> list[str]:
    """Texts without personal data; never trained on."""
    return [line for line in PLAIN.read_text("utf-8").splitlines() if not line.startswith("== ")]


def made(count: int, plain: int, seed: int) -> list[Document]:
    """Documents from our own templates, half of their names made up so that only their surroundings tell.

    Of ``plain`` more the templates have no personal data.
    """
    rng = random.Random(seed)  # noqa: S311 - texts, no keys
    found = []
    for templates, times in ((TEMPLATES, count), (BARE, plain)):
        lines = [line.replace("\\n", "\n") for line in templates.read_text("utf-8").splitlines()]
        found += [_document(rng, rng.choice(lines), plain=templates is BARE) for _ in range(times)]
    return found


def _document(rng: random.Random, template: str, *, plain: bool) -> Document:
    text, spans = "", []
    upper = rng.random() < 0.03
    bare = re.sub(r"\{\w\}|\W", "", template) == ""
    script = rng.choice(sorted(_elsewhere())) if plain and bare and rng.random() < 0.4 else "LATIN"
    for part in re.split(r"(\{\w\})", template):
        if not re.fullmatch(r"\{\w\}", part):
            text += part
            continue
        kind, value = _filler(rng, part[1], script) if plain else _value(rng, part[1])
        if kind is not None:
            spans.append(Span(len(text), len(text) + len(value), kind))
        text += value
    if upper and len(text.upper()) == len(text):
        text = text.upper()
    elif rng.random() < 0.06 and len(text.lower()) == len(text):
        text = text.lower()
    return Document(text, tuple(spans), template)


def _value(rng: random.Random, slot: str) -> tuple[Kind | None, str]:  # noqa: PLR0912 - a table
    match slot:
        case "P" | "p" | "U":
            value = _whole(rng)
            return Kind.PERSON, value.lower() if slot == "p" else value.upper() if slot == "U" else value
        case "F" | "f":
            value = _given(rng) + (f"-{_given(rng)}" if rng.random() < 0.04 else "")
            return Kind.PERSON, value.lower() if slot == "f" else value
        case "S":
            return Kind.PERSON, _surname(rng)
        case "V":
            return Kind.PERSON, rng.choice((_given, _surname))(rng).upper()
        case "I":
            dots = " ".join(f"{chr(rng.randrange(65, 91))}." for _ in range(rng.choice((1, 1, 2))))
            return Kind.PERSON, f"{dots} {_surname(rng)}"
        case "J":
            return Kind.PERSON, f"{chr(rng.randrange(65, 91))}."
        case "N":
            return Kind.PERSON, _foreign(rng)
        case "L" | "l" | "M":
            value = _place(rng)
            return Kind.PLACE, value.lower() if slot == "l" else value.upper() if slot == "M" else value
        case "O":
            name = rng.choice(
                (_invented(rng), _family(rng), f"{_family(rng)} and {_family(rng)}", f"{_place(rng)} Bank",
                 f"{_invented(rng)} {rng.choice(_FIRMS)}")
            )  # fmt: skip
            return Kind.ORGANISATION, name + rng.choice(
                ("", "", " Inc", " Ltd", " GmbH", " Group", " LLC", " Foundation", " Corporation", " Incorporated")
            )
        case "X" | "x":
            value = _street(rng)
            return Kind.ADDRESS, value.lower() if slot == "x" else value
        case "C":
            return Kind.ADDRESS, str(rng.randrange(1000, 99999))
        case "G":
            return Kind.GROUP, rng.choice(_sorted(words.GROUPS)).capitalize()
        case "T":
            return Kind.TITLE, rng.choice(("Mr.", "Mrs.", "Ms.", "Dr.", "Mr", "Ms", "Mrs", "Dr", "Prof.", "Miss"))
        case "A":
            return Kind.AGE, str(rng.randrange(2, 99))
        case "w":
            return None, rng.choice(_common())
        case "W" | "K":
            value = rng.choice(_TOOLS) if rng.random() < 0.25 else _capital(rng.choice(_common()))
            return None, value.upper() if slot == "K" else value
    day, month, year = rng.randrange(1, 29), rng.choice(_MONTHS), rng.randrange(1950, 2026)
    forms = (
        f"{day} {month} {year}",
        f"{month} {day}",
        str(year),
        f"{year}-0{day % 9 + 1}-{day:02}",
        month,
        rng.choice(_DAYS),
        rng.choice(_DAYS),
    )
    value = rng.choice(forms)
    return Kind.DATE, value.lower() if slot == "d" else value


def _filler(rng: random.Random, slot: str, script: str) -> tuple[Kind | None, str]:  # noqa: PLR0912 - a table
    """What stands in a text without personal data; days and forms of address are none."""
    match slot:
        case "w" | "W" | "K":
            word = _english(rng)
            return None, word if slot == "w" else _capital(word) if slot == "W" else word.upper()
        case "z" | "Z":
            word = _word(rng, script)
            return None, word if slot == "z" else _capital(word)
        case "c" | "C":
            word = rng.choice(_BOTH)
            return None, word if slot == "c" else _capital(word)
        case "a":
            return None, "".join(rng.choice(_LETTERS) for _ in range(rng.randrange(2, 6)))
        case "q":
            first, second = rng.choice(_plain()), _capital(rng.choice(_plain()))
            short = "".join(rng.choice(_LETTERS) for _ in range(rng.randrange(2, 4)))
            forms = (f"{_capital(first)}{second}", f"{first}{second}", f"{_capital(first)}{short}", f"{short}{second}")
            return None, rng.choice(forms) + rng.choice(("", "", "", "v2", "3", "Id"))
        case "J":
            return None, rng.choice(_LANGUAGES)
        case "n":
            return None, str(rng.choice((rng.randrange(1, 13), rng.randrange(100), rng.randrange(1000))))
        case "i":
            return None, str(rng.randrange(10 ** rng.randrange(2, 7)))
        case "p":
            return None, rng.choice(("80", "443", str(rng.randrange(1024, 9999))))
        case "v":
            return None, f"{rng.choice(('', '', 'v', 'version '))}{rng.randrange(20)}.{rng.randrange(40)}" + rng.choice(
                ("", f".{rng.randrange(10)}")
            )
        case "h":
            return None, f"{rng.randrange(24)}:{rng.randrange(60):02}"
        case "u":
            return None, rng.choice(_UNITS)
        case "t":
            return None, rng.choice(_TOOLS)
        case "x":
            return None, rng.choice("abcdefghijklmnopqrstuvwxyz")
    return _value(rng, slot)


@cache
def _plain() -> list[str]:
    """English words that nobody is called."""
    return [word for word in words.ranks() if word.isalpha() and len(word) > 1 and not _named(word)]


@cache
def _elsewhere() -> dict[str, list[str]]:
    """Words of other languages that nobody is called, by script."""
    found: dict[str, list[str]] = defaultdict(list)
    for word in sorted(words.listed()[3]):
        if not _named(word):
            found[_script(word)].append(word)
    return {script: listed for script, listed in sorted(found.items()) if len(listed) > 20}


def _english(rng: random.Random) -> str:
    """A word, or one in ten times one that no list has: a form of it, or two in one."""
    word, chance = rng.choice(_plain()), rng.random()
    if chance < 0.05 and len(word) > 3:
        return rng.choice(_HEADS) + word if rng.random() < 0.5 else word + rng.choice(_TAILS)
    return word + rng.choice(_plain()) if chance < 0.1 and 2 < len(word) < 7 else word


def _word(rng: random.Random, script: str) -> str:
    """A word of another language; where words are written without spaces, several."""
    listed = _elsewhere()[script]
    return "".join(rng.choice(listed) for _ in range(rng.randrange(1, 5) if script in _UNSPACED else 1))


def _named(word: str) -> bool:
    known = words.GIVEN | words.FAMILY | words.CITIES | words.COUNTRIES | words.GROUPS
    return word in known or word in words.listed()[0] or word in words.listed()[1]


@cache
def _sorted(listed: frozenset[str]) -> list[str]:
    return sorted(listed)


@cache
def _latin(which: int) -> list[str]:
    """The words of a list in Latin letters."""
    return sorted(word for word in words.listed()[which] if "LATIN" in unicodedata.name(word[0]) and len(word) > 2)


def _script(word: str) -> str:
    return unicodedata.name(word[0], "LATIN").split()[0]


@cache
def _scripts() -> dict[str, tuple[list[str], list[str]]]:
    """Given and family names in other scripts."""
    found: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for which in (0, 1):
        for word in sorted(words.listed()[which]):
            script = _script(word)
            if script != "LATIN":
                found[script][which].append(word)
    return {script: lists for script, lists in sorted(found.items()) if min(map(len, lists)) > 20}


@cache
def _common() -> list[str]:
    """Frequent English words; of those that are names, too, three in ten."""
    names = words.GIVEN | words.FAMILY | words.CITIES | words.COUNTRIES
    rng = random.Random(3)  # noqa: S311 - texts, no keys
    kept = []
    for word in list(words.ranks())[150:5000]:
        named = word in words.listed()[0] or word in words.listed()[1]
        if word not in names and word.isalpha() and len(word) > 2 and (not named or rng.random() < 0.3):
            kept.append(word)
    return kept


def _name(rng: random.Random, known: frozenset[str], which: int) -> str:
    chance = rng.random()
    if chance < 0.35:
        return _capital(rng.choice(_sorted(known)))
    return _capital(rng.choice(_latin(which))) if chance < 0.7 else _invented(rng)


def _given(rng: random.Random) -> str:
    return _name(rng, words.GIVEN, 0)


def _family(rng: random.Random) -> str:
    return _name(rng, words.FAMILY, 1)


def _surname(rng: random.Random) -> str:
    """A family name as it stands alone: some are of two words, or begin with a small one."""
    chance = rng.random()
    if chance < 0.07:
        return f"{_family(rng)}-{_family(rng)}"
    if chance < 0.14:
        return f"{rng.choice(_BEFORE)} {_family(rng)}"
    if chance < 0.18:
        return f"{rng.choice(('Mc', 'Mac', 'De', 'Le', 'Di', 'Van'))}{_family(rng)}"
    return f"{rng.choice(_APART)}{_family(rng)}" if chance < 0.2 else _family(rng)


def _whole(rng: random.Random) -> str:
    """A name of one language or of two: people move."""
    chance = rng.random()
    if chance < 0.08:
        return f"{_given(rng)} {chr(rng.randrange(65, 91))}. {_surname(rng)}"
    if chance < 0.14:
        return f"{_given(rng)} {_given(rng)} {_surname(rng)}"
    if chance < 0.2:
        return f"{_given(rng)} {_family(rng)} {_family(rng)}"
    return f"{_given(rng)}-{_given(rng)} {_surname(rng)}" if chance < 0.23 else f"{_given(rng)} {_surname(rng)}"


def _foreign(rng: random.Random) -> str:
    script, (given, family) = rng.choice(list(_scripts().items()))
    first, last = _capital(rng.choice(given)), _capital(rng.choice(family))
    if script in (*_UNSPACED, "HANGUL"):
        return last + first
    return f"{first} {last}" if rng.random() < 0.8 else first


def _place(rng: random.Random) -> str:
    chance = rng.random()
    if chance < 0.2:
        return _invented(rng) + rng.choice(("", "burg", "ville", "ton", " City"))
    if chance < 0.4:
        return _capital(rng.choice(_latin(2)))
    return _capital(rng.choice(_sorted(words.CITIES | words.COUNTRIES)))


def _street(rng: random.Random) -> str:
    name, number = rng.choice((_invented(rng), _family(rng))), rng.randrange(1, 9999)
    german = name + rng.choice(words.STREET_ENDS)
    return rng.choice(
        (f"{number} {name} {rng.choice(_STREETS)}", f"{german} {number % 200}", f"Via {name} {number % 200}",
         f"{number % 300} rue de {name}", f"ul. {name} {number % 90}",
         f"{number} {name} {rng.choice(_STREETS)} Apt. {number % 99}", f"{number % 99} {name} {_family(rng)}",
         f"{name} {number % 200}", f"{number} {name} Suite {number % 999}", f"Rua {name}, {number % 200}")
    )  # fmt: skip


def _capital(word: str) -> str:
    return word[0].upper() + word[1:]


def _invented(rng: random.Random) -> str:
    parts = [rng.choice(_ONSETS) + rng.choice(_VOWELS) for _ in range(rng.randrange(1, 3))]
    return _capital("".join(parts) + rng.choice(_ENDS))
