"""How many golden cases (outputs of the real DALI) each operator has: the files of tests/golden, read by family.

``python tests/golden_index.py`` writes the table docs/operators/golden.md; a test compares.
"""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from adali.graph.frontend import names
from adali.graph.schema import registry, snake_case

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
PAGE = HERE.parent / "docs" / "operators" / "golden.md"

#: Operators without a golden case, and what checks them instead.
WITHOUT = {
    "random": "random numbers: distribution tests, reproducibility and independence of threads and batches",
    "python": "runs the user's function: compared with calling the function",
    "source": "hands over the user's data: compared with that data",
    "constant": "gives the user's value: compared with NumPy, and part of every arithmetic case with a constant",
    "device": "moves a batch to the device, a copy on the host: compared with its input",
    "internal": "part of conditional execution, which is compared with DALI as a whole",
    "file": "writes files: what it wrote is read again",
}


def _fn_paths() -> dict[str, str]:
    """``random.uniform`` -> ``random__Uniform``, for every name an operator goes by."""
    paths = {}
    for name, schema in names():
        *modules, last = name.split("__")
        paths[".".join([*modules, snake_case(last)])] = schema.name
    return paths


def _cases(module: str) -> dict[str, Any]:
    spec = importlib.util.spec_from_file_location(module, GOLDEN / f"{module}.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(GOLDEN))
    try:
        spec.loader.exec_module(loaded)
    finally:
        sys.path.pop(0)
    cases: dict[str, Any] = loaded.CASES
    return cases


def _json_in(archive: str) -> Any:
    stored = np.load(GOLDEN / archive)["cases"]
    return json.loads(bytes(stored).decode() if stored.dtype == np.uint8 else str(stored))


def count() -> Counter[str]:
    """Number of golden cases by schema name."""
    paths = _fn_paths()
    found: Counter[str] = Counter()

    def add(op: str, number: int = 1) -> None:
        name = paths.get(op) or (registry.resolve(op) if op in registry.aliases() or op in registry else None)
        if name is not None:
            found[name] += number

    for module in ("color_cases", "filter_cases", "image_cases", "detection_cases", "auto_aug_cases"):
        if (GOLDEN / f"{module}.py").exists():
            for case in _cases(module).values():
                add(case[0])
    for archive in ("geometry.npz", "audio.npz"):
        for case in _json_in(archive):
            add(case["op"])
    for expression in json.loads((GOLDEN / "math.json").read_text()):
        for op in re.findall(r"\bfn\.([a-z_0-9.]+)\(", expression):
            add(op)
        if re.search(r"\bmath\.|[-+*/<>&|^]=? ?\w", expression):
            add("_ArithmeticGenericOp")
        if re.search(r"\w\[", expression):
            add("_TensorSubscript")
            add("_SubscriptDimCheck")
    variants = {"crop": "decoders__ImageCrop", "slice": "decoders__ImageSlice", "shape": "PeekImageShape"}
    for outputs in json.loads((GOLDEN / "image_decode.json").read_text()).values():
        for variant in outputs:
            add(variants.get(variant.split("-")[0], "decoders__Image"))
    for key in np.load(GOLDEN / "image_files.npz").files:
        if "#" in key:
            add(variants.get(key.split("#")[1].split("-")[0], "decoders__Image"))
    readers = json.loads((GOLDEN / "file_reader.json").read_text())
    add("readers__File", sum(len(readers[k]) for k in ("listings", "lists", "epochs")))
    return found


def reason(name: str) -> str | None:
    """Why an operator needs no golden case, or None if it does."""
    schema, cls = registry[name]
    if name.startswith("_conditional__"):
        return WITHOUT["internal"]
    if "PythonFunction" in name or "NumbaFunction" in name:
        return WITHOUT["python"]
    if name == "ExternalSource":
        return WITHOUT["source"]
    if name == "Constant":
        return WITHOUT["constant"]
    if name == "MakeContiguous":
        return WITHOUT["device"]
    if name == "DumpImage":
        return WITHOUT["file"]
    if "seed" in schema.by_name and not issubclass(cls, _input_operator()):
        return WITHOUT["random"]
    return None


def _input_operator() -> type:
    from adali.operators.base import InputOperator

    return InputOperator


def page() -> str:
    """The table of docs/operators/golden.md."""
    cases = count()
    lines = [
        "# Golden cases",
        "",
        "Number of cases in `tests/golden` with the output of the real DALI, by operator; the tolerance stands beside",
        "each case. Written by `python tests/golden_index.py`.",
        "",
        "| operator | cases |",
        "| --- | --- |",
    ]
    lines += [f"| `{name}` | {cases[name] or reason(name) or 'none'} |" for name in sorted(registry)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{sum(count().values())} cases; without: {[n for n in registry if not count()[n] and not reason(n)]}")
