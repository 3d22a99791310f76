"""Cuts a CloudFormation template down to what the stand-in can make."""

import re
from typing import Any

from local.plan import ACCOUNT, REGION

SUPPORTED = frozenset(
    {
        "AWS::DynamoDB::Table",
        "AWS::S3::Bucket",
        "AWS::KMS::Key",
        "AWS::KMS::Alias",
        "AWS::SQS::Queue",
        "AWS::SNS::Topic",
        "AWS::SecretsManager::Secret",
        "AWS::IAM::Role",
        "AWS::IAM::ManagedPolicy",
    }
)
REFERENCE = re.compile(r"\$\{(\w+)(\.[\w.]+)?\}")


def unsupported(template: dict[str, Any]) -> dict[str, str]:
    """Return the logical id and type of every resource that the stand-in does not make."""
    return {name: r["Type"] for name, r in template["Resources"].items() if r["Type"] not in SUPPORTED}


def only_supported(template: dict[str, Any], missing: dict[str, str]) -> dict[str, Any]:
    """Return the template without the ``missing`` resources; references to them become plain names."""
    kept: dict[str, Any] = {}
    for name, resource in template["Resources"].items():
        if name in missing:
            continue
        kept[name] = stand_for({k: v for k, v in resource.items() if k != "DependsOn"}, missing)
        if resource["Type"] == "AWS::IAM::Role":
            # AWS's own policies are not in the stand-in; they allow logs and traces only.
            attached = kept[name]["Properties"].get("ManagedPolicyArns", [])
            kept[name]["Properties"]["ManagedPolicyArns"] = [a for a in attached if not isinstance(a, str)]
    sections: dict[str, Any] = {k: template[k] for k in ("Parameters", "Mappings", "Conditions") if k in template}
    return {"AWSTemplateFormatVersion": "2010-09-09", **sections, "Resources": kept}


def stand_for(value: Any, missing: dict[str, str]) -> Any:
    """Replace every reference to a resource in ``missing`` (logical id to type) by a plain name."""
    if isinstance(value, list):
        return [stand_for(item, missing) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("Ref") in missing:
        return str(value["Ref"])
    attribute = value.get("Fn::GetAtt")
    if attribute and attribute[0] in missing:
        return _attribute(attribute[0], ".".join(attribute[1:]), missing)
    if "Fn::Sub" in value:
        return {"Fn::Sub": _substitute(value["Fn::Sub"], missing)}
    return {key: stand_for(item, missing) for key, item in value.items()}


def _substitute(sub: Any, missing: dict[str, str]) -> Any:
    text, own = (sub, {}) if isinstance(sub, str) else sub

    def name(match: re.Match[str]) -> str:
        logical_id, rest = match.groups()
        if logical_id in own or logical_id not in missing:
            return match.group(0)
        return _attribute(logical_id, rest[1:], missing) if rest else logical_id

    text = REFERENCE.sub(name, text)
    return [text, stand_for(own, missing)] if own else text


def _attribute(logical_id: str, attribute: str, missing: dict[str, str]) -> str:
    service = missing[logical_id].split("::")[1].lower()
    if attribute == "Arn":
        return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{logical_id}"
    return f"{logical_id}.{attribute}"
