"""The functions, ready to be called: workers are started when needed and replaced when they end or age."""

import asyncio
import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, TextIO

from local.embedded import Resolved, clean_environment
from local.plan import REGION, Function
from local.process import InvocationError, Worker
from local.sources import Sources

WORKERS = 4  # most per function; more events than that wait their turn


def environment(function: Function, resolved: Resolved) -> dict[str, str]:
    """Return every variable that the function sees: template.yaml's, and those that Lambda itself sets."""
    return {
        **clean_environment(),
        **resolved.environment(function.name),
        **resolved.credentials[function.role],
        "AWS_ENDPOINT_URL": resolved.url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "LAMBDA_TASK_ROOT": str(function.code),
        "AWS_LAMBDA_LOG_FORMAT": function.log_format,
        "_HANDLER": function.handler,
        "TZ": ":UTC",
    }


class Pool:
    """Every function of the stack, each with its own processes, environment and credentials."""

    def __init__(self, functions: Iterable[Function], resolved: Resolved, log: TextIO) -> None:
        """Prepare the functions; nothing is started yet. Their output goes to ``log``."""
        self._functions = {function.name: function for function in functions}
        self._environments = {name: environment(f, resolved) for name, f in self._functions.items()}
        self._log = log
        self._sources = Sources()
        self._turns: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(WORKERS))
        self._idle: defaultdict[str, list[Worker]] = defaultdict(list)
        self._busy: set[Worker] = set()

    def environment(self, name: str) -> dict[str, str]:
        """Return the environment of a function."""
        return dict(self._environments[name])

    async def invoke(self, name: str, event: Any, request_id: str | None = None) -> Any:
        """Run one event in a function and return its result.

        Raises:
            KeyError: There is no such function.
            InvocationTimeout: It took longer than template.yaml allows.
            InvocationError: It raised, crashed or could not be imported.
        """
        function = self._functions[name]
        async with self._turns[name]:
            worker = await self._take(function)
            try:
                result = await worker.invoke(event, request_id or str(uuid.uuid4()))
            except InvocationError as error:
                worker.say(str(error))
                raise
            except BaseException:
                await worker.close(kill=True)
                raise
            finally:
                self._busy.discard(worker)
                if worker.alive:
                    self._idle[name].append(worker)
            return result

    async def prewarm(self) -> None:
        """Start one worker of each function, one after the other, so that first requests need not wait."""
        for name, function in self._functions.items():
            async with self._turns[name]:
                if self._idle[name]:
                    continue
                try:
                    worker = await self._take(function)
                except InvocationError:
                    continue  # said in the log; a request will try again
                self._busy.discard(worker)
                self._idle[name].append(worker)

    async def _take(self, function: Function) -> Worker:
        stamp = self._sources.stamp(function.code, *function.layers)
        while self._idle[function.name]:
            worker = self._idle[function.name].pop()
            if worker.alive and worker.stamp == stamp:
                self._busy.add(worker)
                return worker
            await worker.close()
        worker = Worker(function, self._environments[function.name], self._log)
        worker.stamp = stamp
        try:
            await worker.start()
        except InvocationError as error:
            worker.say(str(error))
            raise
        self._busy.add(worker)
        return worker

    async def close(self) -> None:
        """End every worker; those that are busy are killed."""
        idle = [worker for workers in self._idle.values() for worker in workers]
        await asyncio.gather(*(w.close() for w in idle), *(w.close(kill=True) for w in self._busy))
        self._idle.clear()
