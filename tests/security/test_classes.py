"""Every class of attack on tokens is tested, and every test says which one it is about."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.security.forge import Target

ALL = range(1, 27)
"""The classes: 1 alg none, 2 and 3 confusion of algorithms, 4 algorithm and kid, 5 kid, 6 keys in headers, 7 crit,
8 and 9 signatures, 10 duplicate members, 11 types, 12 times, 13 issuer and audience, 14 kinds of token, 15 nesting,
16 format, 17 size, 18 truncation and splices, 19 weak secrets, 20 revocation, 21 scopes, 22 refresh, 23 headers of the
request, 24 rate limits, 25 DPoP, 26 logs."""


def named() -> Iterator[tuple[str, set[int]]]:
    """Every test in this folder, with the classes that its name or docstring gives; those of DPoP apart."""
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                said = f"{node.name.replace('_', ' ')} {ast.get_docstring(node) or ''}"
                said_so = re.findall(r"class ((?:\d+(?: and |, )?)+)", said.lower())
                yield (
                    f"{file.name}::{node.name}",
                    {int(number) for each in said_so for number in re.findall(r"\d+", each)},
                )


def test_every_class_has_a_test() -> None:
    """Class by class, 1 to 26."""
    found = set().union(*(classes for _, classes in named()))
    assert found == set(ALL)


def test_every_test_names_its_class() -> None:
    """Those of this file and of DPoP proofs apart, which are class 25 altogether."""
    apart = ("test_classes.py", "test_dpop")
    assert [name for name, classes in named() if not classes and not name.startswith(apart)] == []


def test_the_forger_makes_good_tokens(signed: Target) -> None:
    """Whatever a test changes is all that is wrong with the token."""
    assert signed.world.ask(signed.forged()).allowed
    assert signed.world.introspection.facts(signed.forged()) is not None
    stranger = Target(signed.kind)
    assert not stranger.world.ask(signed.forged()).allowed
