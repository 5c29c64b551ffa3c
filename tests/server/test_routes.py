from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from openai_mock_api.errors import ApiError
from openai_mock_api.http import Request, Response
from openai_mock_api.server.routes import Route, Routes
from tests.serving import Served, chat, head, post


def handler(_: Request, *texts: str) -> Response:
    return Response(200, body=repr(texts).encode())


ROUTES = Routes(
    [
        Route("GET", "/files", handler),
        Route("POST", "/files", handler),
        Route("GET", "/files/{file}", handler),
        Route("GET", "/files/{file}/content", handler),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "texts"),
    [
        ("GET", "/files", ()),
        ("GET", "/v1/files", ()),
        ("HEAD", "/v1/files/", ()),
        ("POST", "/files///", ()),
        ("GET", "/v1/files/f1", ("f1",)),
        ("HEAD", "/files/f1/", ("f1",)),
        ("GET", "/files/a\nb", ("a\nb",)),
        ("GET", "/files/a/b", ("a/b",)),
        ("GET", "/files/a/content", ("a",)),
    ],
)
def test_routes_that_are_found(method: str, path: str, texts: tuple[str, ...]) -> None:
    assert ROUTES.find(method, path)[1] == texts


@pytest.mark.parametrize("path", ["/", "", "/v1", "/file", "/v2/files", "/v1/v1/files", "/FILES", "//files"])
def test_paths_that_nobody_knows(path: str) -> None:
    with pytest.raises(ApiError) as caught:
        ROUTES.find("GET", path)
    assert (caught.value.status, caught.value.message) == (404, f"Invalid URL (GET {path})")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("DELETE", "/v1/files", "GET, POST, HEAD"), ("HEAD", "/chat", ""), ("POST", "/files/f1", "GET, HEAD")],
)
def test_methods_that_a_path_has_not(method: str, path: str, allowed: str) -> None:
    with pytest.raises(ApiError) as caught:
        ROUTES.find(method, path)
    assert caught.value.status == (405 if allowed else 404)
    assert caught.value.headers.get("allow", "") == allowed


class Family:
    """Routes of two names, and how often they have been made. ``ready`` is waited for, if there is one."""

    def __init__(self, ready: threading.Event | None = None) -> None:
        self.made = 0
        self._ready = ready

    def routes(self) -> list[Route]:
        self.made += 1
        if self._ready is not None:
            assert self._ready.wait(10)
        return [Route("GET", f"/{name}{rest}", handler) for name in ("dogs", "cats") for rest in ("", "/{one}")]


def of_family(family: Family) -> Routes[Route]:
    make = family.routes
    return Routes([Route("GET", "/files", handler)], {"dogs": make, "cats": make})


def test_a_family_is_made_when_one_of_its_paths_is_first_asked_for() -> None:
    family = Family()
    routes = of_family(family)
    routes.find("GET", "/v1/files")
    with pytest.raises(ApiError, match="Invalid URL"):
        routes.find("GET", "/v1/dogsled")
    assert family.made == 0
    found = [routes.find("GET", path) for path in ("/v1/cats/Tom/", "/cats", "/v1/dogs", "/dogs/Rex")]
    assert [(route.path, texts) for route, texts in found] == [
        ("/cats/{one}", ("Tom",)),
        ("/cats", ()),
        ("/dogs", ()),
        ("/dogs/{one}", ("Rex",)),
    ]
    assert family.made == 1


def test_paths_and_methods_that_a_family_has_not() -> None:
    routes = of_family(Family())
    for method, path, status in (
        ("POST", "/v1/dogs", 405),
        ("GET", "/v1/cats-and-dogs", 404),
        ("GET", "/v2/cats", 404),
    ):
        with pytest.raises(ApiError) as caught:
            routes.find(method, path)
        assert caught.value.status == status


def test_threads_that_ask_at_once_get_the_same_family() -> None:
    ready = threading.Event()
    family = Family(ready)
    routes = of_family(family)
    with ThreadPoolExecutor(4) as pool:
        found = [pool.submit(routes.find, "GET", path) for path in ("/dogs", "/cats/Tom", "/dogs/Rex", "/cats")]
        ready.set()
    assert [future.result()[0].path for future in found] == ["/dogs", "/cats/{one}", "/dogs/{one}", "/cats"]
    assert family.made == 1


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/chat/completions", "/v1/chat/completions/"])
def test_paths_of_chat(fast: Served, path: str) -> None:
    with fast.wire() as wire:
        assert wire.ask(post(chat("Hello"), target=path)).status == 200


def test_a_wrong_method_and_an_unknown_path_can_be_told_apart(fast: Served) -> None:
    with fast.wire() as wire:
        wrong, unknown = wire.ask(head("DELETE", "/v1/chat/completions")), wire.ask(head("GET", "/v1/chat"))
    assert (wrong.status, wrong.headers["allow"]) == (405, "POST, GET, HEAD")
    assert wrong.error["message"].startswith("Not allowed to DELETE on /v1/chat/completions.")
    assert (unknown.status, unknown.error["message"]) == (404, "Invalid URL (GET /v1/chat)")
