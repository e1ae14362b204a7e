"""Round trips through the real DALI, both ways, operator by operator.

They run where the environment variable ADALI_ORACLE_PYTHON names a Python that has nvidia-dali; test_messages.py does
the same with what DALI made of the messages once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import operator_messages as messages
import pytest
from recipes import build

from adali import sync

pytestmark = [
    pytest.mark.skipif(not messages.PYTHON, reason="ADALI_ORACLE_PYTHON names no Python that has nvidia-dali"),
    pytest.mark.timeout(300),
]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Operators that write files write them here."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Serialized by adali, deserialized and run by DALI; without those that fail here, which their tests show."""
    written = {}
    folder = tmp_path_factory.mktemp("there")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)  # some recipes write files, which DALI reads
        for name, body in messages.bodies().items():
            with contextlib.suppress(Exception):
                written[name] = build(body).serialize()
    return messages.read_there(folder, written)


@pytest.fixture(scope="module")
def back(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Made, serialized and run by DALI."""
    return messages.made_there(tmp_path_factory.mktemp("back"), messages.bodies())


@pytest.mark.parametrize("name", messages.names())
def test_written_here_and_read_there(name: str, there: dict[str, Any]) -> None:
    if reason := messages.reason(name):
        pytest.skip(reason)
    pipe = build(messages.bodies()[name])
    pipe.serialize()
    assert "error" not in there[name], str(there[name].get("error"))
    count = sum(key.startswith("layout/") for key in there[name])
    assert messages.compare(name, pipe, messages.live(there[name])) == messages.ITERATIONS * count


@pytest.mark.parametrize("name", messages.names())
def test_written_there_and_read_here(
    name: str, back: dict[str, Any], meaning: Callable[[bytes], dict[str, Any]]
) -> None:
    if reason := messages.reason(name) or messages.NOT_WRITTEN_THERE.get(name):
        pytest.skip(reason)
    assert "error" not in back[name], str(back[name].get("error"))
    pipe = sync.Pipeline.deserialize(back[name]["message"].tobytes())
    if name not in messages.PIPELINES and name != "Copy":  # DALI's `.copy` on the host is no operator
        assert any(s.schema.name == name for s in pipe._defined().specs)
    messages.compare(name, pipe, messages.live(back[name]))


def test_damaged_messages_are_refused_by_both(tmp_path: Path) -> None:
    data = build("return image(),").serialize()
    jobs = {str(i): {"message": np.frombuffer(data[: len(data) * i // 7], np.uint8)} for i in range(1, 7)}
    theirs = messages.do(tmp_path, jobs)
    for name, job in jobs.items():
        assert "error" in theirs[name]
        with pytest.raises(ValueError, match="serialized pipeline"):
            sync.Pipeline.deserialize(job["message"].tobytes())
