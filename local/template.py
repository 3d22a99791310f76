"""What template.yaml says, as the plain data that the one-machine stack is built from."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

from local.harmless import only_supported, stand_for, unsupported
from local.plan import REGION, Authorizer, Function, Plan, Route, Schedule
from local.queues import queues
from local.rules import rules

# SAM insists on an S3 address for code; the folders stay with us and never enter the translation.
CODE_ADDRESS = "s3://local/code"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "x-amazon-apigateway-any-method")


class BadTemplate(ValueError):
    """A template that cannot be read or translated."""


class _NoManagedPolicies:
    def load(self) -> dict[str, str]:
        """Answer the empty map, so that the translation asks AWS nothing."""
        return {}


def parse(path: Path) -> dict[str, Any]:
    """Read the YAML of a template, short intrinsics written out.

    Raises:
        OSError: The file cannot be read.
        BadTemplate: It is not YAML.
    """
    try:
        source: dict[str, Any] = yaml_parse(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise BadTemplate(f"{path}: {error}") from error
    return source


def read(path: Path, stage: str = "local") -> Plan:
    """Read a SAM template into a Plan, offline.

    Raises:
        OSError: The file cannot be read.
        BadTemplate: It is not YAML, or SAM refuses it.
    """
    source = parse(path)
    root = path.resolve().parent
    folders = _take_folders(source, root)
    schedules, waiting = tuple(_schedules(source)), tuple(rules(source))
    taken = tuple(queues(source))
    values = {f"schedule/{s.name}/{field}": value for s, fields in schedules for field, value in fields.items()}
    values |= {f"queue/{q.name}/{field}": value for q, fields in taken for field, value in fields.items()}
    parameters = {"Stage": stage} if "Stage" in source.get("Parameters", {}) else {}
    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)
    try:
        translated = transform(source, dict(parameters), _NoManagedPolicies())
    except InvalidDocumentException as error:
        raise BadTemplate(f"{path}: {error.message}") from error
    lambdas = {
        name: resource["Properties"]
        for name, resource in translated["Resources"].items()
        if resource["Type"] == "AWS::Lambda::Function"
    }
    for name, properties in lambdas.items():
        for key, value in properties.get("Environment", {}).get("Variables", {}).items():
            values[f"environment/{name}/{key}"] = value
    missing = unsupported(translated)
    routes, authorizers = _api(translated["Resources"])
    functions = {name: _function(name, properties, folders[name]) for name, properties in lambdas.items()}
    return Plan(
        functions=functions,
        routes=routes,
        authorizers=authorizers,
        schedules=tuple(schedule for schedule, _ in schedules),
        rules=waiting,
        queues=tuple(queue for queue, _ in taken),
        template=only_supported(translated, missing),
        parameters=parameters,
        values=stand_for(values, missing),
    )


def _take_folders(source: dict[str, Any], root: Path) -> dict[str, tuple[Path, tuple[Path, ...]]]:
    """Take the local folders of code and layers out of the template: function to (code, layers)."""
    shared = source.get("Globals", {}).get("Function", {})
    layers: dict[str, Path] = {}
    functions: dict[str, dict[str, Any]] = {}
    for name, resource in source["Resources"].items():
        properties = resource.setdefault("Properties", {})
        if resource["Type"] == "AWS::Serverless::LayerVersion":
            layers[name] = root / properties["ContentUri"]
            properties["ContentUri"] = CODE_ADDRESS
        elif resource["Type"] == "AWS::Serverless::Function":
            functions[name] = properties
    folders = {}
    for name, properties in functions.items():
        code = root / properties.get("CodeUri", shared.get("CodeUri", "."))
        attached = [*shared.get("Layers", []), *properties.get("Layers", [])]
        here = [layers[layer["Ref"]] for layer in attached if isinstance(layer, dict) and layer.get("Ref") in layers]
        folders[name] = (code.resolve(), tuple(folder.resolve() for folder in here))
        properties["CodeUri"] = CODE_ADDRESS
    return folders


def _function(name: str, properties: dict[str, Any], folders: tuple[Path, tuple[Path, ...]]) -> Function:
    role = properties["Role"]
    return Function(
        name=name,
        handler=properties["Handler"],
        code=folders[0],
        layers=folders[1],
        timeout=int(properties.get("Timeout", 3)),
        memory=int(properties.get("MemorySize", 128)),
        runtime=properties["Runtime"],
        role=role["Fn::GetAtt"][0] if isinstance(role, dict) else str(role),
        log_format=str(properties.get("LoggingConfig", {}).get("LogFormat", "Text")),
    )


def _api(resources: dict[str, Any]) -> tuple[tuple[Route, ...], dict[str, Authorizer]]:
    """Read routes and authorizers from the OpenAPI body that SAM hands to API Gateway."""
    routes: list[Route] = []
    authorizers: dict[str, Authorizer] = {}
    for resource in resources.values():
        if resource["Type"] != "AWS::ApiGatewayV2::Api":
            continue
        body = resource["Properties"]["Body"]
        for name, scheme in body.get("components", {}).get("securitySchemes", {}).items():
            details = scheme["x-amazon-apigateway-authorizer"]
            sources = [str(source) for source in details.get("identitySource", [])]
            headers = tuple(s.removeprefix("$request.header.").lower() for s in sources)
            authorizers[name] = Authorizer(_named_function(details["authorizerUri"]), headers)
        for path, item in body["paths"].items():
            for method in (m for m in METHODS if m in item):
                operation = item[method]
                names = [name for entry in operation.get("security", []) for name in entry if name != "NONE"]
                verb = "ANY" if method == METHODS[-1] else method.upper()
                function = _named_function(operation["x-amazon-apigateway-integration"]["uri"])
                place = "$default" if path == "/$default" else path
                routes.append(Route(verb, place, function, names[0] if names else None))
    return tuple(routes), authorizers


def _named_function(uri: dict[str, Any]) -> str:
    """Name the function inside an invocation address, which SAM writes in two forms."""
    sub = uri["Fn::Sub"]
    if isinstance(sub, str):
        return str(re.findall(r"functions/\$\{(\w+)\.\w+\}", sub)[0])
    target = sub[1]["__FunctionArn__"]
    return str(target["Fn::GetAtt"][0])


def _schedules(source: dict[str, Any]) -> Iterator[tuple[Schedule, dict[str, Any]]]:
    """Yield each schedule with the values (expression, input, state) that the stand-in resolves."""
    for function, resource in source["Resources"].items():
        for event, details in resource.get("Properties", {}).get("Events", {}).items():
            if details["Type"] not in ("Schedule", "ScheduleV2"):
                continue
            properties = details.get("Properties", {})
            fields = {
                "expression": properties.get("Schedule", properties.get("ScheduleExpression")),
                "timezone": properties.get("ScheduleExpressionTimezone", "UTC"),
                "input": properties.get("Input", ""),
                "state": properties.get("State", "ENABLED" if properties.get("Enabled", True) else "DISABLED"),
            }
            yield Schedule(f"{function}{event}", function, details["Type"]), fields
