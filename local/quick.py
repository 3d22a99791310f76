"""Has moto give the answers that it gives in a fraction of the time, where it spends most of it."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import moto.backends
from botocore.model import Shape
from moto.core import responses
from moto.core.serialize import AttributePickerContext, XFormedAttributePicker
from moto.core.utils import method_names_from_class
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

PLAIN = ("S", "B", "BOOL")


def _possible_keys(ask: Callable[..., Iterable[str]]) -> Callable[..., Iterable[str]]:
    """Remember by which names the member of a shape may be found in objects of a class.

    moto works these out anew for each member of each value that it answers, whether it is there or not.
    """
    known: WeakKeyDictionary[Shape, dict[tuple[str, type, bool], tuple[str, ...]]] = WeakKeyDictionary()

    def get_possible_keys(self: XFormedAttributePicker, context: AttributePickerContext) -> Iterable[str]:
        if hasattr(context.obj, "Meta"):  # such an object names its members itself
            return ask(self, context)
        shape = context.shape
        names = known.setdefault(shape, {})
        about = context.key, type(context.obj), hasattr(shape, "parent")
        if about not in names:
            names[about] = tuple(dict.fromkeys(ask(self, context)))
        return names[about]

    return get_possible_keys


def _cast_value(ask: Callable[[DynamoType], Any]) -> Callable[[DynamoType], Any]:
    def cast_value(self: DynamoType) -> Any:
        return self.value if self.type in PLAIN else ask(self)

    return cast_value


def _query(ask: Callable[..., Any]) -> Callable[..., Any]:
    """Query a table as if it had no other items than those under the key that is asked for: moto sorts all it has."""

    def query(self: Table, hash_key: DynamoType | None, *more: Any, **named: Any) -> Any:
        index = more[6] if len(more) > 6 else named.get("index_name")
        conditions = named.get("hash_key_conditions") or []
        if index:
            items = _only(self, lambda item: all(_may_be(item.attrs.get(name), value) for name, value in conditions))
        else:
            items = {hash_key: self.items[hash_key]} if hash_key in self.items else {}
        # moto keeps a list of all tables that it made; this one is none.
        view: Table = object.__new__(type(self))
        vars(view).update(vars(self), items=items)
        return ask(view, hash_key, *more, **named)

    return query


def _only(table: Table, wanted: Callable[[Item], bool]) -> dict[Any, Any]:
    if not table.range_key_attr:
        return {key: item for key, item in table.items.items() if wanted(item)}  # type: ignore[arg-type]
    return {key: {below: item for below, item in items.items() if wanted(item)} for key, items in table.items.items()}


def _may_be(found: DynamoType | None, asked: DynamoType) -> bool:
    """Whether a value may equal another; moto looks at those that may itself (numbers have several spellings)."""
    return found is not None and found.type == asked.type and (found.type not in PLAIN or found.value == asked.value)


def install() -> None:
    """Have moto do so, from now on."""
    modules = tuple(moto.backends.list_of_moto_modules())
    replaced: dict[Any, dict[str, Any]] = {
        moto.backends: {"list_of_moto_modules": lambda: modules},
        responses: {"method_names_from_class": cache(method_names_from_class)},
        XFormedAttributePicker: {"get_possible_keys": _possible_keys(XFormedAttributePicker.get_possible_keys)},
        DynamoType: {"cast_value": property(_cast_value(DynamoType.cast_value.fget))},  # type: ignore[attr-defined]
        Table: {"query": _query(Table.query)},
    }
    for owner, members in replaced.items():
        for name, member in members.items():
            setattr(owner, name, member)
