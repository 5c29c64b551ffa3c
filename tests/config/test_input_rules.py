from __future__ import annotations

from typing import Any

import pytest

from openai_mock_api.config.load import load_config, load_text
from openai_mock_api.errors import ConfigError


def found(config: dict[str, Any]) -> list[str]:
    try:
        load_config(config)
    except ConfigError as error:
        return [str(problem) for problem in error.problems]
    return []


def embedding(**entry: Any) -> dict[str, Any]:
    return {"embeddings": [entry]}


def moderation(**entry: Any) -> dict[str, Any]:
    return {"moderations": [entry]}


@pytest.mark.parametrize(
    "config",
    [
        embedding(content="a", vector=[1, 0.5]),
        embedding(matcher="any", vector=[0, -1]),
        embedding(content="a", like="b", similarity=-1),
        embedding(content="a", matcher="fuzzy", threshold=0.5, like="", similarity=0),
        embedding(**{"content": "a", "matcher": "contains", "not": True, "vector": [1]}),
        moderation(content="a", categories=["hate", "violence/graphic"]),
        moderation(parts=["image"], categories={"sexual": 1}),
        moderation(matcher="any", categories={"hate/threatening": 0}),
        {"embedding_dimensions": {"mine": 2, "my-*": 8192}, **embedding(content="a", vector=[1])},
    ],
    ids=str,
)
def test_what_is_right(config: dict[str, Any]) -> None:
    assert found(config) == []


WRONG: list[tuple[dict[str, Any], list[str]]] = [
    (embedding(content="a"), ["embeddings[0]: says nothing; give `vector`, or `like` and `similarity`"]),
    (
        embedding(content="a", vector=[1], like="b", similarity=1),
        ["embeddings[0].like: stands instead of `vector`, which is also given; remove one"],
    ),
    (
        embedding(content="a", vector=[0, 0]),
        ["embeddings[0].vector: has no direction; give at least one number that is not 0"],
    ),
    (
        embedding(content="a", vector=[1e308, 1e308, 1e308, 1e308]),
        ["embeddings[0].vector: is too long to be scaled; give smaller numbers"],
    ),
    (
        embedding(content="a", vector=[]),
        ["embeddings[0].vector: has no direction; give at least one number that is not 0"],
    ),
    (embedding(content="a", like="b"), ["embeddings[0].like: needs `similarity`, from -1 to 1"]),
    (
        embedding(content="a", like="b", similarity=1.5),
        ["embeddings[0].similarity: expected a number from -1 to 1, got 1.5"],
    ),
    (
        embedding(content="a", vector=[1], similarity=0.5),
        ["embeddings[0].similarity: is that with `like`, which is not given; add the text"],
    ),
    (
        embedding(vector=[1]),
        ["embeddings[0]: a user message needs `content`; for any text write `matcher: any`"],
    ),
    (
        embedding(content="a", matcher="any", vector=[1]),
        ["embeddings[0].content: `matcher: any` takes no content; remove one of them"],
    ),
    (embedding(content="a", vector="x"), ["embeddings[0].vector: expected a list, got text 'x'; write it as [x]"]),
    (
        embedding(content="a", matcher="fuzzy", threshold=2, vector=[1]),
        ["embeddings[0].threshold: expected a number from 0 to 1, got 2"],
    ),
    (moderation(content="a"), ["moderations[0]: `categories` is missing; expected a mapping or a list"]),
    (moderation(content="a", categories=[]), ["moderations[0].categories: is empty; name a category"]),
    (
        moderation(content="a", categories=["violent"]),
        [
            "moderations[0].categories[0]: 'violent' is not a category of moderation; did you mean 'violence'? "
            "(harassment, harassment/threatening, sexual, hate, hate/threatening, illicit, illicit/violent, "
            "self-harm/intent, self-harm/instructions, self-harm, sexual/minors, violence, violence/graphic)"
        ],
    ),
    (
        moderation(content="a", categories={"hate": 1.5}),
        ["moderations[0].categories.hate: expected a number from 0 to 1, got 1.5"],
    ),
    (
        {"embedding_dimensions": {"": 8, "m": 1, "n": 9000}, **embedding(content="a", vector=[1])},
        [
            'embedding_dimensions[""]: is empty; name a model',
            "embedding_dimensions.m: expected 2 to 8192, got 1",
            "embedding_dimensions.n: expected 2 to 8192, got 9000",
        ],
    ),
]


@pytest.mark.parametrize(("config", "problems"), WRONG, ids=str)
def test_what_is_wrong(config: dict[str, Any], problems: list[str]) -> None:
    assert found(config) == problems


def test_unknown_categories_are_named_in_mappings_too() -> None:
    [problem] = found(moderation(content="a", categories={"hatred": 1}))
    assert problem.startswith(
        "moderations[0].categories.hatred: 'hatred' is not a category of moderation; did you mean"
    )


def test_a_format_of_vectors_is_one_of_two() -> None:
    [problem] = found({"embedding_format": "base64", **embedding(content="a", vector=[1])})
    assert problem == "embedding_format: 'base64' is not a format of vectors; expected one of: asked, float"


def test_a_configuration_of_embeddings_needs_no_responses() -> None:
    assert load_text("api_key: k\nembeddings: [{content: a, vector: [1]}]").config.responses == []
    assert load_text("api_key: k\nmoderations: [{content: a, categories: [hate]}]").config.responses == []
    with pytest.raises(ConfigError, match="at least one response"):
        load_text("api_key: k")
