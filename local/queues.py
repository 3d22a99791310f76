"""Hands the messages of queues to the functions that take them, as Lambda's event source mappings do.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

import asyncio
from collections.abc import Iterator
from typing import Any, TextIO

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.embedded import Resolved
from local.plan import REGION, Plan, Queue
from local.pool import Pool
from local.process import InvocationError

WAIT = 1  # seconds for which a poll waits for a message
PAUSE = 1.0  # seconds after a poll that failed


def queues(source: dict[str, Any]) -> Iterator[tuple[Queue, dict[str, Any]]]:
    """Yield each SQS event of the functions of a SAM template, with the values that the stand-in resolves."""
    for function, resource in source["Resources"].items():
        for event, details in resource.get("Properties", {}).get("Events", {}).items():
            if details["Type"] == "SQS":
                properties = details["Properties"]
                reports = "ReportBatchItemFailures" in properties.get("FunctionResponseTypes", [])
                queue = Queue(f"{function}{event}", function, int(properties.get("BatchSize", 10)), reports)
                yield queue, {"arn": properties["Queue"]}


class Poller:
    """Polls the queues of a plan, each under the role of the function that takes its messages."""

    def __init__(self, plan: Plan, resolved: Resolved, pool: Pool, log: TextIO) -> None:
        """Hand messages to the functions of ``pool``; what fails is said in ``log``."""
        self._sources = [(queue, *_queue(plan, resolved, queue)) for queue in plan.queues]
        self._pool, self._log = pool, log

    async def run(self) -> None:
        """Poll all queues until cancelled."""
        await asyncio.gather(*(self._poll(*source) for source in self._sources))

    async def _poll(self, queue: Queue, client: Any, url: str, arn: str) -> None:
        while True:
            try:
                answer = await asyncio.to_thread(
                    client.receive_message,
                    QueueUrl=url,
                    MaxNumberOfMessages=min(queue.batch, 10),
                    WaitTimeSeconds=WAIT,
                    AttributeNames=["All"],
                )
                messages = answer.get("Messages", [])
                done = await self._handed(queue, messages, arn) if messages else []
                for message in done:
                    await asyncio.to_thread(client.delete_message, QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            except (BotoCoreError, ClientError) as error:
                self._say(f"{queue.name}: {type(error).__name__}")
                await asyncio.sleep(PAUSE)

    async def _handed(self, queue: Queue, messages: list[dict[str, Any]], arn: str) -> list[dict[str, Any]]:
        """The messages that the function was done with; the others come again."""
        try:
            answer = await self._pool.invoke(queue.function, {"Records": [_record(each, arn) for each in messages]})
        except InvocationError as error:
            self._say(f"{queue.name} failed: {error}")
            return []
        if not queue.reports_failures or not isinstance(answer, dict):
            return messages
        failed = {failure.get("itemIdentifier") for failure in answer.get("batchItemFailures", [])}
        return [message for message in messages if message["MessageId"] not in failed]

    def _say(self, text: str) -> None:
        self._log.write(f"[queue] {text}\n")
        self._log.flush()


def _queue(plan: Plan, resolved: Resolved, queue: Queue) -> tuple[Any, str, str]:
    arn = str(resolved.values[f"queue/{queue.name}/arn"])
    credentials = resolved.credentials[plan.functions[queue.function].role]
    client = boto3.client(
        "sqs",
        endpoint_url=resolved.url,
        region_name=REGION,
        aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=credentials["AWS_SESSION_TOKEN"],
        config=Config(connect_timeout=2, read_timeout=30, retries={"total_max_attempts": 1}),
    )
    account, name = arn.split(":")[4:6]
    return client, f"{resolved.url}/{account}/{name}", arn


def _record(message: dict[str, Any], arn: str) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": REGION,
    }
