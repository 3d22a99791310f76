from pathlib import Path

import pytest

from local.harmless import SUPPORTED
from local.plan import Authorizer, Plan
from local.template import BadTemplate, read
from tests.stack import FIXTURE, ROOT


def test_routes_are_those_that_api_gateway_gets(plan: Plan) -> None:
    routes = {(route.key, route.function, route.authorizer) for route in plan.routes}
    assert routes == {
        ("GET /private/{id}", "EchoFunction", "Door"),
        ("ANY /public/{proxy+}", "EchoFunction", None),
        ("POST /table", "TableFunction", None),
    }


def test_the_authorizer_names_its_function_and_its_identity_source(plan: Plan) -> None:
    assert plan.authorizers == {"Door": Authorizer("DoorFunction", ("authorization",))}


def test_functions_keep_their_local_folders_and_merge_globals(plan: Plan) -> None:
    door = plan.functions["DoorFunction"]
    assert (door.handler, door.timeout, door.memory) == ("door.handler", 1, 256)
    assert door.code == FIXTURE / "code"
    assert door.layers == (FIXTURE / "layer",)
    assert door.role == "DoorFunctionRole"
    assert plan.functions["EchoFunction"].timeout == 3


def test_both_kinds_of_schedule_are_found(plan: Plan) -> None:
    assert {(s.name, s.function, s.kind) for s in plan.schedules} == {
        ("SweepFunctionHourly", "SweepFunction", "Schedule"),
        ("NightFunctionNight", "NightFunction", "ScheduleV2"),
    }


def test_only_supported_resources_stay_and_nothing_refers_to_the_others(plan: Plan) -> None:
    resources = plan.template["Resources"]
    assert {resource["Type"] for resource in resources.values()} <= SUPPORTED
    known = {*resources, *plan.template["Parameters"]}

    def references(value: object) -> set[str]:
        if isinstance(value, dict):
            own = {value["Ref"]} if "Ref" in value else {value["Fn::GetAtt"][0]} if "Fn::GetAtt" in value else set()
            return own.union(*map(references, value.values()))
        return set().union(*map(references, value)) if isinstance(value, list) else set()

    assert {name for name in references([resources, plan.values]) if not name.startswith("AWS::")} <= known


def test_aws_managed_policies_are_left_out_and_the_boundary_stays(plan: Plan) -> None:
    role = plan.template["Resources"]["EchoFunctionRole"]["Properties"]
    assert role["ManagedPolicyArns"] == []
    assert role["PermissionsBoundary"] == {"Ref": "Boundary"}


def test_the_products_own_template_is_read() -> None:
    plan = read(ROOT / "template.yaml")
    assert plan.parameters == {"Stage": "local"}
    assert all(function.layers for function in plan.functions.values())


@pytest.mark.parametrize("text", ["Resources: {", "Resources: {F: {Type: AWS::Serverless::Function}}"])
def test_a_template_that_cannot_be_used_says_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(f"Transform: AWS::Serverless-2016-10-31\n{text}\n")
    with pytest.raises(BadTemplate):
        read(path)
