"""The documentation is true: its tables are complete, its code runs, its links lead somewhere."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import adali
import adali.sync
from adali import backend, types

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
REFERENCE = ROOT.parent / "shared" / "spec" / "pipeline_api_reference.txt"
IMAGES = ROOT / "adali" / "cli" / "images"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]

#: Members of the reference: class -> names. A test below compares them with the reference itself where it is at hand.
MEMBERS = {
    "Pipeline": """batch_size build define_graph deserialize_and_build device_id empty enable_api_check epoch_size
        feed_input iter_setup num_threads outputs release_outputs reset run save_graph_to_dot_file schedule_run
        serialize share_outputs""",
    "TensorCPU": "copy_to_external dtype layout shape squeeze",
    "TensorGPU": "copy_to_external dtype layout shape squeeze",
    "TensorListCPU": "as_array as_reshaped_tensor as_tensor at copy_to_external is_dense_tensor layout",
    "TensorListGPU": "as_cpu as_reshaped_tensor as_tensor at copy_to_external is_dense_tensor layout",
    "DALIDataType": """BOOL DATA_TYPE FEATURE FLOAT FLOAT16 FLOAT64 IMAGE_TYPE INT16 INT32 INT64 INT8 INTERP_TYPE
        NO_TYPE PYTHON_OBJECT STRING TENSOR_LAYOUT UINT16 UINT32 UINT64 UINT8""",
    "DALIInterpType": "INTERP_CUBIC INTERP_GAUSSIAN INTERP_LANCZOS3 INTERP_LINEAR INTERP_NN INTERP_TRIANGULAR",
    "DALIImageType": "ANY_DATA BGR GRAY RGB YCbCr",
    "TensorLayout": "",
}


def members_of_the_reference() -> dict[str, set[str]]:
    """Classes and members, read from the reference's text."""
    found: dict[str, set[str]] = {}
    current = ""
    lines = REFERENCE.read_text(encoding="utf-8").splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line == "class":
            current = ""
        elif line.startswith("nvidia.dali.") and line.endswith(".") and not current:
            current = re.match(r"\w+", following)[0]  # type: ignore[index]
            found[current] = set()
        # The name of a member stands alone, before its signature, its value or the sign of a link to it.
        elif current and re.fullmatch(r"[A-Za-z]\w*", line) and re.match(r"\(.*\).*¶|¶|= ", following):
            found[current].add(line)
    for cls, names in found.items():
        names.discard(cls)  # the constructor
    return found


@pytest.mark.skipif(not REFERENCE.is_file(), reason="the reference is not beside this checkout (../shared)")
def test_the_list_of_members_is_that_of_the_reference() -> None:
    found = members_of_the_reference()
    expected = {cls: set(names.split()) for cls, names in MEMBERS.items()}
    # The reference's text lost the heading of share_outputs; it names the method in the text of release_outputs.
    assert "share_outputs" in REFERENCE.read_text(encoding="utf-8")
    expected["Pipeline"].discard("share_outputs")
    found["Pipeline"].discard("share_outputs")
    assert found == expected


def section(title: str) -> str:
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    return [[c.strip() for c in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| `")]


def pointers(text: str) -> list[str]:
    """Tests and test files that a text names."""
    return re.findall(r"`(tests/[\w/]+\.py(?:::\w+)?)`", text)


@pytest.mark.parametrize("cls", [adali.Pipeline, adali.sync.Pipeline])
def test_every_member_of_the_pipeline_is_listed_and_there(cls: Any) -> None:
    table = [row for row in rows(section("Pipeline")) if len(row) == 4]
    assert [row[0].strip("`") for row in table] == ["Pipeline", *sorted(MEMBERS["Pipeline"].split())]
    for row in table:
        assert pointers(row[3]), row
    for name in MEMBERS["Pipeline"].split():
        assert hasattr(cls, name)


@pytest.mark.parametrize("cls", ["TensorCPU", "TensorGPU", "TensorListCPU", "TensorListGPU"])
def test_every_member_of_the_containers_is_listed_and_there(cls: str) -> None:
    table = {row[0].strip("`"): row[1] for row in rows(section("Containers"))}
    for name in MEMBERS[cls].split():
        assert pointers(table[f"{cls}.{name}"])
        assert hasattr(getattr(backend, cls), name)
    assert {key.split(".")[1] for key in table if key.startswith(f"{cls}.")} == set(MEMBERS[cls].split())


@pytest.mark.parametrize("enum", ["DALIDataType", "DALIInterpType", "DALIImageType"])
def test_every_member_of_the_enums_is_listed_and_there(enum: str) -> None:
    table = {row[0].strip("`"): row[1] for row in rows(section("Enums"))}
    assert re.findall(r"`(\w+)`", table[enum]) == MEMBERS[enum].split()
    for name in MEMBERS[enum].split():
        assert getattr(getattr(types, enum), name) == getattr(types, name)
    assert "TensorLayout" in table
    assert issubclass(types.TensorLayout, str) or callable(types.TensorLayout)


def test_the_documented_constructor_arguments_are_listed() -> None:
    import inspect

    documented = [p.name for p in inspect.signature(adali.Pipeline).parameters.values() if p.kind is not p.KEYWORD_ONLY]
    assert len(documented) == 11
    for name in documented:
        assert f"`{name}`" in section("Pipeline")


def test_every_named_test_exists() -> None:
    named = [name for page in PAGES for name in pointers(page.read_text(encoding="utf-8"))]
    assert len(named) > 40
    for name in named:
        file, _, function = name.partition("::")
        path = ROOT / file
        assert path.is_file(), name
        if function:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            functions = {n.name for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))}
            assert function in functions, name


# ---- links and names ------------------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    plain = [re.sub(r"\[(.*?)\]\(.*?\)", r"\1", t).lower() for t in titles]
    return {re.sub(r"[^\w\- ]", "", t).replace(" ", "-") for t in plain}


@pytest.mark.parametrize("page", PAGES, ids=[str(p.relative_to(ROOT)) for p in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?:", target):
            continue
        file, _, anchor = target.partition("#")
        path = (page.parent / file).resolve() if file else page
        assert path.exists(), target
        if anchor:
            assert anchor in anchors(path), target


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in seen and page.suffix == ".md":
            seen.add(page)
            targets = re.findall(r"\]\(([^)\s#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
            waiting += [(page.parent / t).resolve() for t in targets]
    assert set(PAGES) <= seen | {DOCS / "index.md"}


def test_no_path_of_a_machine_is_named() -> None:
    for page in PAGES:
        assert not re.search(r"/(root|home|work|Users|tmp)/", page.read_text(encoding="utf-8")), page


def test_the_readme_opens_with_what_it_is_and_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.index("make demo") < text.index("make test") < text.index("## ")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)", text, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"


# ---- the code of the pages runs -------------------------------------------------------------------------------------


def code(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


def run(text: str, folder: Path) -> str:
    """Run code from a page; where it says "photos", it gets the package's images."""
    script = folder / "page.py"
    script.write_text(text.replace('"photos"', repr(str(IMAGES))), encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        capture_output=True,
        text=True,
        timeout=50,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_readmes_ten_lines_run(tmp_path: Path) -> None:
    (example,) = code("README.md")
    out = run(example, tmp_path)
    assert re.search(r"\(30, 3, 224, 224\) \[", out), out


def test_the_operator_that_is_added_runs(tmp_path: Path) -> None:
    operator, use = code("docs/adding_an_operator.md")
    assert len(operator.splitlines()) <= 50
    check = """
import numpy as np
for i in range(4):
    a = images.at(i)
    np.testing.assert_array_equal(two.at(i), a // 64 * 64)
    step = 2 ** (8 - int(bits.at(i)))
    np.testing.assert_array_equal(random.at(i), a // step * step)
    assert two[i].layout() == "HWC"
pipe.close()
bad = sync.Pipeline(batch_size=1, num_threads=1)
with bad:
    bad.set_outputs(fn.posterize(fn.constant(idata=[1], shape=[1, 1, 1]), bits=2))
try:
    bad.run()
except RuntimeError as e:
    assert "expected an image of type uint8, got int32" in str(e), e
    assert "made at" in str(e), e
else:
    raise AssertionError("an image of the wrong type was taken")
bad.close()
print("fine", fn.posterize.__doc__.splitlines()[0])
"""
    assert run(operator + use + check, tmp_path).startswith("fine Keeps the upper bits")


def test_the_guides_pipelines_run(tmp_path: Path) -> None:
    functional, in_place, class_style = code("docs/guide.md")[:3]
    drive = """
import asyncio

async def main(pipe):
    async with pipe:
        print(sum([len(labels) async for _, labels in pipe]))

"""
    assert run(functional + drive + "asyncio.run(main(pipe))", tmp_path) == "30\n"
    assert run(in_place + drive + "asyncio.run(main(pipe))", tmp_path) == "30\n"
    use = 'asyncio.run(main(Simple("photos", batch_size=4, num_threads=2)))'
    assert run(class_style + drive + use, tmp_path) == "30\n"


def test_the_serving_page_runs(tmp_path: Path) -> None:
    (example,) = code("docs/serving.md")
    out = run(example, tmp_path)
    assert re.search(r"^24 \(64, 64, 3\) \d+ batches$", out, re.MULTILINE), out
    assert "Premature end of JPEG file" in out
