"""What a policy engine is asked: who wants to do what to what, and the facts to judge it by.

A request is plain data. Its facts are what Cedar sees, no more and no less, so a logged decision can be asked again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Value: TypeAlias = "bool | int | str | Sequence[Value] | Mapping[str, Value]"
"""What Cedar can judge. It knows neither null nor float; a list is a set to it."""

_RECORD = (dict, Mapping)
"""A dict is a Mapping, too, and sooner told to be one."""

LONG = 2**63
"""Cedar counts from -LONG to LONG - 1."""


class PolicyError(Exception):
    """Policies, schema or facts cannot be read; the text says which. Whoever meets it denies."""


@dataclass(frozen=True, slots=True)
class EntityUid:
    """The name of something, as ``Account::"7"`` in Cedar."""

    type: str
    id: str

    def as_facts(self) -> dict[str, Any]:
        return {"type": _text(self.type), "id": _text(self.id)}


@dataclass(frozen=True, slots=True)
class Entity:
    """Something with what is known of it.

    Attributes:
        parents: what it is directly ``in``: roles, groups, folders.
        tags: like attributes, with names that the schema does not list.
    """

    uid: EntityUid
    attributes: Mapping[str, Value] = field(default_factory=dict)
    parents: Sequence[EntityUid] = ()
    tags: Mapping[str, Value] = field(default_factory=dict)

    def as_facts(self) -> dict[str, Any]:
        return {
            "uid": self.uid.as_facts(),
            "attrs": _record(self.attributes),
            "parents": [parent.as_facts() for parent in self.parents],
            **({"tags": _record(self.tags)} if self.tags else {}),
        }

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Entity:
        parents = tuple(EntityUid(**parent) for parent in facts["parents"])
        return cls(EntityUid(**facts["uid"]), facts["attrs"], parents, facts.get("tags", {}))


@dataclass(frozen=True, slots=True)
class PolicyRequest:
    """One question to the policies.

    Records whose one key is ``__entity`` or ``__extn`` are Cedar's way to write an entity or an extension value, so
    a record never comes from a caller unread; strings are always just strings.
    """

    principal: EntityUid
    action: EntityUid
    resource: EntityUid
    context: Mapping[str, Value] = field(default_factory=dict)
    entities: Sequence[Entity] = ()

    def as_facts(self) -> dict[str, Any]:
        """The request in Cedar's JSON, of plain types. It is canonical JSON (RFC 8785) if no number is over 2**53.

        Raises:
            PolicyError: it holds what Cedar cannot judge.
        """
        return {
            "principal": self.principal.as_facts(),
            "action": self.action.as_facts(),
            "resource": self.resource.as_facts(),
            "context": _record(self.context),
            "entities": [entity.as_facts() for entity in self.entities],
        }

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> PolicyRequest:
        """The request that has exactly these facts.

        Raises:
            PolicyError: no request does.
        """
        try:
            request = cls(
                EntityUid(**facts["principal"]),
                EntityUid(**facts["action"]),
                EntityUid(**facts["resource"]),
                facts["context"],
                tuple(Entity.from_facts(entity) for entity in facts["entities"]),
            )
        except (KeyError, TypeError) as error:
            raise PolicyError("these are not the facts of a request: give back what as_facts made") from error
        if request.as_facts() != facts:
            raise PolicyError("these facts hold more than a request does: give back what as_facts made")
        return request


def _plain(value: object) -> Any:
    if type(value) is str and value.isascii():  # most of a request, and the quickest to tell
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        if not -LONG <= value < LONG:
            raise PolicyError("a number is over 64 bits: Cedar cannot hold it")
        return int(value)
    if isinstance(value, _RECORD):
        return _record(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    raise PolicyError(f"Cedar knows no {type(value).__name__}: state the fact as a bool, int, str, list or record")


def _record(value: object) -> dict[str, Any]:
    if not isinstance(value, _RECORD):
        raise PolicyError(f"a {type(value).__name__} stands where Cedar wants a record")
    return {_text(key): _plain(item) for key, item in value.items()}


def _text(value: object) -> str:
    if type(value) is str and value.isascii():
        return value
    if not isinstance(value, str):
        raise PolicyError(f"a {type(value).__name__} stands where Cedar wants text")
    try:
        return value.encode().decode()
    except UnicodeEncodeError:
        # Without its cause, which would repeat the text.
        raise PolicyError("a text holds half a surrogate pair: it is no Unicode") from None
