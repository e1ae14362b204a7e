"""What serving needs, and what it does without."""

from __future__ import annotations

import subprocess
import sys

import pytest

from adali.serving import Model


def test_what_a_model_needs() -> None:
    for options in ({"max_batch": 0}, {"concurrency": 0}, {"max_wait": -1}):
        with pytest.raises(ValueError, match=next(iter(options))):
            Model(print, **options)  # type: ignore[arg-type]


def test_the_core_needs_no_extra() -> None:
    code = (
        "import sys, adali\n"
        "assert 'adali.serving' not in sys.modules\n"
        "import adali.serving\n"
        "extras = {'uvicorn', 'grpc', 'prometheus_client', 'starlette', 'opentelemetry', 'onnxruntime'}\n"
        "assert not extras & set(sys.modules), extras & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
