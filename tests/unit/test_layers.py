"""What functions import is in the layers that they have: a laptop has everything, Lambda does not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict

import pytest

from local.template import parse
from tests.stack import ROOT

HOLDS = {"PolicyLayer": ("cedarpy",), "MemoryLayer": ("numpy", "Stemmer", "backports.zstd", "lukhas_memory_model")}
"""What other layers hold than the one that all functions have."""

IMPORT = """
import importlib, sys
without, modules = sys.argv[1].split(), sys.argv[2:]
sys.modules.update(dict.fromkeys(without))
for module in modules:
    importlib.import_module(module)
"""


def by_layers() -> list[tuple[list[str], list[str]]]:
    """The modules of functions that lack the same layers, and what these hold."""
    template = parse(ROOT / "template.yaml")["Resources"]
    found = defaultdict(list)
    for resource in template.values():
        if resource["Type"] == "AWS::Serverless::Function":
            properties = resource["Properties"]
            layers = {layer["Ref"] for layer in properties.get("Layers", [])}
            found[frozenset(HOLDS) - layers].append(properties["Handler"].rpartition(".")[0])
    return [(sorted(name for layer in lacking for name in HOLDS[layer]), sorted(of)) for lacking, of in found.items()]


@pytest.mark.parametrize(("without", "modules"), by_layers(), ids=lambda names: f"{len(names)}")
def test_functions_import_what_their_layers_hold(without: list[str], modules: list[str]) -> None:
    where = {"PYTHONPATH": os.pathsep.join(map(str, (ROOT / "functions", ROOT / "layers" / "lukhas_common")))}
    given = {"AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1", "STAGE": "dev", **where}
    command = [sys.executable, "-c", IMPORT, " ".join(without), *modules]
    ran = subprocess.run(command, check=False, env=given, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr[-2000:]
