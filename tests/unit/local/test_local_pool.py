import asyncio
import io
import json
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from local.embedded import Resolved
from local.plan import Plan
from local.pool import Pool
from local.process import InvocationError, InvocationTimeout
from local.sources import Sources
from local.template import read
from tests.stack import FIXTURE

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_SESSION_TOKEN": "c"}
LAMBDA = {
    "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_FORMAT", "AWS_EXECUTION_ENV", "LAMBDA_TASK_ROOT", "_HANDLER",
    "TZ", "PATH", "LANG", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE",
}  # fmt: skip


def event(what: str, body: str = "") -> dict[str, Any]:
    return {"pathParameters": {"proxy": what}, "body": body}


def run(test: Callable[[Pool, io.StringIO], Awaitable[None]], plan: Plan) -> str:
    """Run a test with a pool of the plan's functions and no AWS; answer the log."""
    log = io.StringIO()

    async def body() -> None:
        values = {"environment/EchoFunction/STAGE": "local", "environment/DoorFunction/DOOR_ONLY": "1"}
        credentials = {function.role: CREDENTIALS for function in plan.functions.values()}
        pool = Pool(plan.functions.values(), Resolved("http://127.0.0.1:1", values, credentials, {}), log)
        try:
            await test(pool, log)
        finally:
            await pool.close()

    asyncio.run(body())
    return log.getvalue()


def test_a_function_sees_its_own_environment_and_nothing_of_the_shell(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVELOPERS_SECRET", "x")
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "the developer's")

    async def test(pool: Pool, _: io.StringIO) -> None:
        seen = await pool.invoke("EchoFunction", event("environment"))
        # Python itself may add LC_CTYPE; coverage measures in children by variables of its own.
        names = {name for name in seen if name != "LC_CTYPE" and not name.startswith("COVERAGE_")}
        assert names - {"LD_LIBRARY_PATH"} == LAMBDA | {"STAGE"} | CREDENTIALS.keys()
        assert seen["AWS_SESSION_TOKEN"] == "c"
        assert seen["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
        assert seen["TZ"] == ":UTC"
        assert "HOME" not in seen

    run(test, plan)


def test_a_function_gets_its_code_its_layer_and_a_context(plan: Plan) -> None:
    async def test(pool: Pool, _: io.StringIO) -> None:
        seen = await pool.invoke("EchoFunction", event("context"), "the-id")
        assert (seen["request_id"], seen["name"], seen["memory"], seen["greeting"]) == (
            "the-id",
            "EchoFunction",
            256,
            "hello",
        )
        assert seen["arn"] == "arn:aws:lambda:eu-central-1:123456789012:function:EchoFunction"
        assert 0 < seen["left"] <= 3000
        assert seen["path"] == [str(FIXTURE / "code"), str(FIXTURE / "layer")]

    run(test, plan)


def test_what_a_function_prints_goes_to_the_log_under_its_name(plan: Plan) -> None:
    async def test(pool: Pool, _: io.StringIO) -> None:
        assert await pool.invoke("EchoFunction", event("result", '{"a": "\\u00e9\\ud83d\\ude00"}')) == {"a": "é😀"}

    assert "[EchoFunction] to the log\n" in run(test, plan)


@pytest.mark.parametrize("what", ["raise", "crash", "big"])
def test_a_failure_fails_one_event_and_the_next_one_works(plan: Plan, what: str) -> None:
    async def test(pool: Pool, _: io.StringIO) -> None:
        with pytest.raises(InvocationError) as failure:
            await pool.invoke("EchoFunction", event(what))
        assert "secret" not in str(failure.value)
        assert await pool.invoke("EchoFunction", event("result", "1")) == 1

    log = run(test, plan)
    assert what != "raise" or "a secret that only the log may see" in log


def test_an_answer_of_almost_6_mb_arrives_whole(plan: Plan) -> None:
    text = "é" * (3 * 1024 * 1024 - 10)

    async def test(pool: Pool, _: io.StringIO) -> None:
        assert await pool.invoke("EchoFunction", event("result", json.dumps(text))) == text

    run(test, plan)


def test_a_function_that_takes_too_long_is_killed(plan: Plan) -> None:
    async def test(pool: Pool, _: io.StringIO) -> None:
        before = time.monotonic()
        with pytest.raises(InvocationTimeout):
            await pool.invoke("DoorFunction", {"headers": {"authorization": "sleep"}})
        assert time.monotonic() - before < 3
        assert await pool.invoke("DoorFunction", {"headers": {"authorization": "1"}}) == 1

    assert "[DoorFunction] Task timed out after 1.00 seconds" in run(test, plan)


def test_one_event_at_a_time_per_process_and_no_more_than_four_processes(plan: Plan) -> None:
    async def test(pool: Pool, _: io.StringIO) -> None:
        calls = [pool.invoke("EchoFunction", event("sleep", "0.3")) for _ in range(6)]
        pids = await asyncio.gather(*calls)
        assert len(set(pids[:4])) == 4
        assert set(pids[4:]) <= set(pids[:4])

    run(test, plan)


def test_a_process_is_kept_until_its_code_changes(code: Path) -> None:
    plan = read(code / "template.yaml")

    async def test(pool: Pool, _: io.StringIO) -> None:
        pool._sources = Sources(every=0)

        async def seen() -> tuple[str, int]:
            answer = await pool.invoke("EchoFunction", event("context"))
            return answer["greeting"], answer["pid"]

        first = await seen()
        assert first[0] == "hello"
        assert await seen() == first
        (code / "layer" / "shared_words.py").write_text('GREETING = "good evening"\n')
        second = await seen()
        assert second[0] == "good evening"
        assert second[1] != first[1]

    run(test, plan)


def test_code_that_cannot_be_imported_fails_and_works_once_it_is_mended(code: Path) -> None:
    plan = read(code / "template.yaml")
    good = (code / "code" / "sweep.py").read_text()
    (code / "code" / "sweep.py").write_text("def handler(:\n")

    async def test(pool: Pool, _: io.StringIO) -> None:
        pool._sources = Sources(every=0)
        with pytest.raises(InvocationError):
            await pool.invoke("SweepFunction", {})
        (code / "code" / "sweep.py").write_text(good)
        assert await pool.invoke("SweepFunction", {"a": 1}) == {"a": 1}

    assert "SyntaxError" in run(test, plan)


def test_closing_leaves_no_process(plan: Plan) -> None:
    pids: list[int] = []

    async def test(pool: Pool, _: io.StringIO) -> None:
        await pool.prewarm()
        idle = [worker._process.pid for workers in pool._idle.values() for worker in workers]
        assert len(idle) == len(plan.functions)
        pids.extend(idle)
        task = asyncio.create_task(pool.invoke("EchoFunction", event("sleep", "2")))
        await asyncio.sleep(0.2)
        await pool.close()
        with pytest.raises(InvocationError):
            await task

    run(test, plan)
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_files_are_looked_at_no_more_than_once_a_second(tmp_path: Path) -> None:
    now = [0.0]
    sources = Sources(clock=lambda: now[0])
    before = sources.stamp(tmp_path)
    (tmp_path / "new.py").write_text("")
    assert sources.stamp(tmp_path) == before
    now[0] = 1.0
    assert sources.stamp(tmp_path) != before
