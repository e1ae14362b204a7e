"""Write enums.json: names and numeric values of the enums and constants of the real DALI.

Run it with a Python that has nvidia-dali installed; nothing else of the project needs one:

    python tests/golden/make_enums.py
"""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path

import nvidia.dali as dali
from nvidia.dali import types

ENUMS = ("DALIDataType", "DALIInterpType", "DALIImageType", "PipelineAPIType")


def value_of(member: object) -> int:
    return int(member.value if isinstance(member, Enum) else member)  # type: ignore[call-overload]


def main() -> None:
    enums = {
        name: {key: value_of(member) for key, member in getattr(types, name).__members__.items()} for name in ENUMS
    }
    members = tuple(getattr(types, name) for name in ENUMS)
    constants = {
        name: f"{type(value).__name__}.{value.name}"
        for name, value in vars(types).items()
        if isinstance(value, members)
    }
    plain = {
        name: value
        for name, value in vars(types).items()
        if name.isupper() and not name.startswith("_") and isinstance(value, (int, str))
    }
    golden = {"dali": dali.__version__, "enums": enums, "constants": constants, "plain": plain}
    path = Path(__file__).with_name("enums.json")
    path.write_text(json.dumps(golden, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
