"""Every operator's message, as it went to the real DALI and as it came from there, and what DALI computed of both.

golden/messages.json.gz holds them, written by operator_messages.py; test_oracle.py asks the real DALI itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import operator_messages as messages
import pytest
from recipes import NOT_IN_DALI, build

from adali import sync
from adali.errors import GraphError
from adali.graph.schema import registry
from adali.serialization import message

WRITE = "write it with `ADALI_ORACLE_PYTHON=... python tests/operator_messages.py NAME`"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Operators that write files write them here."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def golden() -> dict[str, Any]:
    return messages.read()


def without(directions: dict[str, str] | None = None) -> list[Any]:
    """Operators, skipped with a reason where they do not go through DALI."""
    reasons = {**messages.NO_MESSAGE, **NOT_IN_DALI, **(directions or {})}
    skip = pytest.mark.skip
    return [pytest.param(n, marks=skip(reason=reasons[n]) if n in reasons else ()) for n in messages.names()]


def test_every_operator_went_through_dali(golden: dict[str, Any]) -> None:
    """A new operator needs a recipe and golden messages, or a reason why it has none."""
    for name in messages.names():
        if name in NOT_IN_DALI:
            continue
        if name in messages.NO_MESSAGE:
            assert not registry[name][0].serializable, f"{name} has a message"
            continue
        assert name in messages.bodies(), f"{name} needs a recipe in tests/recipes.py"
        assert name in golden, f"{name} needs golden messages: {WRITE}"
        assert "here" in golden[name]
        assert ("there" in golden[name]) != (name in messages.NOT_WRITTEN_THERE)
    assert set(golden) <= set(messages.bodies()), "golden messages of operators that are gone"


@pytest.mark.parametrize("name", without(messages.NAMES_A_FILE))
def test_written_here_and_read_there(name: str, golden: dict[str, Any]) -> None:
    """adali writes the very message that DALI read, and computes what DALI computed of it."""
    pipe = build(messages.bodies()[name])
    entry = golden[name]["here"]
    written = messages.portable(pipe.serialize())
    assert written == messages.message_of(entry), f"the message has changed; {WRITE}"
    count = sum(map(len, entry["outputs"]))
    assert messages.compare(name, pipe, messages.golden_of(entry)) == count > 0


@pytest.mark.parametrize("name", without({**messages.NOT_WRITTEN_THERE, **messages.NAMES_A_FILE}))
def test_written_there_and_read_here(name: str, golden: dict[str, Any]) -> None:
    entry = golden[name]["there"]
    pipe = sync.Pipeline.deserialize(messages.usable(messages.message_of(entry)))
    if name not in messages.PIPELINES and name != "Copy":  # DALI's `.copy` on the host is no operator
        assert any(s.schema.name == name for s in pipe._defined().specs)
    again = pipe.serialize()
    assert sync.Pipeline.deserialize(again).serialize() == again
    messages.compare(name, pipe, messages.golden_of(entry))


@pytest.mark.parametrize("name", sorted(n for n in messages.NO_MESSAGE if n in registry))
def test_python_functions_are_refused_by_name(name: str) -> None:
    from recipes import RECIPES

    with pytest.raises(GraphError, match=rf"Operator {name} .*cannot be serialized.*Python") as error:
        build(RECIPES[name]).serialize()
    assert "made at" in str(error.value)


def test_golden_messages_belong_to_no_machine(golden: dict[str, Any]) -> None:
    for name, entries in golden.items():
        for entry in entries.values():
            for op in message.parse(messages.message_of(entry)).op:
                for argument in op.args:
                    assert not argument.name.startswith("_origin_stack_")
                    for each in (argument, *argument.extra_args):
                        assert not any(text.startswith(b"/") for text in each.strings), (name, argument.name)
