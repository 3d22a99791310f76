"""Consolidation as it runs: a schedule, a queue, one errand a person."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.http_client import PASSWORD, Api, expect
from tests.stack import ROOT, Stack


def tick(stack: Stack, function: str) -> dict[str, Any]:
    answer = stack.request("POST", f"/_local/tick/{function}", x_lukhas_local="tick")
    assert answer.status == 200, answer.body
    return dict(answer.json()["result"])


def until(what: Callable[[], bool]) -> None:
    """Wait for something that a queue brings about."""
    end = time.monotonic() + 30
    while not what():
        assert time.monotonic() < end
        time.sleep(0.2)


def test_what_a_schedule_finds_due_is_done_and_what_cannot_be_read_is_set_aside(
    stack: Stack, tables: dict[str, str], aws: Callable[[str], Any], username: str
) -> None:
    api, dynamodb = Api(stack.url), aws("dynamodb")
    credentials = {"username": username, "password": PASSWORD}
    person = expect(api("POST", "/identity/register", credentials), 201).body["user_id"]
    token = expect(api("POST", "/identity/auth", credentials), 200).body["access_token"]
    for number in range(3):
        memory = {"key": f"k{number}", "value": f"The violin is number {number}."}
        expect(api("POST", "/consciousness/memory", memory, token), 201)

    def items() -> dict[str, dict[str, Any]]:
        answer = dynamodb.query(
            TableName=tables["MEMORIES_TABLE"],
            KeyConditionExpression="#owner = :owner",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues={":owner": {"S": person}},
            ConsistentRead=True,
        )
        return {item["memory_id"]["S"]: item for item in answer["Items"]}

    broken = next(iter(items().values()))
    dynamodb.put_item(TableName=tables["MEMORIES_TABLE"], Item={**broken, "content": {"B": b"damaged"}})
    assert tick(stack, "SettleEpisodicFunction")["sent"] >= 1
    until(lambda: sorted(item["stage"]["S"] for item in items().values()) == ["indexed", "indexed", "set-aside"])

    found = expect(api("POST", "/consciousness/memory/search", {"query": "violin"}, token), 200).body["memories"]
    assert len(found) == 2
    assert tick(stack, "CompressFoldsFunction")["sent"] >= 1
    dynamodb.put_item(
        TableName=tables["MEMORIES_TABLE"],
        Item={**items()[broken["memory_id"]["S"]], "content": broken["content"]},
    )
    environment = {**os.environ, **stack.ready["functions"]["RunErrandsFunction"], **stack.ready["admin"]}
    environment.pop("AWS_SESSION_TOKEN", None)
    redrive = (
        "import sys; sys.argv[1:] = ['--local', 'redrive']; import scripts.place as p, scripts.redrive_memories as r;"
    )
    redrive += "r.take_environment = lambda *_: None; sys.exit(r.main())"
    done = subprocess.run(
        [sys.executable, "-c", redrive], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert f"memory {broken['memory_id']['S']} is fresh again, and due" in done.stdout, done.stderr
    tick(stack, "SettleEpisodicFunction")
    until(lambda: {item["stage"]["S"] for item in items().values()} == {"indexed"})


def test_a_search_tells_nothing_that_was_deleted_or_only_asked_and_finds_what_much_hid(
    stack: Stack, username: str
) -> None:
    api = Api(stack.url)
    credentials = {"username": username, "password": PASSWORD}
    expect(api("POST", "/identity/register", credentials), 201)
    token = expect(api("POST", "/identity/auth", credentials), 200).body["access_token"]

    def search(query: str) -> tuple[set[str], list[str]]:
        body = expect(api("POST", "/consciousness/memory/search", {"query": query}, token), 200).body
        assert body["degraded"] is None
        return {each["memory"]["key"] for each in body["memories"]}, [each["object"] for each in body["relations"]]

    def store(key: str, value: str) -> None:
        expect(api("POST", "/consciousness/memory", {"key": key, "value": value}, token), 201)

    store("home", "Ada lives in Porto.")
    store("work", "Does Ada work at Google?")
    store("tea", "Ada likes Darjeeling.")
    for number in range(45):
        store("mood", "What of Ada? " * (number % 3 + 1))
    store("mood", "Tired.")
    every = {"home", "work", "tea", "mood"}
    assert search("What of Ada?") == (every, [])
    tick(stack, "SettleEpisodicFunction")
    until(lambda: search("What of Ada?") == (every, ["Darjeeling", "Porto"]))
    expect(api("DELETE", "/consciousness/memory/keys/home", token=token), 200)
    assert search("What of Ada?") == (every - {"home"}, ["Darjeeling"])
