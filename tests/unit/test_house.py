"""The code, held to the rules of the house."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_handlers_hold_no_rule_and_no_aws_call() -> None:
    for file in (ROOT / "functions").glob("*/*.py"):
        tree = ast.parse(file.read_text())
        imported = {
            name
            for node in ast.walk(tree)
            for name in (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else []
            )
        }
        assert not any(name.startswith(("boto3", "botocore")) for name in imported), file
        assert len(file.read_text().splitlines()) <= 60, file


def test_only_the_aws_package_imports_boto3_and_domains_know_no_http() -> None:
    library = ROOT / "layers" / "lukhas_common" / "lukhas_common"
    for file in library.rglob("*.py"):
        source = file.read_text()
        inside = file.relative_to(library).parts
        if inside[0] != "aws":
            assert "import boto3" not in source, file
            assert "from botocore" not in source, file
        if len(inside) > 1 and inside[0] != "aws":
            assert "aws_lambda_powertools" not in source, file
            assert "lukhas_common.http" not in source, file
            assert "lukhas_common.aws" not in source, file


def test_the_layer_ships_the_description_of_every_service_that_is_called() -> None:
    """Everything runs here with all of botocore; what is deployed has only what the layer's Makefile keeps."""
    layer = ROOT / "layers" / "lukhas_common"
    called = {
        service
        for file in (layer / "lukhas_common" / "aws").glob("*.py")
        for service in re.findall(r"\bclient\(\"([a-z0-9-]+)\"[),]", file.read_text())
    }
    kept = re.search(r"^SERVICES = (.*)$", (layer / "Makefile").read_text(), re.MULTILINE)
    assert kept is not None
    assert {"bedrock-runtime", "dynamodb", "kms"} <= called <= set(kept[1].split())
