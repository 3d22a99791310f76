"""What finds the people for whom something is due; it needs neither keys nor numbers."""

from __future__ import annotations

from lukhas_common import times
from lukhas_common.aws.clients import client
from lukhas_common.aws.errands import SqsDeadLetters, SqsErrands
from lukhas_common.aws.memories import DynamoMemories
from lukhas_common.aws.memory_objects import S3MemoryObjects
from lukhas_common.memory.dispatching import Dispatcher, send_to_all
from lukhas_common.settings import settings


def errands() -> SqsErrands:
    """The queue of what is to be done for whom."""
    return SqsErrands(client("sqs"), settings().required("errands_queue"))


def dead_letters() -> SqsDeadLetters:
    """The queue of what could not be read."""
    return SqsDeadLetters(client("sqs"), settings().required("memory_letters_queue"))


def dispatcher() -> Dispatcher:
    """What finds who is due by their memories."""
    store = DynamoMemories(client("dynamodb"), settings().required("memories_table"))
    return Dispatcher(store, errands(), times.now)


def compress_all() -> int:
    """Send an errand for each person with folds or an index; how many these are."""
    return send_to_all("compress", S3MemoryObjects(client("s3"), settings().required("memories_bucket")), errands())
