"""The watch over accesses on the embedded AWS: killed at each call, beside another, and what its topic is sent."""

from __future__ import annotations

import json
import random
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from lukhas_common import times
from lukhas_common.anomaly.accesses import Access
from lukhas_common.anomaly.alerts import Alert, dedup_key
from lukhas_common.anomaly.detectors import Severity
from lukhas_common.anomaly.features import FEATURES
from lukhas_common.anomaly.kinds import Kind
from lukhas_common.aws.access_feed import S3Feed
from lukhas_common.aws.anomaly_models import StoredModels
from lukhas_common.aws.anomaly_store import DynamoAnomalies
from lukhas_common.aws.anomaly_topic import AlertNotTakenError, SnsTopic
from lukhas_common.aws.users import DynamoUsers
from lukhas_common.identity.sessions import Session
from lukhas_common.identity.users import User
from lukhas_common.ledger.feed import Batch
from lukhas_common.privacy.anomalies.keeping import Keeping
from lukhas_common.privacy.anomalies.models import NETWORK, Raised, Response, Seen, alert_id
from lukhas_common.privacy.anomalies.ports import Judged
from lukhas_common.privacy.anomalies.responding import ByPolicy
from lukhas_common.privacy.anomalies.training import STREAM, TRAINED, Trainings
from lukhas_common.privacy.anomalies.watch import Watch
from tests.fakes import Audit
from tests.integration.kills import Kills
from tests.integration.test_ledger_stores import World, dynamodb, like

__all__ = ["dynamodb", "like"]
HOUR = 3600
AN_ACCESS = Access("ada", "GET /x", times.utc(1_800_000_000.0), (), "", allowed=True, read=0, subject="")


class AlertOfAll:
    """The Judge port, to whom whoever comes is an alert."""

    def judge(self, principal: str, accesses: Sequence[Access], profile: bytes | None) -> Judged:
        assert profile is None, "nobody is judged twice, by what was learned from the same"
        key = dedup_key(principal, Kind.UNUSUAL, accesses[0].at)
        alert = Alert(key, principal, accesses[0].at, Severity.HIGH, 1.0, Kind.UNUSUAL, (), key)
        start = accesses[0].at.timestamp() // HOUR * HOUR
        return Judged((Seen(start, len(accesses), 0, None, {}, (alert_id(alert),)),), (alert,), b"usual")


@dataclass
class Heard:
    """The EventBus port."""

    details: list[dict[str, Any]] = field(default_factory=list)

    def send(self, kind: str, detail: dict[str, Any]) -> None:
        assert kind == TRAINED
        self.details.append(detail)


@dataclass
class Watched:
    """A ledger with its feed, and all that the watch keeps and sends."""

    world: World
    aws: Callable[[str], Any]
    store: DynamoAnomalies
    users: DynamoUsers
    audit: Audit = field(default_factory=Audit)
    name: str = field(default_factory=lambda: f"test-{secrets.token_hex(6)}")
    size: int = 0

    def __post_init__(self) -> None:
        self.made = {service: self.aws(service) for service in ("dynamodb", "s3", "sns")}
        self.kills = Kills()
        self.kills.watch(*self.made.values())
        s3, sns, sqs = self.aws("s3"), self.aws("sns"), self.aws("sqs")
        self.sqs = sqs
        s3.create_bucket(Bucket=self.name, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
        self.topic = sns.create_topic(Name=self.name)["TopicArn"]
        self.queues = {}
        for reader in ("alert", "pagerduty", "slack"):
            queue = self.queues[reader] = sqs.create_queue(QueueName=f"{self.name}-{reader}")["QueueUrl"]
            arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            filters = {"RawMessageDelivery": "true", "FilterPolicy": json.dumps({"for": [reader]})}
            sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn, Attributes=filters)

    def received(self, reader: str, said: str) -> list[Any]:
        """What a subscriber of a kind was sent: of each message, a member that no other kind has."""
        sqs, found = self.sqs, []
        while messages := sqs.receive_message(QueueUrl=self.queues[reader], MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"])[said])
                sqs.delete_message(QueueUrl=self.queues[reader], ReceiptHandle=message["ReceiptHandle"])
        return found

    def refused(self, *accesses: tuple[str, str], at: float) -> None:
        """Have the log take refused requests, each by a person from a network."""
        ledger = replace(self.world.process(), clock=lambda: at)
        places = []
        for person, address in accesses:
            body = {"user_id": person, "route": "GET /guardian/reviews", "source_ip": address}
            receipt = ledger.append(f"audit/{self.name}", "auth.refused", body, subject=person)
            places.append((receipt.stream, receipt.seq))
        start, self.size = self.size, self.size + len(places)
        S3Feed(self.made["s3"], self.name).put(Batch(start, self.size, at, tuple(places)))

    def run(self) -> None:
        """One run, by a process of its own."""
        ledger, made = self.world.process(), self.made
        Watch(
            S3Feed(made["s3"], self.name),
            replace(self.world.entries, client=made["dynamodb"], threads=1),
            ledger,
            Keeping(replace(self.store, client=made["dynamodb"]), ledger.keys, times.now, self.audit),
            AlertOfAll(),
            SnsTopic(made["sns"], self.topic),
            ByPolicy({Severity.HIGH: Response.REVOKE}, replace(self.users, client=made["dynamodb"]), self.audit),
            self.audit,
            lambda network: NETWORK + network,
        ).run(times.now(), times.now() + 60)

    @property
    def alerts(self) -> list[Raised]:
        keeping = Keeping(self.store, self.world.process().keys, times.now, self.audit)
        return [alert for alert, _ in keeping.alerts(0, lambda _: True)]

    def epoch(self, person: str) -> int:
        return self.users.epoch(person) or 0

    def person(self) -> str:
        """A new account."""
        user_id = secrets.token_hex(8)
        self.users.add(User(user_id, user_id, "", (), times.now()))
        return user_id


@pytest.fixture
def watched(dynamodb: Any, aws: Callable[[str], Any], tables: dict[str, str], like: Callable[[str], str]) -> Watched:
    world = World(dynamodb, aws("kms"), tables, like)
    store, users = DynamoAnomalies(dynamodb, like("SERIES_TABLE")), DynamoUsers(dynamodb, like("USERS_TABLE"))
    return Watched(world, aws, store, users)


def test_killed_at_every_call_an_alert_is_recorded_once_sent_and_answered_once(watched: Watched) -> None:
    """After it took effect: what a kill before the next one would leave behind, too."""
    call, ended, people = 0, False, []
    while not ended:
        call += 1
        people.append(watched.person())
        watched.refused((people[-1], "203.0.113.7"), at=times.now() - HOUR)
        with watched.kills.killed_at(call, "after"):
            watched.run()
            ended = True
        watched.run()
    assert call > 15, "a run was killed at each of its calls"
    assert Counter(alert.alert.principal for alert in watched.alerts) == Counter(people)
    assert all(alert.told for alert in watched.alerts)
    for reader, said in (("alert", "principal"), ("pagerduty", "payload"), ("slack", "blocks")):
        assert len(watched.received(reader, said)) >= len(people), "each was sent, some twice"
    assert {watched.epoch(person) for person in people} == {2}, "the tokens of each were ended once"
    assert all(len(watched.store.pages(person, None, 9)) == 1 for person in people)
    assert not watched.audit.alarms


def test_two_runs_at_once_come_to_one_record(watched: Watched) -> None:
    people = [watched.person() for _ in range(6)]
    watched.refused(*[(person, "203.0.113.7") for person in people], at=times.now() - HOUR)
    with ThreadPoolExecutor(3) as pool:
        for run in [pool.submit(watched.run) for _ in range(3)]:
            run.result()
    assert Counter(alert.alert.principal for alert in watched.alerts) == Counter(people)
    assert {watched.epoch(person) for person in people} == {2}


def test_a_killed_training_is_finished_and_told_of_once_in_the_ledger(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lukhas_common.privacy.anomalies.training._KEPT", 3)
    made, heard = watched.made, Heard()
    s3_models = StoredModels(made["dynamodb"], watched.store.table, made["s3"], watched.name)
    chance = random.Random(1)  # noqa: S311 - not for secrets
    s3_models.add_rows(1, [(chance.choice([0.7, 1.1, 1.6]), *[0.0] * (len(FEATURES) - 1)) for _ in range(400)])
    s3_models.add_rows(1, [(9.0,) * len(FEATURES)])  # the first that is given for a reading stays

    def trainings(moment: float) -> Trainings:
        process = watched.world.process()
        ledger = replace(process, store=replace(watched.world.entries, client=made["dynamodb"]))
        return Trainings(s3_models, ledger, heard, watched.audit, lambda: moment)

    def kept() -> set[str]:
        found = made["s3"].list_objects_v2(Bucket=watched.name, Prefix="anomaly/models/")["Contents"]
        return {each["Key"].removeprefix("anomaly/models/") for each in found}

    call, ended, moment = 0, False, times.now()
    while not ended:
        call, moment = call + 1, moment + 86400
        with watched.kills.killed_at(call, "after"):
            trainings(moment).run()
            ended = True
        trained = trainings(moment + 60).run()
        assert trained is not None
        assert (trained.version, trained.told) == (call, True)
        assert trained.accepted, trained.detail
    assert call > 6
    told = [opened.body for opened in watched.world.process().read(STREAM)]
    assert [body["training"] for body in told] == list(range(1, call + 1))
    assert all(older["model"] == newer["parent"] for older, newer in pairwise(told))
    assert {detail["training"] for detail in heard.details} == set(range(1, call + 1))
    assert kept() == {body["model"] for body in told[-3:]}, "and of runs that were killed nothing is left"
    before = kept()
    s3_models.keep_models([], times.now() - HOUR)
    assert kept() == before, "what is new may be of a training that is under way"
    back = trainings(moment + 120).run(roll_back=True)
    assert kept() == {body["model"] for body in told[-3:-1]}
    assert back is not None
    current = trainings(moment + 180).current()
    assert current is not None
    assert (current.id, back.model_id) == (told[-1]["parent"], told[-1]["parent"])
    altered = f"anomaly/models/{told[-3]['model']}"
    made["s3"].put_object(Bucket=watched.name, Key=altered, Body=b"altered")
    s3_models.add_model("left-over", b"")
    trainings(moment + 86400).run()
    assert kept() >= {told[-3]["model"], told[-2]["model"], "left-over"}, "who cannot read the lineage deletes nothing"
    assert watched.audit.alarms == ["anomaly.model_damaged"]
    watched.audit.alarms.clear()
    current = trainings(moment + 86400).current()
    assert current is not None
    made["s3"].put_object(Bucket=watched.name, Key=f"anomaly/models/{current.id}", Body=b"altered")
    assert trainings(moment + 180).current() is None
    assert watched.audit.alarms == ["anomaly.model_damaged"]


def test_a_login_is_demanded_once_and_a_newer_session_goes_on(watched: Watched) -> None:
    person = watched.person()
    for at in (100.0, 50.0, 100.0):
        watched.users.demand_login(person, at)
    user = watched.users.by_id(person)
    assert user is not None
    assert (user.fresh_after, user.epoch) == (100.0, 1)
    session = Session("s", person, 1, (), "c", 100.0, 900.0, 900.0, "d")
    assert not session.is_live(1, 200.0, user.fresh_after)
    assert replace(session, created_at=100.001).is_live(1, 200.0, user.fresh_after)
    watched.users.demand_login("nobody", 1.0)
    assert watched.users.by_id("nobody") is None


def test_an_alert_that_the_topic_does_not_take_is_no_alert_that_was_told() -> None:
    sns = boto3.client("sns", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")
    alert = Raised(AlertOfAll().judge("ada", [AN_ACCESS], None).alerts[0])
    refused = {"Successful": [], "Failed": [{"Id": "slack", "Code": "InternalError", "SenderFault": False}]}
    with Stubber(sns) as stub:
        stub.add_response("publish_batch", refused)
        with pytest.raises(AlertNotTakenError, match="InternalError"):
            SnsTopic(sns, "arn:aws:sns:eu-central-1:123456789012:alerts").publish(alert)
        stub.add_client_error("publish_batch", "KMSAccessDenied", http_status_code=400)
        with pytest.raises(ClientError, match="KMSAccessDenied"):
            SnsTopic(sns, "arn:aws:sns:eu-central-1:123456789012:alerts").publish(alert)
