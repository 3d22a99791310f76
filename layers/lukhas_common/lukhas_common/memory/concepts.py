from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Concept:
    name: str


@dataclass(frozen=True)
class RelationX:
    subject: str
    relation: str
    object: str


@dataclass(frozen=True)
class Extraction:
    concepts: tuple = ()
    relations: tuple = ()


class Extractor(Protocol):
    def extract(self, text: str) -> Extraction: ...


class RuleExtractor:
    def extract(self, text):
        return Extraction()


def names_in(text):
    return text.split()
