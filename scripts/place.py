"""Where an operator's script works: on a deployed stack, or on the one-machine stack that is running here."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

import boto3


def add_place(parser: argparse.ArgumentParser) -> None:
    """Take --stack NAME or --local."""
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--stack", help="name of the CloudFormation stack")
    where.add_argument("--local", action="store_true", help="the one-machine stack that is running here")
    parser.add_argument("--state-dir", type=Path, help="with --local: its state folder")


def take_environment(options: argparse.Namespace, *functions: str) -> None:
    """Take over the variables of these functions, and on the one-machine stack the rights of its admin.

    Raises:
        SystemExit: no stack is running here.
    """
    if options.local:
        _take_local(options.state_dir, functions)
        return
    for function in functions:
        name = physical(options.stack, function)
        os.environ |= boto3.client("lambda").get_function_configuration(FunctionName=name)["Environment"]["Variables"]


def physical(stack: str, logical_id: str) -> str:
    """The name that CloudFormation gave a resource."""
    found = boto3.client("cloudformation").describe_stack_resource(StackName=stack, LogicalResourceId=logical_id)
    return str(found["StackResourceDetail"]["PhysicalResourceId"])


def _take_local(state_dir: Path | None, functions: tuple[str, ...]) -> None:
    from local.files import state_folder

    file = (state_dir or state_folder()) / "stack.json"
    try:
        running: dict[str, Any] = json.loads(file.read_text())
        os.kill(running["pid"], 0)  # a stack that was killed leaves its file
    except OSError:
        raise SystemExit(f"No stack is running here: {file} is not there. Start one with make run.") from None
    for function in functions:
        os.environ |= running["functions"][function]
    os.environ |= running["admin"]
    os.environ.pop("AWS_SESSION_TOKEN", None)  # a function's, not the admin's
