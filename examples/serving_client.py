"""An async client of `adali serve`: many images at once, each with its own answer or its own error.

    python examples/serving_client.py

It starts the server of serving_onnx.py, asks it over HTTP and gRPC with NVIDIA's client (tritonclient), and stops it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import numpy as np
import tritonclient.grpc.aio as grpc_client
import tritonclient.http.aio as http_client
from tritonclient.utils import InferenceServerException

import adali

HERE = Path(__file__).resolve().parent
IMAGES = sorted((Path(adali.__file__).parent / "cli" / "images").rglob("*.jpg"))


async def start() -> tuple[asyncio.subprocess.Process, str, str]:
    """`adali serve` on free ports; returns the process and the addresses it listens on."""
    command = [
        sys.executable,
        "-m",
        "adali",
        "serve",
        "serving_onnx:classifier",
        "--http-port",
        "0",
        "--grpc-port",
        "0",
    ]
    server = await asyncio.create_subprocess_exec(
        *command, "--log-level", "warning", cwd=HERE, env=os.environ, stdout=asyncio.subprocess.PIPE
    )
    assert server.stdout is not None
    http = (await server.stdout.readline()).decode().split("//")[1].strip()
    grpc = (await server.stdout.readline()).decode().split()[-1]
    await server.stdout.readline()
    return server, http, grpc


def tensor(api, data: bytes):
    """One image as the input `images`: one row of one element of any length."""
    value = api.InferInput("images", [1, 1], "BYTES")
    value.set_data_from_numpy(np.array([[data]], dtype=object))
    return value


async def classify(client, api, data: bytes) -> int:
    """The most likely class of an image."""
    result = await client.infer("pipeline", [tensor(api, data)])
    return int(np.argmax(result.as_numpy("probabilities")[0]))


async def main() -> None:
    server, http, grpc = await start()
    try:
        for name, api, address in (("HTTP", http_client, http), ("gRPC", grpc_client, grpc)):
            async with api.InferenceServerClient(address) as client:
                answers = await asyncio.gather(*(classify(client, api, p.read_bytes()) for p in IMAGES))
                print(f"{name}: {len(answers)} images, classes {' '.join(map(str, answers))}")
                try:
                    await classify(client, api, IMAGES[0].read_bytes()[:500])
                except InferenceServerException as e:
                    print(f"{name}: half an image: {e.message()}")
    finally:
        server.send_signal(signal.SIGTERM)
        print(f"the server ended with status {await server.wait()}")


if __name__ == "__main__":
    asyncio.run(main())
