"""Runs the stack's parts together, and ends them together."""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn

from local.deployment import deploy
from local.embedded import ROOT, Resolved, StandIn
from local.gateway import Gateway
from local.pages import Pages
from local.plan import Plan
from local.pool import Pool
from local.queues import Poller
from local.schedule import Clock, timed

GRACE = 2  # seconds that requests have to end when the stack is stopped


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the stack, which has more to end than this server."""
        yield


def listen(port: int) -> socket.socket:
    """Return a socket that is bound to the loopback address.

    Raises:
        OSError: The port is in use.
    """
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(("127.0.0.1", port))
        bound.listen(128)
    except OSError:
        bound.close()
        raise
    return bound


async def serve(
    plan: Plan,
    resolved: Resolved,
    standin: StandIn,
    door: socket.socket,
    template: Path,
    schedules: bool,
    ready: Callable[[Pool], None],
) -> None:
    """Serve until SIGINT or SIGTERM comes or the stand-in ends; call ``ready`` once requests are taken.

    Raises:
        DeploymentFailed: A function that waits for the deployment failed; nothing was served.
    """
    log = sys.stderr
    pool = Pool(plan.functions.values(), resolved, log)
    clock = Clock(timed(plan, resolved), pool, log)
    pages = Pages(ROOT / "docs" / "openapi.json", clock.functions, clock.tick)
    config = uvicorn.Config(
        Gateway(plan, pool, pages, log),
        http="h11",
        ws="none",
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=GRACE,
    )
    server = _Server(config)

    deploying = asyncio.create_task(deploy(plan, resolved, pool, log))

    def stop() -> None:
        server.should_exit = True
        deploying.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)

    async def watch() -> None:
        written = template.stat().st_mtime_ns
        while not server.should_exit:
            await asyncio.sleep(1)
            if standin.process.poll() is not None:
                log.write("[stack] The stand-in for AWS ended; stopping.\n")
                stop()
            if template.exists() and template.stat().st_mtime_ns != written:
                written = template.stat().st_mtime_ns
                log.write("[stack] template.yaml has changed; restart the stack to see the change.\n")

    async def begin() -> None:
        while not server.started:
            await asyncio.sleep(0.01)
        ready(pool)
        if schedules:  # who wants nothing done unasked wants no processes either
            await pool.prewarm()

    tasks = [asyncio.create_task(watch())]
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await deploying
        if server.should_exit:
            return
        poller = Poller(plan, resolved, pool, log)
        works = (begin(), poller.run(), *([clock.run()] if schedules else []))
        tasks += [asyncio.create_task(work) for work in works]
        await server.serve(sockets=[door])
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await pool.close()
