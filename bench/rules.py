"""Scripts of any size, and texts that meet them or nearly do."""

from __future__ import annotations

import random
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

KEY: Final = "test-key"
MODEL: Final = "gpt-4o"

#: Different texts that are asked in turn: more than the server remembers the fuzzy matches of.
TEXTS: Final = 2000

#: Stands for a number that is another one in every request.
COUNTER: Final = "@@@@@@@@"

ANSWER: Final = "It is sunny in Paris today, with a light wind from the west and a high of 21 degrees."

Words = tuple[str, ...]


class Kind(NamedTuple):
    """A way of matching: what a rule of given words expects, and a text that meets it with other words around."""

    name: str
    matcher: str
    expected: Callable[[Words], str]
    asked: Callable[[Words, Words, int], str]


def _blanks(number: int) -> str:
    """White space that is different for every number: what an exact matcher trims."""
    return f"{number:b}".translate({ord("0"): " ", ord("1"): "\n"})


def _in_classes(word: str) -> str:
    """A pattern for a word that shows no literal."""
    return "".join(f"[{c}{c.upper()}]" for c in word)


EXACT: Final = Kind(
    "exact",
    "exact",
    lambda w: f"How do I {w[0]} the {w[1]} of my account?",
    lambda w, _, number: f"How do I {w[0]} the {w[1]} of my account?{_blanks(number)}",
)
CONTAINS: Final = Kind(
    "contains",
    "contains",
    lambda w: f"{w[0]} {w[1]}",
    lambda w, free, _: f"Please tell me how the {w[0]} {w[1]} works with {free[0]} and {free[1]}.",
)
REGEX: Final = Kind(
    "regex with literal",
    "regex",
    lambda w: rf"how (?:do|can) I {w[0]} {w[1]}\b.*account",
    lambda w, free, _: f"So how can I {w[0]} {w[1]} {free[0]} and {free[1]} in my account?",
)
BARE_REGEX: Final = Kind(
    "regex without literal",
    "regex",
    lambda w: rf"^{_in_classes(w[0])}\W+{_in_classes(w[1])}",
    lambda w, free, _: f"{w[0]} {w[1]} with {free[0]} and {free[1]}, how does that work?",
)
FUZZY: Final = Kind(
    "fuzzy",
    "fuzzy",
    " ".join,
    lambda w, free, number: " ".join((*w[: number % 8], free[0], *w[number % 8 + 1 :])),
)

KINDS: Final = {kind.name: kind for kind in (EXACT, CONTAINS, REGEX, BARE_REGEX, FUZZY)}

#: One rule in five is fuzzy.
MIXED: Final = (EXACT, CONTAINS, REGEX, EXACT, FUZZY)


@cache
def _vocabulary() -> list[str]:
    syllables = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
    source = random.Random(1)
    words: set[str] = set()
    while len(words) < 2000:
        words.add("".join(source.choices(syllables, k=3)))
    return source.sample(sorted(words), len(words))


def _keys(count: int, words: Sequence[str], seed: int) -> list[Words]:
    """Draw the words of each rule; no two rules begin with the same two."""
    source = random.Random(seed)
    pairs = source.sample(range(len(words) ** 2), count)
    return [(words[pair // len(words)], words[pair % len(words)], *source.choices(words, k=6)) for pair in pairs]


class Rules:
    """So many rules of some kinds in turn, all of which answer the same."""

    def __init__(self, kinds: Sequence[Kind], count: int, answer: dict[str, Any] | None = None) -> None:
        words = _vocabulary()
        self.kinds = kinds
        self._known = _keys(count, words[:1000], seed=2)
        self._unknown = _keys(TEXTS, words[1000:], seed=3)
        self._answer = answer or {"content": ANSWER}

    def _kind(self, place: int) -> Kind:
        return self.kinds[place % len(self.kinds)]

    @property
    def config(self) -> dict[str, Any]:
        """The configuration, in the form that the npm package reads too."""
        responses = [
            {
                "id": f"rule-{place}",
                "messages": [
                    {"role": "user", "content": self._kind(place).expected(key), "matcher": self._kind(place).matcher},
                    {"role": "assistant", **self._answer},
                ],
            }
            for place, key in enumerate(self._known)
        ]
        return {"apiKey": KEY, "responses": responses}

    @property
    def fixtures(self) -> dict[str, Any]:
        """The same rules for aimock, which looks for texts in the message."""
        expected = [self._kind(place).expected(key) for place, key in enumerate(self._known)]
        return {"fixtures": [{"match": {"userMessage": text}, "response": self._answer} for text in expected]}

    def hits(self, only: Kind | None = None) -> list[str]:
        """Texts that some rule (of one kind only) fits, all different, each rule in its turn."""
        places = [place for place in range(len(self._known)) if only in (None, self._kind(place))]
        random.Random(4).shuffle(places)
        chosen = [places[number % len(places)] for number in range(TEXTS)]
        return [
            self._kind(place).asked(self._known[place], self._unknown[number], number)
            for number, place in enumerate(chosen)
        ]

    def misses(self) -> list[str]:
        """Texts of the same build as the hits, with words that no rule has."""
        keys = self._unknown
        return [self._kind(n).asked(key, keys[-n - 1], n) for n, key in enumerate(keys)]


def body(text: str, **parameters: Any) -> bytes:
    """Write a request of Chat Completions that asks one thing."""
    return msgspec.json.encode({"model": MODEL, "messages": [{"role": "user", "content": text}], **parameters})
