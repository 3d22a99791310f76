"""The texts that the tagger is trained on: a set of documents with spans, and texts made from templates of our own."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass
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

TEMPLATES = """\
{P} said on {D} that the talks would go on in {L}.|{P}, {A}, of {L}, was elected chair of {O}.
The minister, {P}, flew to {L} on {D} to meet {P}.|According to {P} of {O}, prices in {L} rose again.
Hi {F}, are you still coming to {L} on {D}? Greetings, {F}|hey {f} did you see what {f} wrote about {l}? lol
Dear {T} {S},\nthank you for your letter of {D}. Please write to {X}.\nYours sincerely,\n{P}\n{O}
Name: {P}\nAddress: {X}\nCity: {L}\nDate: {D}|First name: {F}\nLast name: {S}\nEmployer: {O}
@{F} can you send this to {P}? She lives at {X}.|{P} moved from {L} to {L} when {P} was {A}.
I met {F} and {F} at the station in {L}.|My neighbour {T} {S} is {A} years old and lives at {X}.
Patient {P} was admitted on {D}. Dr. {S} examined the patient.|From: {P}\nTo: {P}\nSubject: meeting at {O}
The {G} writer {P} was born in {L}.|{S} v. {S}, decided in {L}|Ship to:\n{P}\n{X}\n{L}, {C}
Please call my wife {F} if I do not answer.|{F}'s brother works for {O} in {L}.|Regards, {F} {S}
The order was signed by {P} on behalf of {O}.|We are looking for {P}, last seen near {X}, {L}.
interviewer: and you, {F}? {F}: I grew up in {L}, my parents are {G}.|Meet me at {X} at noon.
{P} scored twice as {L} beat {L}.|Witness: {P}, aged {A}, {G} citizen.|Hello, this is {F} from {O}.
The company was founded by {P} and {P} in {L}.|Thanks {F}!|cc {P}, {P} and {P}|{P} <mail>\nSent on {D}
Ich heiße {P} und wohne in {L}, {X}.|Je m'appelle {P} et j'habite à {L}.|Me llamo {P} y vivo en {L}.
Herr {S} hat am {D} angerufen.|Sehr geehrte Frau {S},|Monsieur {S} travaille chez {O}.
My flight from {L} to {L} was late, says {F}.|{F} has two children, {F} and {F}.|Tenant: {P}, {X}, {L}
{F} paid for lunch.|Can you ask {F} about the report?|Tell {P} that the parcel for {X} is here.
The weather was fine and nobody complained about the long queue.|Please restart the server after the update.
Our new Policy applies to all Orders placed after the Change.|How do I reset my password?|Good Morning Everyone
What is the Total Amount Due?|The Board of Directors met and approved the Annual Report.|Terms and Conditions apply.
Please read the Manual before you use the Machine.|IMPORTANT: Do Not Reply To This Message|I like Python and Linux.
"""


def _listed(text: str) -> list[str]:
    return text.split()


_STREETS = (
    "Street", "Road", "Avenue", "Lane", "Drive", "Court", "Way", "Boulevard", "Place", "Square", "St", "Rd",
    "Ave", "Blvd",
)  # fmt: skip
_MONTHS = _listed("January February March April May June July August September October November December")
_ONSETS = _listed("b br ch d dr f g gr h j k kl kr l m n p r s sch sh st t th tr v w y z mb ng")
_VOWELS = _listed("a e i o u ai ei ou oo ie á é ö ü")
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


def made(count: int, seed: int) -> list[Document]:
    """Documents from our own templates, half of their names made up so that only their surroundings tell."""
    rng = random.Random(seed)  # noqa: S311 - texts, no keys
    templates = [line.replace("\\n", "\n") for line in re.split(r"[|\n]", TEMPLATES.strip())]
    return [_document(rng, rng.choice(templates)) for _ in range(count)]


def _document(rng: random.Random, template: str) -> Document:
    text, spans = "", []
    upper = rng.random() < 0.04
    for part in re.split(r"(\{\w\})", template):
        if not re.fullmatch(r"\{\w\}", part):
            text += part
            continue
        kind, value = _value(rng, part[1])
        if kind is not None:
            spans.append(Span(len(text), len(text) + len(value), kind))
        text += value
    return Document(text.upper() if upper and len(text.upper()) == len(text) else text, tuple(spans), template)


def _value(rng: random.Random, slot: str) -> tuple[Kind | None, str]:
    match slot:
        case "P":
            middle = f"{chr(rng.randrange(65, 91))}. " if rng.random() < 0.1 else ""
            return Kind.PERSON, f"{_given(rng)} {middle}{_family(rng)}"
        case "F":
            return Kind.PERSON, _given(rng)
        case "f":
            return Kind.PERSON, _given(rng).lower()
        case "S":
            return Kind.PERSON, _family(rng)
        case "L":
            return Kind.PLACE, _place(rng)
        case "l":
            return Kind.PLACE, _place(rng).lower()
        case "O":
            name = rng.choice(
                (_invented(rng), _family(rng), f"{_family(rng)} and {_family(rng)}", f"{_place(rng)} Bank")
            )
            return Kind.ORGANISATION, name + rng.choice(
                ("", "", " Inc", " Ltd", " GmbH", " Group", " LLC", " Foundation")
            )
        case "X":
            return Kind.ADDRESS, _street(rng)
        case "C":
            return Kind.ADDRESS, str(rng.randrange(1000, 99999))
        case "G":
            return Kind.GROUP, rng.choice(sorted(words.GROUPS)).capitalize()
        case "T":
            return Kind.TITLE, rng.choice(("Mr.", "Mrs.", "Ms.", "Dr.", "Mr", "Ms", "Prof."))
        case "A":
            return Kind.AGE, str(rng.randrange(2, 99))
    day, month, year = rng.randrange(1, 29), rng.choice(_MONTHS), rng.randrange(1950, 2026)
    forms = (
        f"{day} {month} {year}",
        f"{month} {day}",
        str(year),
        f"{year}-0{day % 9 + 1}-{day:02}",
        month,
        "Monday",
        "Friday",
    )
    return Kind.DATE, rng.choice(forms)


def _given(rng: random.Random) -> str:
    return _invented(rng) if rng.random() < 0.5 else _capital(rng.choice(sorted(words.GIVEN)))


def _family(rng: random.Random) -> str:
    return _invented(rng) if rng.random() < 0.5 else _capital(rng.choice(sorted(words.FAMILY)))


def _place(rng: random.Random) -> str:
    if rng.random() < 0.3:
        return _invented(rng) + rng.choice(("", "burg", "ville", "ton", " City"))
    return _capital(rng.choice(sorted(words.CITIES | words.COUNTRIES)))


def _street(rng: random.Random) -> str:
    name, number = rng.choice((_invented(rng), _family(rng))), rng.randrange(1, 9999)
    german = name + rng.choice(words.STREET_ENDS)
    return rng.choice(
        (f"{number} {name} {rng.choice(_STREETS)}", f"{german} {number % 200}", f"Via {name} {number % 200}",
         f"{number % 300} rue de {name}", f"ul. {name} {number % 90}",
         f"{number} {name} {rng.choice(_STREETS)} Apt. {number % 99}")
    )  # fmt: skip


def _capital(word: str) -> str:
    return word[0].upper() + word[1:]


def _invented(rng: random.Random) -> str:
    parts = [rng.choice(_ONSETS) + rng.choice(_VOWELS) for _ in range(rng.randrange(1, 3))]
    return _capital("".join(parts) + rng.choice(_ENDS))
