from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.plan import Route
from local.routing import Routes

PATHS = ("/a", "/a/b", "/a/{x}", "/{y}/b", "/a/{x}/c", "/g/{rest+}", "/.well-known/jwks.json", "/")
ROUTES = Routes([Route("GET", path, path, None) for path in PATHS])
ALL = Routes([Route("GET", "/a", "exact", None), Route("ANY", "/a", "any", None), Route("ANY", "$default", "d", None)])
segment = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1).map(lambda s: quote(s, safe=""))


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/a", "/a"),
        ("/a/b", "/a/b"),
        ("/a/z", "/a/{x}"),
        ("/z/b", "/{y}/b"),
        ("/a/z/c", "/a/{x}/c"),
        ("/g/1", "/g/{rest+}"),
        ("/g/1/2/3", "/g/{rest+}"),
        ("/", "/"),
    ],
)
def test_the_most_specific_route_wins(path: str, route: str) -> None:
    match = ROUTES.match("GET", path)
    assert match
    assert match[0].path == route


def test_a_literal_segment_wins_over_a_shorter_parameter() -> None:
    routes = Routes([Route("GET", path, path, None) for path in ("/{x}", "/a-long-name", "/{rest+}")])
    assert [match[0].path for match in (routes.match("GET", "/a-long-name"), routes.match("GET", "/b")) if match] == [
        "/a-long-name",
        "/{x}",
    ]


@pytest.mark.parametrize(
    "path",
    ["//a", "/a/", "/a//", "/./a", "/x/../a", "/%61", "/a%2Fb", "/%2e%2e/a", "/A", "/a/b/", "/g", "/g/", "a", "", "*",
     "http://127.0.0.1/a", "/a/z/c/", "/.well-known//jwks.json", "/.well-known/jwks.json/", "/a;x=1", "/a\\b"],
)  # fmt: skip
def test_tricks_with_paths_reach_no_literal_route(path: str) -> None:
    assert ROUTES.match("GET", path) is None


@pytest.mark.parametrize("method", ["POST", "HEAD", "OPTIONS", "get", "BREW"])
def test_another_method_reaches_no_route(method: str) -> None:
    assert ROUTES.match(method, "/a") is None


def test_a_method_wins_over_any_and_default_comes_last() -> None:
    found = [ALL.match(*request) for request in (("GET", "/a"), ("POST", "/a"), ("GET", "/else//where"))]
    assert [match[0].function for match in found if match] == ["exact", "any", "d"]


@given(segment)
def test_a_parameter_is_one_decoded_segment(value: str) -> None:
    match = Routes([Route("GET", "/a/{x}/c", "f", None)]).match("GET", f"/a/{value}/c")
    assert match
    assert quote(match[1]["x"], safe="") == value


@given(st.text("ab/.%2eF{}+", max_size=12))
def test_without_parameters_only_the_very_path_matches(path: str) -> None:
    match = Routes([Route("GET", "/a/b", "f", None), Route("GET", "/a", "f", None)]).match("GET", path)
    assert (match is not None) == (path in ("/a/b", "/a"))


@given(st.permutations(PATHS), st.text("abcxg/", max_size=8).map(lambda p: "/" + p))
def test_the_order_of_routes_in_the_template_counts_for_nothing(paths: list[str], path: str) -> None:
    shuffled = Routes([Route("GET", p, p, None) for p in paths])
    assert shuffled.match("GET", path) == ROUTES.match("GET", path)
