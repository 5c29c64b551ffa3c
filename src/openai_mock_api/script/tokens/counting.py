"""Exact token counts, offline.

``o200k`` counts for current models, ``cl100k`` for gpt-4 and gpt-3.5. The tables take some 100 ms to build, once
a process, so ``load`` is called in the background when a server has opened its port.
"""

from __future__ import annotations

import importlib
import importlib.util
import threading
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from openai_mock_api.script.messages import Call, Message, Tool

EncodingName = Literal["o200k_base", "cl100k_base"]

#: Counts are kept for texts of so many characters together, then forgotten and counted again. A text's entry
#: costs as much memory as so many characters.
REMEMBERED: Final = 8_000_000
ENTRY: Final = 150

#: Models that count with cl100k, by prefix, unless a longer prefix says otherwise.
_CL100K: Final = ("gpt-4", "gpt-3.5", "gpt-35", "text-embedding-", "davinci-002", "babbage-002")
_O200K: Final = ("gpt-4o", "gpt-4.1", "gpt-4.5")

#: How many tokens each encoding has, and the one that separates documents, which comes after them.
VOCABULARY: Final = {"cl100k_base": 100_256, "o200k_base": 199_998}
END_OF_TEXT: Final = "<|endoftext|>"
_END_OF_TEXT_ID: Final = {"cl100k_base": 100_257, "o200k_base": 199_999}

#: The bytes of the first 256 tokens: byte-level vocabularies number the printable ones first.
_SINGLE: Final = bytes([*range(33, 127), *range(161, 173), *range(174, 256), *range(33), *range(127, 161), 173])
#: What makes text of a piece that begins, or ends, within a code point.
_BEFORE: Final = (b"", b"\xc3", b"\xe1", b"\xf1")
_BEHIND: Final = (b"", *(first + b"\x80" * more for more in range(3) for first in (b"\x80", b"\x90", b"\xa0")))

#: The chat format's own tokens (source: OpenAI Cookbook, "How to count tokens with tiktoken").
PER_MESSAGE: Final = 3
PER_NAME: Final = 1
PRIMING: Final = 3
PER_TOOL_CALL: Final = 3
PER_PART: Final = 85


@lru_cache(maxsize=256)
def encoding_of(model: str) -> EncodingName:
    """Choose the encoding by the model's name; fine-tuned models (``ft:gpt-4o:…``) by their base."""
    model = model.removeprefix("ft:")
    if model.startswith(_O200K):
        return "o200k_base"
    return "cl100k_base" if model.startswith(_CL100K) else "o200k_base"


class Tokenizer:
    """One encoding. Lives as long as the process; may be used from several threads."""

    def __init__(self, name: EncodingName) -> None:
        self.name = name
        self._bpe = _bindings().tokenizer_for_encoding(name)
        self._counts: dict[str, int] = {}
        self._remembered = 0

    def count(self, text: str) -> int:
        """Count the tokens of ``text``; a text seen before is not counted again."""
        count = self._counts.get(text)
        return self._count(text) if count is None else count

    def _count(self, text: str) -> int:
        self._remembered += len(text) + ENTRY
        if self._remembered > REMEMBERED:
            self._counts.clear()
            self._remembered = len(text) + ENTRY
        count: int = self._bpe.count(_encodable(text))
        self._counts[text] = count
        return count

    def encode(self, text: str) -> list[int]:
        """Return the numbers of the tokens of ``text``."""
        numbers: list[int] = self._bpe.encode(_encodable(text))
        return numbers

    def pieces(self, text: str) -> list[str]:
        """Split ``text`` at its tokens. A code point that several tokens share stays whole, in one piece."""
        return [piece for piece, _ in self._grouped(text)]

    def cut(self, text: str, most: int) -> str:
        """Return the longest beginning of ``text`` with at most ``most`` tokens that ends with a whole code point."""
        if self.count(text) <= most:
            return text
        kept, spent = [], 0
        for piece, tokens in self._grouped(text):
            spent += tokens
            if spent > most:
                break
            kept.append(piece)
        return "".join(kept)

    def bytes_of(self, token: int) -> bytes:
        """Return the bytes of one token, also of one that is no text by itself. Raises ``ValueError`` for no token."""
        if not 0 <= token < VOCABULARY[self.name]:
            raise ValueError(f"{token} is no token of {self.name}")
        if token < len(_SINGLE):
            return _SINGLE[token : token + 1]
        texts = ((before, behind, self._between(before, token, behind)) for before in _BEFORE for behind in _BEHIND)
        before, behind, text = next(found for found in texts if found[2] is not None)
        return str(text).encode()[len(before) :].removesuffix(behind)

    def _between(self, before: bytes, token: int, behind: bytes) -> str | None:
        return self._decoded([*map(_SINGLE.index, before), token, *map(_SINGLE.index, behind)])

    def knows(self, token: int) -> bool:
        """Whether a number is one of the encoding's tokens."""
        return 0 <= token < VOCABULARY[self.name] or token == _END_OF_TEXT_ID[self.name]

    def decode(self, tokens: Iterable[int]) -> str:
        """Return the text of tokens. What is no token, or no part of a code point, becomes U+FFFD."""
        tokens = list(tokens)
        if tokens and min(tokens) >= 0 and max(tokens) < VOCABULARY[self.name]:
            text = self._decoded(tokens)
            if text is not None:
                return text
        return b"".join(map(self._read, tokens)).decode(errors="replace")

    def _read(self, token: int) -> bytes:
        if 0 <= token < VOCABULARY[self.name]:
            return self.bytes_of(token)
        return END_OF_TEXT.encode() if self.knows(token) else b"\xef\xbf\xbd"

    def _grouped(self, text: str) -> Iterator[tuple[str, int]]:
        """Group tokens until each group is valid UTF-8: pairs of text and number of tokens."""
        held: list[int] = []
        for token in self.encode(text):
            held.append(token)
            piece = self._decoded(held)
            if piece is not None:
                yield piece, len(held)
                held = []

    def _decoded(self, tokens: list[int]) -> str | None:
        try:
            piece: str = self._bpe.decode(tokens)
        except ValueError:
            return None
        return piece


def _encodable(text: str) -> str:
    """Replace lone surrogates, which JSON can carry and UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


@cache
def _bindings() -> Any:
    """Load the compiled part of bpe-openai alone: its package parses whole vocabularies in Python on import."""
    package = importlib.util.find_spec("bpe_openai")
    for folder in (package.submodule_search_locations or ()) if package else ():
        for file in sorted(Path(folder).glob("_bindings*")):
            if file.suffix in {".so", ".pyd"}:
                return _load("bpe_openai._bindings", file)
    return importlib.import_module("bpe_openai._bindings")


def _load(name: str, file: Path) -> Any:
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_tokenizers: dict[EncodingName, Tokenizer] = {}
_loading = threading.Lock()


def tokenizer(name: EncodingName) -> Tokenizer:
    """Return the process's tokenizer for an encoding, built by the first who asks; others wait."""
    found = _tokenizers.get(name)
    if found is None:
        with _loading:
            found = _tokenizers.get(name) or _tokenizers.setdefault(name, Tokenizer(name))
    return found


def tokenizer_for(model: str) -> Tokenizer:
    """Return the tokenizer that counts for a model."""
    return tokenizer(encoding_of(model))


def load() -> None:
    """Build the table that current models need."""
    tokenizer("o200k_base")


def prompt_tokens(call: Call) -> int:
    """Count a call's messages as the chat format writes them, and the tools that it offers. Counted once a call."""
    if call.tokens is None:
        encoding = tokenizer_for(call.model)
        total = PRIMING + sum(_message_tokens(encoding, message) for message in call.messages)
        call.tokens = total + tool_tokens(encoding, call.tools) if call.tools else total
    return call.tokens


def _message_tokens(encoding: Tokenizer, message: Message) -> int:
    total = PER_MESSAGE + 1 + encoding.count(message.text)  # every role's name is one token
    if message.name is not None:
        total += PER_NAME + encoding.count(message.name)
    if message.tool_calls:
        total += tool_call_tokens(encoding, message.tool_calls)
    return total + PER_PART * len(message.parts)


def tool_call_tokens(encoding: Tokenizer, calls: Iterable[Any]) -> int:
    """Count tool calls: names, arguments and what frames them."""
    return sum(PER_TOOL_CALL + encoding.count(c.name) + encoding.count(c.arguments) for c in calls)


class _Weights(msgspec.Struct, frozen=True):
    """Tokens that frame tool definitions (source: OpenAI Cookbook, "Counting tokens for tool calls")."""

    function: int
    properties: int = 3
    property_key: int = 3
    enumeration: int = -3
    enumerated: int = 3
    end: int = 12


_WEIGHTS: Final = {"o200k_base": _Weights(function=7), "cl100k_base": _Weights(function=10)}


def tool_tokens(encoding: Tokenizer, tools: Sequence[Tool]) -> int:
    """Count the definitions of tools, at least one, and what frames them."""
    weights = _WEIGHTS[encoding.name]
    return weights.end + sum(_definition_tokens(encoding, weights, tool) for tool in tools)


def _definition_tokens(encoding: Tokenizer, weights: _Weights, tool: Tool) -> int:
    total = weights.function + encoding.count(f"{tool.name}:{tool.description.removesuffix('.')}")
    properties = (tool.parameters or {}).get("properties")
    if isinstance(properties, dict) and properties:
        total += weights.properties
        total += sum(_property_tokens(encoding, weights, key, value) for key, value in properties.items())
    return total


def _property_tokens(encoding: Tokenizer, weights: _Weights, key: str, schema: Any) -> int:
    if not isinstance(schema, dict):
        return weights.property_key + encoding.count(key)
    choices = schema.get("enum")
    total = weights.property_key
    if isinstance(choices, list):
        total += weights.enumeration + sum(weights.enumerated + encoding.count(str(c)) for c in choices)
    description = str(schema.get("description", "")).removesuffix(".")
    return total + encoding.count(f"{key}:{schema.get('type', '')}:{description}")
