"""Events for statistics in DynamoDB: one item each, in the table of series, under its data set.

Table key: ``owner`` (``privacy/<data set>``) and ``place`` (``<pseudonym>#<event id>``). Ids of people never begin so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lukhas_common.aws import dynamodb
from lukhas_common.privacy.statistics import Event


@dataclass(frozen=True, slots=True)
class DynamoEvents:
    """The EventStore port."""

    client: Any
    table: str

    def add(self, dataset: str, event: Event, hour: int) -> Event:
        place = f"{event.person}#{event.event_id}"
        kept = json.dumps(dict(event.values), sort_keys=True)
        item = {"owner": _owner(dataset), "place": place, "hour": hour, "kept": kept}
        found = dynamodb.put_new(self.client, self.table, "place", item)
        return event if found is None else _event(found)

    def every(self, dataset: str) -> Iterator[Event]:
        return (_event(item) for item in self._items(dataset, ""))

    def erase(self, dataset: str, person: str) -> int:
        items = list(self._items(dataset, f"{person}#"))
        for item in items:
            key = dynamodb.to_item({"owner": item["owner"], "place": item["place"]})
            self.client.delete_item(TableName=self.table, Key=key)
        return len(items)

    def _items(self, dataset: str, beginning: str) -> Iterator[dynamodb.Item]:
        values = {":owner": _owner(dataset), **({":beginning": beginning} if beginning else {})}
        condition = "#owner = :owner" + (" AND begins_with(place, :beginning)" if beginning else "")
        return dynamodb.query_where(self.client, self.table, condition, values, names={"#owner": "owner"})


def _owner(dataset: str) -> str:
    return f"privacy/{dataset}"


def _event(item: dynamodb.Item) -> Event:
    person, _, event_id = str(item["place"]).partition("#")
    return Event(person, event_id, json.loads(item["kept"]))
