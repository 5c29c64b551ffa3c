from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from os import PathLike
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, TypedDict, Unpack

import pytest

from openai_mock_api.config.arguments import Written, checked, complaints
from openai_mock_api.errors import ConfigError


class Keys(TypedDict, total=False):
    delay: float
    model: str


class Thing(Written, kw_only=True):
    name: str = ""
    size: int = 0


def assistant() -> None: ...


KINDS: dict[str, Any] = {
    "text": str,
    "count": int | None,
    "factor": float,
    "flag": bool,
    "then": Literal["repeat", "loop"] | None,
    "kinds": list[Literal["image", "audio"]],
    "several": str | list[str],
    "names": Iterable[str],
    "pairs": Mapping[str, int],
    "nested": Sequence[Mapping[str, int | str]],
    "thing": Thing | Mapping[str, Any],
    "function": Callable[[str], Any],
    "path": str | PathLike[str],
    "wait": float | str | timedelta,
    "at": datetime | float | None,
    "anything": Any,
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", ""),
        ("count", 0),
        ("count", None),
        ("factor", 1),
        ("factor", 0.5),
        ("flag", False),
        ("then", "loop"),
        ("kinds", ["image", "audio"]),
        ("kinds", []),
        ("several", "one"),
        ("several", ["one"]),
        ("names", ("a", "b")),
        ("names", {"a": 1}.keys()),
        ("pairs", {"a": 1}),
        ("nested", [{"a": 1, "b": "c"}]),
        ("thing", Thing()),
        ("thing", {"size": 1}),
        ("function", assistant),
        ("path", Path()),
        ("wait", timedelta(1)),
        ("at", datetime(2025, 1, 31)),
        ("anything", object()),
        ("anything", None),
    ],
)
def test_what_fits(name: str, value: Any) -> None:
    assert list(complaints(KINDS, {name: value})) == []


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("text", 3, "text: expected text, got the number 3"),
        ("text", None, "text: expected text, got None"),
        ("text", b"x", "text: expected text, got a bytes"),
        ("count", "3", "count: expected an integer, got text '3'"),
        ("count", 1.0, "count: expected an integer, got the number 1.0"),
        ("count", True, "count: expected an integer, got True"),
        ("factor", "x", "factor: expected a number, got text 'x'"),
        ("factor", False, "factor: expected a number, got False"),
        ("flag", 1, "flag: expected a boolean, got the number 1"),
        ("then", 3, "then: expected one of repeat, loop, got the number 3"),
        ("several", 3, "several: expected text or a list, got the number 3"),
        ("several", ["a", 3], "several[1]: expected text, got the number 3"),
        ("names", "abc", "names: expected a list, got text 'abc'"),
        ("names", [None], "names[0]: expected text, got None"),
        ("pairs", ["a"], "pairs: expected a mapping, got a list"),
        ("pairs", {"a": 1, "b c": "x"}, "pairs[\"b c\"]: expected an integer, got text 'x'"),
        ("nested", [{"a": []}], "nested[0].a: expected an integer or text, got a list"),
        ("thing", assistant, "thing: expected a Thing or a mapping, got a function"),
        ("function", "x", "function: expected a function, got text 'x'"),
        ("path", 3, "path: expected text or a path, got the number 3"),
        ("wait", [], "wait: expected a number, text or a timedelta, got a list"),
        ("at", {}, "at: expected a datetime or a number, got a mapping"),
        ("cuont", 3, "cuont: unknown argument; did you mean 'count'?"),
    ],
)
def test_what_does_not_fit(name: str, value: Any, message: str) -> None:
    complaint, *more = complaints(KINDS, {name: value})
    assert (str(complaint.error("f()")), more) == (f"f(): {message}", [])
    assert type(complaint.error("f()")) is TypeError


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("then", "lop", "then: 'lop' is not a way to go on after a sequence; did you mean 'loop'? (repeat, loop)"),
        ("kinds", ["image", "x"], "kinds[1]: 'x' is not a kinds; expected one of: image, audio"),
    ],
)
def test_a_choice_that_there_is_not_is_an_error_of_configuration(name: str, value: Any, message: str) -> None:
    (complaint,) = complaints(KINDS, {name: value})
    assert str(complaint.error("f()")) == f"f(): {message}"
    assert type(complaint.error("f()")) is ConfigError


def test_without_a_near_name_all_are_listed() -> None:
    (complaint,) = complaints({"count": int, "text": str}, {"zzz": 3})
    assert complaint.message == "zzz: unknown argument; there are count, text"


def test_what_a_method_belongs_to_is_no_argument_to_give() -> None:
    class Mock:
        @checked
        def delay(self, seconds: float) -> None: ...

    with pytest.raises(TypeError, match=r"zzz: unknown argument; there are seconds$"):
        Mock().delay(zzz=3)  # type: ignore[call-arg]


# -- functions


@checked
def speak(text: str, /, *more: int, times: int = 1, **keys: Unpack[Keys]) -> tuple[Any, ...]:
    """Say a text."""
    return text, more, times, keys


@checked
def call(name: str, **arguments: Any) -> Any:
    return name, arguments


@checked
async def later(text: str) -> str:
    return text


class Room:
    @checked
    def __init__(self, size: int = 0) -> None:
        self.size = size

    @checked
    def grow(self, by: int) -> Room:
        return Room(self.size + by)


def test_a_function_works_as_without() -> None:
    assert speak("a", 1, 2, times=3, delay=0.5) == ("a", (1, 2), 3, {"delay": 0.5})
    assert call("f", name_of_tool="x", city=object)[0] == "f"
    assert Room(1).grow(by=2).size == 3
    assert asyncio.run(later("a")) == "a"
    assert (speak.__name__, speak.__doc__) == ("speak", "Say a text.")
    assert list(inspect.signature(speak).parameters) == ["text", "more", "times", "keys"]


#: The same, without types: as users without a type checker write.
untyped: Any = SimpleNamespace(speak=speak, call=call, later=later, Room=Room)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda: untyped.speak(3), "speak(): text: expected text, got the number 3"),
        (lambda: untyped.speak("a", 1, "x"), "speak(): more[1]: expected an integer, got text 'x'"),
        (lambda: untyped.speak("a", delya=1), "speak(): delya: unknown argument; did you mean 'delay'?"),
        (lambda: untyped.speak("a", delay="x"), "speak(): delay: expected a number, got text 'x'"),
        (lambda: untyped.speak(), r"speak() missing 1 required positional argument: 'text'"),
        (lambda: untyped.call(name=3, city="Paris"), "call(): name: expected text, got the number 3"),
        (lambda: untyped.Room("x"), "Room(): size: expected an integer, got text 'x'"),
        (lambda: untyped.Room().grow(None), "grow(): by: expected an integer, got None"),
        (lambda: untyped.later(3), "later(): text: expected text, got the number 3"),
    ],
)
def test_a_function_refuses_what_it_does_not_take(function: Callable[[], Any], message: str) -> None:
    with pytest.raises(TypeError) as error:
        function()
    assert str(error.value) == message


# -- Structs


def test_a_struct_names_the_key_that_was_meant() -> None:
    wrong: Any = {"nmae": "x"}
    with pytest.raises(TypeError, match=r"^Thing\(\): nmae: unknown argument; did you mean 'name'\?$"):
        Thing(**wrong)


def test_a_struct_says_what_else_is_wrong_as_ever() -> None:
    wrong: Any = Thing
    with pytest.raises(TypeError, match="Extra positional arguments provided"):
        wrong("x")
