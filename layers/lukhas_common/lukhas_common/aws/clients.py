"""boto3 clients, one per service and process.

A try takes 2 s at most and is made twice; functions have 10 s. An endpoint of our own choosing (AWS_ENDPOINT_URL, as
the one-machine stack has it) answers one request after the other, and is waited for longer.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

_AWS_ANSWERS_WITHIN, _OTHERS_ANSWER_WITHIN = 1, 4
"""Seconds."""


_PATIENT = Config(connect_timeout=1, read_timeout=15, retries={"mode": "standard", "total_max_attempts": 1})
"""For calls that make or look for keys: slow, and not to be made twice by themselves."""


@cache
def patient_client(service: str) -> Any:
    """The client of a service for the few calls that take their time."""
    return boto3.client(service, config=_PATIENT)


@cache
def client(service: str) -> Any:
    """The client of a service; AWS_ENDPOINT_URL points it elsewhere, as boto3 has it."""
    config = Config(
        connect_timeout=1,
        read_timeout=_OTHERS_ANSWER_WITHIN if os.environ.get("AWS_ENDPOINT_URL") else _AWS_ANSWERS_WITHIN,
        retries={"mode": "standard", "total_max_attempts": 2},
        tcp_keepalive=True,
        max_pool_connections=16,  # as many threads as the sequencer settles entries by
    )
    return boto3.client(service, config=config)


_MODELS = Config(connect_timeout=1, read_timeout=15, retries={"mode": "standard", "total_max_attempts": 1})
"""For language models, which take seconds. Each try costs, so the engine itself decides whether there is another."""


@cache
def models() -> Any:
    """The client of Amazon Bedrock."""
    return boto3.client("bedrock-runtime", config=_MODELS)


_QUESTIONS = Config(
    connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 1}, max_pool_connections=16
)
"""For embeddings that somebody waits for; the embedder decides whether there is another try."""


@cache
def question_models() -> Any:
    """The client of Amazon Bedrock for what has to be quick."""
    return boto3.client("bedrock-runtime", config=_QUESTIONS)


_VECTORS = Config(connect_timeout=1, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
"""Half a thousand vectors take longer than an item, and 429 is to be expected of an index that many write to."""


@cache
def vector_client() -> Any:
    """The client of Amazon S3 Vectors."""
    return boto3.client("s3vectors", config=_VECTORS)


@cache
def s3_by_link() -> Any:
    """The client of S3 that uploads large objects and signs links to them, by the region's own name (SigV4)."""
    # An endpoint of our own choosing has no name for each bucket.
    style = "path" if os.environ.get("AWS_ENDPOINT_URL") else "virtual"
    signing = Config(
        signature_version="s3v4", s3={"addressing_style": style, "us_east_1_regional_endpoint": "regional"}
    )
    return boto3.client("s3", config=_PATIENT.merge(signing))


_HASTY = Config(connect_timeout=0.5, read_timeout=0.5, retries={"mode": "standard", "total_max_attempts": 1})
"""For what nobody waits for: one try, and a second at most."""


@cache
def hasty_client(service: str) -> Any:
    """The client of a service for calls that may as well fail."""
    return boto3.client(service, config=_HASTY)
