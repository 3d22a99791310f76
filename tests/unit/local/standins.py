"""A running stand-in without gateway and functions, and clients that talk to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from local.embedded import Resolved, StandIn
from local.plan import REGION, Plan

Create = Callable[..., str]


@contextmanager
def made(state: Path | None, plan: Plan, fresh: bool = False) -> Iterator[Resolved]:
    """Run a stand-in; it must end well."""
    standin = StandIn(state, fresh)
    try:
        yield standin.make(plan)
    finally:
        standin.close()
        assert standin.process.returncode == 0


def client(resolved: Resolved, service: str, function: str | None = None) -> Any:
    """A client with the role of a function, or admin's; it leaves it to the stand-in to refuse parameters."""
    keys = resolved.credentials[f"{function}Role"] if function else resolved.admin
    named = {name.lower(): value for name, value in keys.items()}
    config = Config(parameter_validation=False, signature_version="s3v4" if service == "s3" else None)
    return boto3.client(service, region_name=REGION, endpoint_url=resolved.url, config=config, **named)


def table(resolved: Resolved) -> str:
    """The name of OpenTable."""
    return resolved.environment("TableFunction")["OPEN_TABLE"]


def refused(call: Any, **arguments: Any) -> str:
    """The code of the error that a call ends with; "" if it ends with none."""
    try:
        call(**arguments)
    except call.__self__.exceptions.ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""
