"""What templates can do, and that nothing else comes through."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from openai_mock_api.script.templates.bounds import CHARACTERS, SECONDS, Budget, FillingError
from openai_mock_api.script.templates.sandbox import ATTRIBUTES, FILTERS, TESTS, compiled

BIG: Final = "x" * 600_000
MESSAGES: Final = [{"role": "user", "text": "Hi"}, {"role": "assistant", "text": "Hello"}]
BODY: Final = {"items": [3, 1, 2], "name": "ann", "big": BIG, "many": list(range(90_000)), "none": None}

#: Longer than any answer may take, for machines that are busy.
PATIENCE: Final = 20 * SECONDS


def values() -> dict[str, Any]:
    return {
        "call": {"body": BODY, "headers": {"x-tenant": "acme"}},
        "messages": MESSAGES,
        "last_user": 'it\'s <b> & "q"',
        "match": {0: "to Paris", 1: "Paris", "city": "Paris"},
        "results": {"call_1": {"t": [18]}},
        "now": datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC),
        "range": range,
        "choice": lambda items: items[0],
        "uuid": lambda: "u-u-i-d",
    }


def fill(source: str) -> str:
    return compiled(source).text(values(), Budget())


# -- what templates can do


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("plain $1 text\n", "plain $1 text\n"),
        ("{{ match.city }} {{ match[1] }} {{ match['city'] }}", "Paris Paris Paris"),
        ("{{ last_user }}", 'it\'s <b> & "q"'),
        ("{{ call.body.items }} {{ call.body['name'] }}", "[3, 1, 2] ann"),
        ("{{ call.headers['x-tenant'] }}", "acme"),
        ("{{ results.call_1.t[0] + 1 }}", "19"),
        (
            "{% for m in messages %}{{ loop.index }}/{{ loop.length }} {{ m.role }};{% endfor %}",
            "1/2 user;2/2 assistant;",
        ),
        ("{% for m in messages if m.role == 'user' %}{{ m.text }}{% else %}none{% endfor %}", "Hi"),
        ("{% for i in range(3) %}{{ loop.cycle('a', 'b') }}{% endfor %}", "aba"),
        ("{% if call.body.name is defined and 'n' in call.body.name %}yes{% elif 1 %}no{% endif %}", "yes"),
        ("{% set n = messages|length %}{{ n * 2 }}", "4"),
        ("{% with a = 1 %}{{ a }}{% endwith %}", "1"),
        ("{% set last_user = last_user|length %}{{ last_user }}", "14"),
        ("{% set a, b = 1, 2 %}{{ b }}{{ a }}", "21"),
        ("{# a comment #}{% raw %}{{ raw }}{% endraw %}", "{{ raw }}"),
        ("{%- if 1 -%}  a  {%- endif -%}", "a"),
        ("{{ 'a' if match.nope is undefined else 'b' }}", "a"),
        ("{{ match.nope|default('none') }}", "none"),
        ("{{ 7 // 2 }} {{ 7 / 2 }} {{ 7 % 4 }} {{ 2 ** 10 }} {{ -3 }} {{ 'ab' * 2 }}", "3 3.5 3 1024 -3 abab"),
        ("{{ 'n: ' ~ 3 ~ none }} {{ 'a' + 'b' }} {{ [1] + [2] }}", "n: 3None ab [1, 2]"),
        ("{{ 'Hello'[1:3] }} {{ [1, 2, 3][-1] }} {{ (1, 2)[0] }}", "el 3 1"),
        ("{{ {'a': [1, {'b': 'é\"'}]}|tojson }}", '{"a":[1,{"b":"é\\""}]}'),
        ("{{ {'a': 1}|tojson(indent=2) }}", '{\n  "a": 1\n}'),
        ("{{ ('{\"a\": [1, 2]}'|fromjson).a[1] }}", "2"),
        ("{{ '%03d|%.2f|%s'|format(7, 1.5, 'x') }}", "007|1.50|x"),
        ("{{ 'a-b'.split('-')|join('+') }} {{ messages|map(attribute='text')|join(', ') }}", "a+b Hi, Hello"),
        ("{{ messages|join('|', attribute='role') }}", "user|assistant"),
        ("{{ 'aXbX'|replace('X', '-') }} {{ 'aa'|replace('a', 'b', 1) }}", "a-b- ba"),
        ("{{ 'a\nb'|indent(2, true) }}{{ 'a'|indent('> ', true) }}", "  a\n  b> a"),
        ("{{ 2.567|round(1) }} {{ 2.5|round|int }} {{ 2.1|round(0, 'ceil') }}", "2.6 2 3.0"),
        ("{{ [1, 2]|sum }} {{ [{'a': 2}, {'a': 3}]|sum('a') }}", "3 5"),
        ("{{ call.body.items|sort|first }}{{ [1, 1, 2]|unique|list }}{{ [1, 2]|reverse|list }}", "1[1, 2][2, 1]"),
        ("{{ messages|selectattr('role', 'eq', 'user')|map(attribute='text')|list }}", "['Hi']"),
        ("{{ now.year }}-{{ now.strftime('%m') }} {{ now.isoformat() }}", "2025-01 2025-01-02T03:04:05+00:00"),
        ("{{ now.timestamp()|int }} {{ now.date() }} {{ now.date().weekday() }}", "1735787045 2025-01-02 3"),
        ("{{ uuid() }} {{ choice([4, 5]) }}", "u-u-i-d 4"),
        ("{{ call.body.get('nope', 'x') }} {{ {'a': 1}.keys()|list }}", "x ['a']"),
        ("{{ 'Ab'.upper() }} {{ 'ab'.startswith('a') }} {{ [1, 2].index(2) }}", "AB True 1"),
    ],
)
def test_templates_are_filled_in(source: str, text: str) -> None:
    assert fill(source) == text


def test_names_are_those_that_come_from_outside() -> None:
    assert compiled("{% set x = match %}{% for m in messages %}{{ m }}{{ x }}{{ loop.index }}{% endfor %}").names == {
        "match",
        "messages",
    }
    assert compiled("no names").names == frozenset()


def test_a_name_that_is_given_a_value_on_one_way_only_is_known() -> None:
    with pytest.raises(FillingError, match="'x' is undefined"):
        fill("{% if not messages %}{% set x = 1 %}{% endif %}{{ x }}")


def test_the_same_text_is_compiled_once() -> None:
    assert compiled("{{ 1 }} once") is compiled("{{ 1 }} once")


# -- what is no template


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("a\n{{ 1 + }}", "in line 2 of the text, unexpected 'end of print statement'"),
        ("{% if 1 %}", "in line 1 of the text, Unexpected end of template"),
        ("{{ x }", "unexpected '}'"),
        ("\n\n{{ cty }}", "in line 3 of the text, 'cty' is no name that templates know; those are call, messages,"),
        ("{{ loop.index }}", "'loop' is no name"),
        ("{{ self }}", "'self' is no name"),
        ("{{ namespace(a=1) }}", "'namespace' is no name"),
        ("{{ lipsum(100000) }}", "'lipsum' is no name"),
        ("{{ dict(a=1) }}", "'dict' is no name"),
        ("{{ cycler('a') }}", "'cycler' is no name"),
        ("{{ 1|nofilter }}", "No filter named 'nofilter'"),
        ("{{ 1 is notest }}", "No test named 'notest'"),
        ("{{ 'x'|center(10) }}", "No filter named 'center'"),
        ("{{ 'x'|attr('y') }}", "No filter named 'attr'"),
        ("{% macro m() %}{% endmacro %}", "templates have no Macro"),
        ("{% call x() %}{% endcall %}", "templates have no CallBlock"),
        ("{% block a %}{% endblock %}", "templates have no Block"),
        ("{% filter upper %}{% endfilter %}", "templates have no FilterBlock"),
        ("{% set x %}{% endset %}", "templates have no AssignBlock"),
        ("{% set match.x = 1 %}", "templates have no NSRef"),
        ("{% include 'x' %}", "templates have no Include"),
        ("{% import 'x' as y %}", "templates have no Import"),
        ("{% from 'x' import y %}", "templates have no FromImport"),
        ("{% extends 'x' %}", "templates have no Extends"),
        ("{% autoescape true %}{% endautoescape %}", "templates have no Scope"),
        ("{% do x %}", "unknown tag 'do'"),
        ("{% for x in [1] recursive %}{% endfor %}", "templates have no recursive loops"),
        ("{{ " + "(" * 5000 + ")" * 5000 + " }}", "RecursionError"),
        ("{% for a in [1] %}" * 40 + "{% endfor %}" * 40, "SyntaxError: too many statically nested blocks"),
    ],
)
def test_what_is_no_template_is_refused_when_it_is_loaded(source: str, message: str) -> None:
    with pytest.raises(FillingError) as caught:
        compiled(source)
    assert message in str(caught.value)


# -- what goes wrong later


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("a\n{{ match.nope }}", "in line 2 of the text, the mapping has no 'nope'"),
        ("{{ match.nope.deeper }}", "the mapping has no 'nope'"),
        ("{{ match.nope['deeper'] }}", "the mapping has no 'nope'"),
        ("{{ match.nope|upper }}", "the mapping has no 'nope'"),
        ("{{ match.nope|tojson }}", "the mapping has no 'nope'"),
        ("{{ match.nope ~ 'x' }}", "the mapping has no 'nope'"),
        ("{{ match[[]] }}", "the mapping has no []"),
        ("{{ messages[9] }}", "the list has no 9"),
        ("{{ 'a'.replace('a', 'b') }}", "the text has no 'replace'; there is a filter `replace`"),
        ("{{ now.nope }}", "datetime has no 'nope'"),
        ("{{ 1 / 0 }}", "ZeroDivisionError: division by zero"),
        ("{{ 'a' + 1 }}", "TypeError"),
        ("{{ 'x'|fromjson }}", "DecodeError"),
        ("{{ ('[' * 90000)|fromjson }}", "RecursionError"),
        ("{{ choice() }}", "TypeError"),
        ("{{ uuid }}", "a function cannot be said; call it"),
        ("{{ '%s' % 1 }}", "use the filter `format`, or `~`"),
        ("{% for x in 3 %}{% endfor %}", "TypeError"),
        ("{{ 10.0 ** 400 }}", "OverflowError"),
    ],
)
def test_what_goes_wrong_is_told_with_its_line(source: str, message: str) -> None:
    with pytest.raises(FillingError, match="in line") as caught:
        fill(source)
    assert message in str(caught.value)


# -- attacks


def doubled(expression: str, first: str) -> str:
    return f"{{% set x = {first} %}}" + f"{{% set x = {expression} %}}" * 60 + "{{ x }}"


HUNGRY: Final = {
    "loops in loops": "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "a loop that drops everything": "{% for i in range(99999) if i in call.body.many %}{% endfor %}",
    "an endless range": "{% for i in range(10 ** 12) %}{% endfor %}",
    "text times a number": "{{ 'x' * 10 ** 9 }}",
    "a number times text": "{{ 10 ** 9 * 'x' }}",
    "a list times a number": "{{ [0] * 10 ** 9 }}",
    "a power": "{{ 2 ** (10 ** 9) }}",
    "powers of powers": "{{ (2 ** 4000) ** 4000 }}",
    "products of powers": "{{ 2 ** 4000 * 2 ** 4000 }}",
    "doubling by ~": doubled("x ~ x", "'x'"),
    "doubling by +": doubled("x + x", "'x'"),
    "doubling lists by +": doubled("x + x", "[1]"),
    "lists in lists": doubled("[x, x]", "[1]"),
    "tuples as keys": doubled("(x, x)", "(1,)") + "{{ {x: 1} }}",
    "mappings in mappings": doubled("{'a': x, 'b': x}", "{}"),
    "doubling by replace": "{{ call.body.big|replace('x', call.body.big) }}",
    "doubling by join": "{{ range(99999)|join(call.body.big) }}",
    "many operands of ~": "{{ " + " ~ ".join(["call.body.big"] * 2000) + " }}",
    "a wide indent": "{{ 'x'|indent(10 ** 9) }}",
    "a wide format": "{{ '%1000000000d'|format(1) }}",
    "a computed width": "{{ '%*d'|format(10 ** 9, 1) }}",
    "a precise format": "{{ '%.1000000000f'|format(1) }}",
    "many texts of a format": "{{ '%s%s'|format(call.body.big, call.body.big) }}",
    "rounding upwards": "{{ 1.5|round(-10 ** 9, 'ceil') }}",
    "a wide JSON": "{{ [1]|tojson(indent=10 ** 9) }}",
    "sums of lists": "{{ [[1], [2]]|sum(start=[]) }}",
    "big texts made later": "{{ range(99999)|map('replace', '1', call.body.big)|list }}",
    "lists made later": "{{ range(99999)|map('string')|map('list')|list }}",
    "a text as a list": "{{ call.body.big|list }}",
    "a text in parts": "{{ call.body.big.split('x') }}",
    "many comparisons": "{{ call.body.many == call.body.many|list }}" * 500,
    "slow filters": "{{ call.body.many|select('in', call.body.many)|list }}",
    "slow sorting": "{{ call.body.many|sort|reverse|sort|unique|list|length }}" * 100,
    "much JSON": "{{ call.body.many|tojson|fromjson|length }}" * 200,
    "many looks": "{% for i in range(99999) %}{{ call.body.big.count('y') }}{% endfor %}",
    "much to say": "{% for i in range(99999) %}" + "y" * 1000 + "{% endfor %}",
    "one thing said often": "{{ call.body.big }}{{ call.body.big }}",
    "all of the body": "{{ call.body }}{{ call.body }}",
}


@pytest.mark.parametrize("source", HUNGRY.values(), ids=HUNGRY.keys())
def test_a_template_that_takes_too_much_is_refused_within_its_bounds(source: str) -> None:
    begun = time.thread_time()
    with pytest.raises(FillingError) as caught:
        fill(source)
    assert time.thread_time() - begun < PATIENCE
    reasons = ("larger than", "longer than", "width", "round", "indent", "unexpected keyword")
    assert any(reason in str(caught.value) for reason in reasons)


def test_nothing_is_computed_when_a_template_is_loaded() -> None:
    for source in HUNGRY.values():
        begun = time.thread_time()
        compiled(source)
        assert time.thread_time() - begun < PATIENCE


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__ }}",
        "{{ ''['__class__'] }}",
        "{{ call.__class__.__mro__ }}",
        "{{ messages.__len__() }}",
        "{{ uuid.__globals__ }}",
        "{{ uuid['__globals__'] }}",
        "{{ now.__reduce__() }}",
        "{{ now.replace(year=1) }}",
        "{{ range(3).__class__ }}",
        "{{ 'x'.upper.__self__ }}",
        "{{ 'x'.format(1) }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ 'x'.format_map({}) }}",
        "{{ 'x'.encode() }}",
        "{{ 'x'.center(9) }}",
        "{{ (1).bit_length() }}",
        "{{ none.__class__ }}",
        "{{ match.nope.__class__ }}",
        "{% for x in [1] %}{{ loop.__class__ }}{% endfor %}",
        "{% for x in [1] %}{{ loop._iterable }}{% endfor %}",
        "{% for x in [1] %}{{ loop }}{% endfor %}",
        "{{ messages.append(1) }}",
        "{{ messages.clear() }}",
        "{{ messages.sort() }}",
        "{{ call.body.pop('name') }}",
        "{{ call.body.update({'a': 1}) }}",
        "{{ call.body.setdefault('a', 1) }}",
        "{{ [call]|map(attribute='body.__class__')|join }}",
        "{{ messages|map(attribute='__class__')|join }}",
        "{{ messages|sort(attribute='__class__') }}",
    ],
)
def test_nothing_is_reached_and_nothing_is_changed(source: str) -> None:
    before = repr(values()["messages"]), repr(BODY)
    with pytest.raises(FillingError):
        fill(source)
    assert (repr(values()["messages"]), repr(BODY)) == before


def test_a_template_that_was_refused_leaves_others_alone() -> None:
    with pytest.raises(FillingError):
        fill(HUNGRY["loops in loops"])
    assert fill("{{ match.city }}") == "Paris"


def test_no_name_of_python_or_of_jinja_is_an_attribute() -> None:
    assert [name for names in ATTRIBUTES.values() for name in names if name.startswith("_")] == []


@pytest.mark.parametrize("name", sorted(FILTERS))
def test_every_filter_keeps_its_bounds(name: str) -> None:
    """What a filter makes of a heavy value is refused, or no larger than a value may be."""
    for heavy in ("call.body.big", "call.body.many", "call.body", "3"):
        source = f"{{{{ {heavy}|{name}|string|length }}}}"
        begun = time.thread_time()
        with suppress(FillingError):
            assert int(fill(source)) <= 2 * CHARACTERS
        assert time.thread_time() - begun < PATIENCE


def test_every_test_can_be_used() -> None:
    assert {"defined", "none", "in", "string", "number"} <= set(TESTS)
    assert (
        fill("{{ none is none }} {{ 1 is in [1] }} {{ 'a' is string }} {{ 4 is divisibleby 2 }}")
        == "True True True True"
    )
