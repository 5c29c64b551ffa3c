"""Rate limits: how many requests and tokens a minute a client gets (source: guide "Rate limits" and live answers)."""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from msgspec import UNSET
from msgspec.structs import replace

from openai_mock_api.http import header_lines
from openai_mock_api.script.buckets import Bucket
from openai_mock_api.script.matching.conditions import Glob
from openai_mock_api.script.replies import Failure
from openai_mock_api.script.tokens.counting import prompt_tokens

if TYPE_CHECKING:
    from openai_mock_api.clock import Clock
    from openai_mock_api.config.model import Limit
    from openai_mock_api.config.model import Limits as LimitsConfig
    from openai_mock_api.config.settings import Settings
    from openai_mock_api.script.messages import Call

Kind = Literal["requests", "tokens"]

#: What is limited: the key of the configuration, and the name in the API's texts.
_KINDS: Final[dict[Kind, tuple[str, str]]] = {
    "requests": ("requests_per_minute", "requests per min (RPM)"),
    "tokens": ("tokens_per_minute", "tokens per min (TPM)"),
}

#: Whether each key and each model has buckets of its own.
_SHARES: Final = {"key_and_model": (True, True), "key": (True, False), "model": (False, True), "all": (False, False)}

#: So many buckets are kept, those used last: clients that vary their keys or models must not fill the memory.
KEPT: Final = 10_000

_CODE: Final = "rate_limit_exceeded"
_MORE: Final = "Visit https://platform.openai.com/account/rate-limits to learn more."


class Need(NamedTuple):
    """What a request takes from one bucket."""

    kind: Kind
    bucket: Bucket
    units: int


class Limits:
    """The rate limits of an app, and the buckets of all who called. Lives until another configuration is loaded.

    May be used from several threads.
    """

    def __init__(self, limits: LimitsConfig, organization: str, clock: Clock) -> None:
        self._everybody = limits
        self._models = [(Glob.of("model", [pattern]), limit) for pattern, limit in limits.models.items()]
        self._by_key, self._by_model = _SHARES[limits.per]
        self._organization = organization
        self._clock = clock
        self._lock = threading.Lock()
        # By fingerprint, so that neither keys nor names of any length are kept.
        self._buckets: dict[int, Bucket] = {}

    def take(self, *calls: Call) -> bytes:
        """Take what the calls of one request need, and return header lines that say what is left.

        No lines mean that nothing limits them. Raises ``ApiError`` 429, and takes nothing, when there is not enough.
        """
        with self._lock:
            now = self._clock.monotonic()
            needs = self._needs(*calls)
            refusal = self._refusal(calls[0].model, needs, now)
            if refusal is not None:
                raise replace(refusal, headers=_headers(needs, now)).exception()
            for need in needs:
                need.bucket.take(need.units, now)
            return header_lines(_headers(needs, now))

    def refill(self) -> None:
        """Fill every bucket."""
        self._buckets.clear()

    def _needs(self, *calls: Call) -> list[Need]:
        first, key = calls[0], _key(calls[0])
        limits = self._limits_of(key, first)
        who = (key if self._by_key else "", first.model if self._by_model else "")
        needs = []
        for kind, (field, _) in _KINDS.items():
            size = next((rate for limit in limits if (rate := getattr(limit, field)) is not UNSET), None)
            if size is not None:
                units = 1 if kind == "requests" else sum(map(estimated_tokens, calls))
                needs.append(Need(kind, self._bucket(*who, kind, size), units))
        return needs

    def _limits_of(self, key: str, call: Call) -> list[Limit]:
        """Return what the configuration says of a key and a model, what counts most first."""
        fitting = [limit for glob, limit in self._models if glob.difference(call) is None]
        own = self._everybody.keys.get(key)
        return [*([] if own is None else [own]), *fitting[:1], self._everybody]

    def _bucket(self, key: str, model: str, kind: Kind, size: int) -> Bucket:
        """Find or make a bucket, as the newest of those that are kept."""
        whose = hash((key, model, kind, size))
        bucket = self._buckets.pop(whose, None) or Bucket(size)
        self._buckets[whose] = bucket
        if len(self._buckets) > KEPT:
            del self._buckets[next(iter(self._buckets))]
        return bucket

    def _refusal(self, model: str, needs: list[Need], now: float) -> Failure | None:
        """Return the error for what cannot be taken: never at all, or else what has to be waited for longest."""
        for need in needs:
            if need.units > need.bucket.size:
                return self._too_large(model, need)
        waits = [(need.bucket.wait(need.units, now), need) for need in needs]
        wait, longest = max(waits, key=lambda pair: pair[0], default=(0.0, None))
        return None if longest is None or not wait else self._reached(model, longest, wait, now)

    def _too_large(self, model: str, need: Need) -> Failure:
        message = (
            f"Request too large for {self._limit(model, need)}, Requested {need.units}. "
            f"The input or output tokens must be reduced in order to run successfully. {_MORE}"
        )
        return Failure(status=429, type=need.kind, code=_CODE, message=message)

    def _reached(self, model: str, need: Need, wait: float, now: float) -> Failure:
        used = need.bucket.size - need.bucket.remaining(now)
        message = (
            f"Rate limit reached for {self._limit(model, need)}, Used {used}, Requested {need.units}. "
            f"Please try again in {duration(wait)}. {_MORE}"
        )
        return Failure(status=429, type=need.kind, code=_CODE, message=message, retry_after=wait)

    def _limit(self, model: str, need: Need) -> str:
        _, title = _KINDS[need.kind]
        return f"{model} in organization {self._organization} on {title}: Limit {need.bucket.size}"


def limits_of(settings: Settings, clock: Clock) -> Limits | None:
    """Return the limits of a configuration, None when it limits nobody."""
    limits = settings.limits
    if limits == type(limits)():
        return None
    return Limits(limits, settings.organization, clock)


def _key(call: Call) -> str:
    """Return the API key that was sent, or nothing."""
    sent = call.header("authorization") or call.header("api-key") or ""
    return sent.strip().rpartition(" ")[2]


def estimated_tokens(call: Call) -> int:
    """Estimate a call's tokens before it is answered: its prompt, and as many as each choice may have."""
    return prompt_tokens(call) + (call.max_tokens or 0) * call.choices


def _headers(needs: list[Need], now: float) -> dict[str, str]:
    """Say what is left, in the order of the real API: first all limits, then all that remains, then all resets."""
    return {
        **{f"x-ratelimit-limit-{kind}": str(bucket.size) for kind, bucket, _ in needs},
        **{f"x-ratelimit-remaining-{kind}": str(bucket.remaining(now)) for kind, bucket, _ in needs},
        **{f"x-ratelimit-reset-{kind}": duration(bucket.reset(now)) for kind, bucket, _ in needs},
    }


def duration(seconds: float) -> str:
    """Write a duration as the real API does, in whole milliseconds, rounded up: ``12ms``, ``8.64s``, ``1m0s``."""
    milliseconds = math.ceil(round(seconds * 1000, 3))
    if 0 < milliseconds < 1000:
        return f"{milliseconds}ms"
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes}m{rest / 1000:g}s" if minutes else f"{rest / 1000:g}s"
