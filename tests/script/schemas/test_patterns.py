from __future__ import annotations

from itertools import islice

import jsonschema_rs
import pytest

from openai_mock_api.script.schemas.patterns import LONGEST, texts


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("", ""),
        ("abc", "abc"),
        ("^[a-z]{3}-\\d{4}$", "aaa-0000"),
        ("^(red|green)$", "red"),
        ("^#([A-Fa-f0-9]{6}|[A-Fa-f0-9]{3})$", "#aaaaaa"),
        ("^a*b+c?$", "abc"),
        ("^(?:ab){2,}$", "abab"),
        ("^[^\\s@]+@[^\\s@]+\\.[a-z]{2,}$", "a@a.aa"),
        ("(?<year>\\d{4})/\\k<year>", "0000/0000"),
        ("(a)\\1", "aa"),
        ("^\\p{Lu}\\p{L}+\\p{Sc}$", "Aaa"),
        ("^\\S\\D\\W$", "aa-"),
        ("^\\s$", " "),
        ("^[^a]$", "b"),
        ("^.$", "a"),
        ("[一-龥]", "一"),
        ("[é]", "é"),
        ("[ж]", "ж"),
        ("[^\\x00-\\x7f]", "é"),
        ("^[[a]$", "a"),
        ("^[a&&b]$", "a"),
        ("^[\\w.-]+$", "a"),
        ("^[]a]$", "a"),
        ("^(?>ab)$", "ab"),
        ("^a*?b*+$", "ab"),
        ("^(?<=x)a$", "a"),
        ("^a(?!b)$", "a"),
        ("^[^\\W\\da-z]$", "A"),
        ("[Ѐ-ӿ]", "Ѐ"),
        ("[^\\s\\S]", "a"),
        ("^(?:a(?=b))?c$", "ac"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_the_first_text(pattern: str, text: str) -> None:
    assert next(texts(pattern)) == text


@pytest.mark.parametrize(
    ("pattern", "least"),
    [
        ("^(?=.*[A-Z])(?=.*\\d).{8,}$", 0),
        ("^(?=.*[A-Z])(?=.*\\d).{8,12}$", 0),
        ("^(?=.*[A-Z])(?=.*\\d).{8}$", 0),
        ("^[a-z]+-[a-z]+$", 20),
        ("abc", 10),
        ("^(?=.*\\d)[a-z\\d]{0,3}end$", 0),
        ("^https?://", 30),
        ("^([01]\\d|2[0-3]):[0-5]\\d$", 0),
        ("^(?!admin)[a-z]+$", 0),
        ("^\\+?[1-9]\\d{1,14}$", 0),
        ("^[A-Z]{2}\\d{2}[A-Z0-9]{1,30}$", 34),
        ("^(\\d{1,3}\\.){3}\\d{1,3}$", 0),
        ("^(a|b)*$", 5),
        ("^\\d*$", 0),
        ("^(ab){0,2}$", 4),
    ],
)
def test_one_of_the_first_texts_fits(pattern: str, least: int) -> None:
    fits = jsonschema_rs.Draft202012Validator({"pattern": pattern, "minLength": least}).is_valid
    assert any(map(fits, islice(texts(pattern, least), 10)))


def test_texts_differ() -> None:
    assert len(set(islice(texts("^[a-z]{2}$"), 200))) >= 26
    assert len(set(islice(texts("^x_"), 50))) >= 10


@pytest.mark.parametrize(
    "pattern", ["(", "[", "a{99999999999}", "\\p{Script=Han}", "(a{1000}){1000}", "a{10001}", "a{9999}b{9}"]
)
def test_what_cannot_be_written_has_no_texts(pattern: str) -> None:
    assert list(texts(pattern)) == []


def test_texts_are_bounded() -> None:
    assert list(texts("(" * 400 + "a{9999}b{9999}" + ")" * 400)) == []
    assert max(map(len, texts("a+", LONGEST))) == LONGEST + 1
    assert list(texts("(" * 5000 + ")" * 5000)) == []
    assert list(texts("(" * 320 + ")" * 320)) in ([], [""])
