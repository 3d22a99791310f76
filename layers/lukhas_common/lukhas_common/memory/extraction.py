"""What a memory is about: the values, and the port of whatever tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable


class ConceptKind(StrEnum):
    """What kind of name a concept is."""

    ENTITY = "entity"
    DATE = "date"
    PHRASE = "phrase"


@dataclass(frozen=True, slots=True)
class Concept:
    """Something that a memory is about; ``count`` is how often it is named."""

    name: str
    kind: ConceptKind
    count: int


@dataclass(frozen=True, slots=True)
class Relation:
    """A simple fact: ``user``, ``likes``, ``green tea``."""

    subject: str
    predicate: str
    object: str


@dataclass(frozen=True, slots=True)
class Extraction:
    """Each concept and each relation once: entities, dates, then phrases, each in the order of the text."""

    concepts: tuple[Concept, ...]
    relations: tuple[Relation, ...]


class Extractor(Protocol):
    """Tells what a memory is about. One that asks a model may take seconds, and may raise what its client raises."""

    def extract(self, text: str) -> Extraction:
        """The concepts and relations of a text; none for a text without any."""
        ...


@runtime_checkable
class BatchExtractor(Extractor, Protocol):
    """One that tells of many texts sooner than of one after the other."""

    def extract_all(self, texts: Sequence[str]) -> list[Extraction]:
        """Of each text, in their order."""
        ...
