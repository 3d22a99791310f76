"""What moto answers in less time is what it answers."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.core.serialize import AttributePickerContext, XFormedAttributePicker
from moto.core.utils import get_service_model
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

from local.quick import _cast_value, _possible_keys, _query

texts = st.sampled_from(["a", "b", "ab"]).map(lambda text: {"S": text})
numbers = st.sampled_from(["1", "1.0", "10", "2", "-1"]).map(lambda number: {"N": number})
SCHEMAS = {
    "one key": ["HASH"],
    "two keys": ["HASH", "RANGE"],
}


def a_table(schema: list[str], kind: str, items: list[dict[str, Any]]) -> Table:
    names = dict(zip(schema, ("part", "place"), strict=False))
    keys = [{"AttributeName": name, "KeyType": role} for role, name in names.items()]
    table = Table(
        "table",
        account_id="123456789012",
        region="eu-central-1",
        schema=keys,
        attr=[{"AttributeName": name, "AttributeType": kind} for name in ("part", "place", "other")],
        indexes=[],
        global_indexes=[
            {
                "IndexName": "others",
                "KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    for item in items:
        table.put_item(item)
    return table


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
@pytest.mark.parametrize(("kind", "values"), [("S", texts), ("N", numbers)])
@given(data=st.data())
def test_a_query_finds_the_same_items_in_the_same_order(schema: list[str], kind: str, values: Any, data: Any) -> None:
    item = st.fixed_dictionaries({"part": values, "place": values}, optional={"other": values | texts | numbers})
    table = a_table(schema, kind, data.draw(st.lists(item, max_size=12)))
    asked, index = DynamoType(data.draw(values)), data.draw(st.sampled_from([None, "others"]))
    limit, forward = data.draw(st.sampled_from([100, 2])), data.draw(st.booleans())
    before = len(Table.instances_tracked)  # type: ignore[attr-defined]

    def found(query: Any) -> Any:
        conditions = [("other" if index else "part", asked)]
        items, scanned, last = query(
            table, None if index else asked, None, [], limit, None, forward, None, index, hash_key_conditions=conditions
        )
        return [item.to_json() for item in items], scanned, last

    assert found(_query(Table.query)) == found(Table.query)
    assert len(Table.instances_tracked) == before  # type: ignore[attr-defined]


plain = texts | numbers | st.just({"NULL": True}) | st.booleans().map(lambda is_so: {"BOOL": is_so})
nested = st.recursive(
    plain | st.lists(st.text(), min_size=1).map(lambda values: {"SS": values}),
    lambda inner: (
        st.lists(inner).map(lambda values: {"L": values})
        | st.dictionaries(st.text(), inner).map(lambda values: {"M": values})
    ),
    max_leaves=8,
)


@given(value=nested)
def test_a_value_is_the_same(value: dict[str, Any]) -> None:
    cast = DynamoType.cast_value.fget  # type: ignore[attr-defined]
    assert _cast_value(cast)(DynamoType(value)) == cast(DynamoType(value))


class Meta:
    serialization_aliases = {"KeyId": "id", "TableName": "called"}  # noqa: RUF012


OBJECTS = [{}, type("Key", (), {})(), type("Table", (), {})(), type("Named", (), {"Meta": Meta})()]


@pytest.mark.parametrize("service", ["dynamodb", "kms", "s3", "sqs", "resourcegroupstaggingapi"])
def test_members_are_looked_for_by_the_same_names(service: str) -> None:
    ask, model = XFormedAttributePicker.get_possible_keys, get_service_model(service)
    quick, picker = _possible_keys(ask), XFormedAttributePicker()
    asked = 0
    for name in model.operation_names:
        left = [model.operation_model(name).output_shape]
        while left:
            shape = left.pop()
            members = getattr(shape, "members", {}) if shape is not None else {}
            for key, member in members.items():
                for parent in (None, shape):
                    if parent is not None:
                        member.parent = parent
                    for each in OBJECTS * 2:
                        context = AttributePickerContext(each, key, member)
                        names = list(dict.fromkeys(ask(picker, context)))
                        assert list(dict.fromkeys(quick(picker, context))) == names
                        asked += 1
            left += [member for member in members.values() if len(left) < 20]
    assert asked > 200
