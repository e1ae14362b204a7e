from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

_HERE = Path(__file__).parent
_DATA = _HERE.parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def oracle() -> dict[str, Any]:
    """Arrays computed by the real DALI 2.4 on CPU from the image and numbers stored beside them."""
    with np.load(_HERE / "golden" / "oracle.npz") as file:
        return dict(file)


@pytest.fixture(scope="session")
def data() -> Path:
    """The shared folder of test data."""
    if not _DATA.is_dir():
        pytest.skip("the shared test data is not present beside the repository")
    return _DATA


@pytest.fixture(scope="session")
def photos(data: Path) -> list[Path]:
    return sorted((data / "imagenet_sample").glob("*/*"))
