"""Writes schemas.json: inputs, layouts and arguments of every operator of the real DALI (a CPU is enough).

``python make_schemas.py``; it imports nothing of adali.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nvidia.dali import backend, ops


def describe(name: str) -> dict[str, Any]:
    """One operator."""
    schema = backend.GetSchema(name)
    args = {}
    for argument in sorted(schema.GetArgumentNames()):
        traits = {
            "required": not schema.IsArgumentOptional(argument),
            "tensor": schema.IsTensorArgument(argument),
            "per frame": schema.ArgSupportsPerFrameInput(argument),
            "deprecated": schema.IsDeprecatedArg(argument),
        }
        args[argument] = [trait for trait, holds in traits.items() if holds]
    devices = {"cpu": ops.cpu_ops(), "gpu": ops.gpu_ops(), "mixed": ops.mixed_ops()}
    count = schema.MaxNumInput()
    return {
        "devices": [device for device, listed in devices.items() if name in listed],
        "internal": schema.IsInternal(),
        "sequences": schema.AllowsSequences(),
        "inputs": [schema.MinNumInput(), count],
        "layouts": [[str(x) for x in schema.GetSupportedLayouts(i)] for i in range(min(count, 4))],
        "args": args,
    }


if __name__ == "__main__":
    listed = sorted({*ops.cpu_ops(), *ops.gpu_ops(), *ops.mixed_ops()})
    lines = ",\n".join(f"{json.dumps(n)}: {json.dumps(describe(n), separators=(',', ':'))}" for n in listed)
    (Path(__file__).parent / "schemas.json").write_text("{\n" + lines + "\n}\n", encoding="utf-8")
