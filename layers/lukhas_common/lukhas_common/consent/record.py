"""Consent records and receipts: ISO/IEC TS 27560:2023, written as JSON-LD with the W3C DPV 2.3.

A record needs no remote context: its prefixes are spelled out in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from lukhas_common.consent.vocabulary import CATEGORIES, STATUSES, SUBTREE, ConsentScope, EventType
from lukhas_common.ledger.ledger import Receipt
from lukhas_common.ledger.records import canonical

CONTEXT = {
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "loc": "https://w3id.org/dpv/loc#",
    "sector-health": "https://w3id.org/dpv/sector/health#",
    "dpv-27560": "https://w3id.org/dpv/schema/dpv-27560#",
    "dct": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "schema": "https://schema.org/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "lukhas": "urn:lukhas:terms:",
}
"""The prefixes of all terms that are used."""

SCHEMA = "ISO/IEC TS 27560:2023"
VOCABULARY = "DPV 2.3"


def consent_record(
    event: Mapping[str, Any], record_id: str, created: str, controller: Mapping[str, str], withdrawal: str
) -> dict[str, Any]:
    """The record of an event.

    Args:
        event: as the ledger's entry has it.
        record_id: a UUID.
        created: when the record was made, RFC 3339.
        controller: ``id`` (an IRI), ``name`` and perhaps ``contact``.
        withdrawal: where consent is withdrawn.
    """
    kind = EventType(event["type"])
    record: dict[str, Any] = {
        "@context": CONTEXT,
        "@id": f"urn:uuid:{record_id}",
        "@type": "dpv:ConsentRecord",
        "dct:identifier": record_id,
        "dct:conformsTo": {"@id": "dpv-27560:record"},
        "schema:schemaVersion": [SCHEMA, VOCABULARY],
        "dct:created": _time(created),
        "dpv:hasDataSubject": {"@id": _person(event["user_id"]), "@type": "dpv:DataSubject"},
        "dpv:hasDataController": _controller(controller),
        "dpv:hasLegalBasis": {"@id": event.get("legal_basis", "dpv:Consent")},
        "dpv:hasConsentStatus": {"@id": STATUSES[kind]},
        "dpv:isIndicatedAtTime": _time(event["indicated_at"]),
        "dpv:isIndicatedBy": {"@id": _person(event.get("actor", event["user_id"]))},
        "dpv:hasIndicationMethod": event["method"],
        "dpv:hasConsentControl": {"@type": "dpv:WithdrawConsent", "dpv:isExercisedAt": withdrawal},
        "dpv:hasProcess": _process(event),
    }
    if kind in (EventType.GRANTED, EventType.UPDATED):
        record["dpv:hasDuration"] = _duration(event)
        record["dpv:hasNotice"] = _notice(event.get("notice"))
    if "jurisdiction" in event:
        record["dpv:hasJurisdiction"] = {"@id": f"loc:{event['jurisdiction']}"}
    if "channel" in event:
        record["lukhas:channel"] = event["channel"]
    if "reason" in event:
        record["dpv:hasJustification"] = event["reason"]
    if "provenance" in event:
        record["lukhas:imported"] = True
        record["prov:wasDerivedFrom"] = {
            "dct:source": event["provenance"]["source"],
            "dct:identifier": event["provenance"]["row"],
            "prov:generatedAtTime": _time(event["provenance"]["imported_at"]),
        }
    return record


def record_hash(record: Mapping[str, Any], user_id: str) -> str:
    """SHA-256, hex, of a record and the person it is about, in canonical JSON: the same for the same, always.

    Raises:
        LedgerError: the record is not JSON.
    """
    return hashlib.sha256(canonical({"record": record, "user_id": user_id})).hexdigest()


def consent_receipt(record: Mapping[str, Any], receipt: Receipt) -> dict[str, Any]:
    """What the person is given: the record, and where the ledger keeps it."""
    return {
        "@context": CONTEXT,
        "@id": f"{record['@id']}#receipt",
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": {"@id": "dpv-27560:receipt"},
        "dct:publisher": record["dpv:hasDataController"],
        "dpv:hasRecordOfActivity": {name: value for name, value in record.items() if name != "@context"},
        "lukhas:stream": receipt.stream,
        "lukhas:seq": receipt.seq,
        "lukhas:entryHash": receipt.hash.hex(),
    }


def _process(event: Mapping[str, Any]) -> dict[str, Any]:
    scope = ConsentScope(event["scope"])
    held = dict.fromkeys(category for inner in SUBTREE[scope] for category in CATEGORIES[inner])
    process: dict[str, Any] = {
        "@type": "dpv:Process",
        "dpv:hasScope": {"@type": "dpv:Scope", "rdf:value": scope.value},
        "dpv:hasPersonalData": _ids(event.get("data_categories") or held),
    }
    if "purposes" in event:
        process["dpv:hasPurpose"] = _ids(event["purposes"])
    if "processing" in event:
        process["dpv:hasProcessing"] = _ids(event["processing"])
    if "recipients" in event:
        process["dpv:hasRecipient"] = [
            {"@type": "dpv:Recipient", "schema:roleName": role} for role in event["recipients"]
        ]
    if "retention" in event:
        duration = {"@type": "xsd:duration", "@value": event["retention"]}
        process["dpv:hasStorageCondition"] = {"@type": "dpv:StorageDuration", "dpv:hasDuration": duration}
    return process


def _duration(event: Mapping[str, Any]) -> dict[str, Any]:
    if "expires_at" in event:
        return {"@type": "dpv:UntilTimeDuration", "rdf:value": _time(event["expires_at"])}
    return {"@type": "dpv:UntilEventDuration", "rdf:value": "withdrawal"}


def _notice(notice: Mapping[str, str] | None) -> dict[str, Any]:
    if notice is None:
        return {"@type": "dpv:ConsentNotice", "dpv:hasApplicability": {"@id": "dpv:NotAvailable"}}
    return {
        "@type": "dpv:ConsentNotice",
        "dct:identifier": notice["id"],
        "dct:hasVersion": notice["version"],
        "schema:sha256": notice["sha256"],
    }


def _controller(controller: Mapping[str, str]) -> dict[str, str]:
    said = {"@id": controller["id"], "@type": "dpv:DataController", "schema:name": controller["name"]}
    return said | ({"schema:contactPoint": controller["contact"]} if "contact" in controller else {})


def _person(user_id: str) -> str:
    return "urn:lukhas:person:" + quote(user_id, safe="")


def _ids(terms: Any) -> list[dict[str, str]]:
    return [{"@id": term} for term in terms]


def _time(moment: str) -> dict[str, str]:
    return {"@type": "xsd:dateTime", "@value": moment}
