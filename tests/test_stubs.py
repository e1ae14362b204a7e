"""The generated files are those that the schemas give, and type checkers and Python agree about them."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import adali.fn
import adali.ops
from adali.graph import docs, stubs
from adali.graph.schema import registry

STUBS = stubs.stubs()
HINT = "run `make stubs` and commit the result"


def test_stubs_are_up_to_date() -> None:
    assert stubs.check(STUBS) == [], HINT


def test_operator_pages_are_up_to_date() -> None:
    assert stubs.check(docs.pages(), docs.FOLDER, "*.md", ["."]) == [], HINT


def test_check_finds_what_is_wrong(tmp_path: Path) -> None:
    files = {"fn/a.pyi": "1", "fn/sub/b.pyi": "2"}
    assert stubs.check(files, tmp_path) == ["fn/a.pyi", "fn/sub/b.pyi"]
    assert stubs.write(files, tmp_path) == ["fn/a.pyi", "fn/sub/b.pyi"]
    assert stubs.check(files, tmp_path) == []
    (tmp_path / "fn" / "a.pyi").write_text("changed")
    (tmp_path / "fn" / "old.pyi").write_text("nobody makes this any more")
    assert stubs.check(files, tmp_path) == ["fn/a.pyi", "fn/old.pyi"]
    stubs.write(files, tmp_path)
    assert stubs.check(files, tmp_path) == []
    assert not (tmp_path / "fn" / "old.pyi").exists()


def test_main_fails_only_where_asked_to_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stubs, "stubs", lambda: {"fn/a.pyi": "1"})
    monkeypatch.setattr(stubs, "check", lambda files: sorted(files))
    monkeypatch.setattr(stubs, "write", lambda files: sorted(files))
    assert stubs.main(["--check"]) == 1
    assert "not up to date: adali/fn/a.pyi" in capsys.readouterr().out
    assert stubs.main([]) == 0


def stub_definitions(package: str) -> dict[str, ast.FunctionDef | ast.ClassDef]:
    """Dotted name below the package -> definition, of all its stubs."""
    found = {}
    for path, text in STUBS.items():
        parts = path.removesuffix(".pyi").removesuffix("/__init__").split("/")
        if parts[0] == package and parts[-1] != "_types":
            for node in ast.parse(text).body:
                if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                    found[".".join([*parts[1:], node.name])] = node
    return found


def resolve(module: Any, dotted: str) -> Any:
    for part in dotted.split("."):
        module = getattr(module, part)
    return module


def named(node: ast.FunctionDef) -> list[str]:
    """Parameters that may be given by name."""
    return [a.arg for a in (*node.args.args, *node.args.kwonlyargs) if a.arg != "self"]


def test_functions_have_the_parameters_they_have_at_run_time() -> None:
    definitions = stub_definitions("fn")
    assert len(definitions) >= 15
    for name, node in definitions.items():
        assert isinstance(node, ast.FunctionDef)
        parameters = inspect.signature(resolve(adali.fn, name)).parameters.values()
        positional = [p.name for p in parameters if p.kind is p.POSITIONAL_ONLY]
        assert [a.arg for a in node.args.posonlyargs] == positional, name
        by_name = [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
        assert named(node) == by_name, name
        assert (node.args.vararg is not None) == any(p.kind is p.VAR_POSITIONAL for p in parameters), name
        assert ast.get_docstring(node), name


def test_classes_have_the_parameters_they_have_at_run_time() -> None:
    for name, node in stub_definitions("ops").items():
        assert isinstance(node, ast.ClassDef)
        cls = resolve(adali.ops, name)
        init = next(n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__")
        assert named(init) == list(inspect.signature(cls).parameters), name


def test_every_public_operator_is_in_the_stubs() -> None:
    functions, classes = stub_definitions("fn"), stub_definitions("ops")
    for name, schema in stubs.operators():
        *path, last = name.split("__")
        assert ".".join([*path, last]) in classes
        assert ".".join([*path, resolve(adali.fn, ".".join([*path, stubs.snake_case(last)])).__name__]) in functions
        assert schema.name in registry


def test_submodules_are_importable() -> None:
    for package in ("fn", "ops"):
        for path in STUBS:
            name = "adali." + path.removesuffix(".pyi").removesuffix("/__init__").replace("/", ".")
            if name.startswith(f"adali.{package}.") and not name.endswith("._types"):
                assert importlib.import_module(name).__name__ == name


USER_CODE = """
from adali import DataNode, Pipeline, fn, ops, types
from adali.fn import readers
from adali.fn.decoders import image_random_crop

files, labels = readers.file(file_root="photos", random_shuffle=True)
images: DataNode = fn.resize(image_random_crop(files), size=(224, 224), interp_type=types.INTERP_TRIANGULAR)
out: DataNode = fn.crop_mirror_normalize(images, mean=[1.0, 2.0, 3.0], mirror=fn.random.coin_flip())
resize = ops.Resize(resize_x=10, resize_y=20.5)
node: DataNode = resize(images)
node = ops.decoders.Image(output_type=types.RGB)(files)
"""

WRONG_CODE = {
    "fn.resize(fn.constant(idata=1), siez=(1, 2))": "siez",
    "fn.readers.file(file_root=3)": "file_root",
    "fn.resize()": "resize",
    'fn.random.coin_flip(probability="often")': "probability",
    "ops.Resize(nonsense=1)": "nonsense",
}


@pytest.mark.timeout(300)
def test_mypy_understands_the_api(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    right, wrong = tmp_path / "right.py", tmp_path / "wrong.py"
    right.write_text(USER_CODE)
    wrong.write_text("from adali import fn, ops\n\n" + "\n".join(WRONG_CODE) + "\n")
    root = stubs.PACKAGE.parent
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--no-error-summary"]
    command += [
        "--config-file",
        str(root / "pyproject.toml"),
        "--cache-dir",
        str(root / ".mypy_cache"),
        str(right),
        str(wrong),
    ]
    out = subprocess.run(command, capture_output=True, text=True, cwd=root, check=False).stdout
    assert "right.py" not in out, out
    for line, (code, text) in enumerate(WRONG_CODE.items(), start=3):
        assert any(f"wrong.py:{line}:" in row and text in row for row in out.splitlines()), f"{code}: {out}"
