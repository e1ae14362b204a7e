"""The public names, the constructor's contract, and that both pipelines are one API."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from typing import Any

import pytest

import adali
import adali.sync
from adali.pipeline import PipelineBase

# ---- names --------------------------------------------------------------------------------------------------------

#: A change here is a change of the public API: it belongs into CHANGELOG.md.
PUBLIC = {
    "adali": """AdaliError ArgumentError DataNode DeviceUnavailableError GraphError OperatorError Pipeline
        PipelineClosedError PipelineStateError backend errors fn math newaxis ops pipeline_def storage sync types""",
    "adali.sync": "OperatorConcurrency Pipeline StreamPolicy pipeline_def",
    "adali.serving": """DeadlineExceeded InvalidInput Limits Model ModelError Overloaded Service ServiceClosed Services
        ServingError TooLarge""",
    "adali.backend": "TensorCPU TensorGPU TensorListCPU TensorListGPU",
    "adali.errors": """AdaliError ArgumentError CheckpointError DeviceFaultError DeviceUnavailableError GraphError
        OperatorError OutputTypeError PipelineClosedError PipelineStateError SourceLine StorageError
        UnknownArgumentError UnknownNameError caller_line""",
    "adali.samplers": "ClassBalancedSampler Sampler ShuffleSampler WeightedSampler",
    "adali.storage": """Found RemoteFile Request Settings Stat Storage StorageError any_url current dirname is_url join
        local_path use""",
    "adali.tfrecord": "Feature FeatureType FixedLenFeature VarLenFeature float32 int64 string",
    "adali.types": """
        ANY_DATA BGR BOOL BatchInfo CPU_ONLY_DEVICE_ID CUDAStream Constant ConstantNode DALIDataType
        DALIImageType DALIInterpType DATA_TYPE FEATURE FLOAT FLOAT16 FLOAT64 GRAY IMAGE_TYPE INT16 INT32
        INT64 INT8 INTERP_CUBIC INTERP_GAUSSIAN INTERP_LANCZOS3 INTERP_LINEAR INTERP_NN INTERP_TRIANGULAR
        INTERP_TYPE NCHW NFCHW NFHWC NHWC NO_TYPE PYTHON_OBJECT PipelineAPIType RGB SAME STRING SampleInfo
        ScalarConstant TENSOR_LAYOUT TensorLayout UINT16 UINT32 UINT64 UINT8 YCbCr storage_dtype
        to_dali_type to_numpy_type""",
}


@pytest.mark.parametrize("module", PUBLIC)
def test_public_names(module: str) -> None:
    loaded = importlib.import_module(module)
    assert sorted(loaded.__all__) == sorted(PUBLIC[module].split())
    for name in loaded.__all__:
        assert getattr(loaded, name) is not None


MEMBERS = [
    "add_sink",
    "batch_size",
    "concurrency",
    "cpu_queue_size",
    "current",
    "default_cuda_stream_priority",
    "define_graph",
    "deserialize",
    "device_id",
    "empty",
    "enable_api_check",
    "enable_memory_stats",
    "epoch_size",
    "epochs",
    "exec_async",
    "exec_dynamic",
    "exec_pipelined",
    "exec_separated",
    "executor_statistics",
    "external_source_shm_statistics",
    "feed_input",
    "gpu_queue_size",
    "input_feed_count",
    "iter_setup",
    "max_batch_size",
    "max_streams",
    "num_outputs",
    "num_threads",
    "on_error",
    "checkpoint",
    "enable_checkpointing",
    "is_restored_from_checkpoint",
    "output_dtype",
    "output_layout",
    "output_ndim",
    "output_stream",
    "pop_current",
    "prefetch_queue_depth",
    "push_current",
    "py_num_workers",
    "py_start_method",
    "reader_meta",
    "save_graph_to_dot_file",
    "seed",
    "serialize",
    "set_affinity",
    "set_outputs",
    "start_py_workers",
    "stats",
    "stream_policy",
    "build",
    "run",
    "outputs",
    "schedule_run",
    "share_outputs",
    "release_outputs",
    "reset",
    "deserialize_and_build",
]


@pytest.mark.parametrize(("cls", "own"), [(adali.Pipeline, "aclose"), (adali.sync.Pipeline, "close")])
def test_public_members_of_the_pipeline(cls: Any, own: str) -> None:
    assert sorted(n for n in dir(cls) if not n.startswith("_")) == sorted([*MEMBERS, own])
    for name in (*MEMBERS, own):
        assert inspect.getdoc(inspect.getattr_static(cls, name)), f"{name} has no docstring"


def test_version() -> None:
    assert adali.__version__.count(".") == 2


def test_unknown_attribute() -> None:
    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = adali.no_such_thing


# ---- the constructor ------------------------------------------------------------------------------------------------

#: Order and defaults as the reference documents them.
CONSTRUCTOR = [
    ("batch_size", -1),
    ("num_threads", -1),
    ("device_id", -1),
    ("seed", -1),
    ("exec_pipelined", True),
    ("prefetch_queue_depth", 2),
    ("exec_async", True),
    ("bytes_per_sample", 0),
    ("set_affinity", False),
    ("max_streams", -1),
    ("default_cuda_stream_priority", 0),
]

#: Arguments of today's DALI, and adali's own.
KEYWORDS = [
    "on_error",
    "enable_checkpointing",
    "checkpoint",
    "enable_memory_stats",
    "py_num_workers",
    "py_start_method",
    "py_callback_pickler",
    "output_dtype",
    "output_ndim",
    "output_layout",
    "exec_dynamic",
    "experimental_exec_dynamic",
    "stream_policy",
    "concurrency",
]

BOTH = pytest.mark.parametrize("cls", [adali.Pipeline, adali.sync.Pipeline], ids=["async", "sync"])


@BOTH
def test_constructor_order_and_defaults(cls: Any) -> None:
    parameters = list(inspect.signature(cls).parameters.values())
    positional = [(p.name, p.default) for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert positional == CONSTRUCTOR
    assert [p.name for p in parameters if p.kind is p.KEYWORD_ONLY] == KEYWORDS


@BOTH
def test_constructor_by_position(cls: Any) -> None:
    pipe = cls(8, 3, 0, 42, False, 5, False, 100, True, 7, 1)
    given = (
        pipe.batch_size,
        pipe.num_threads,
        pipe.device_id,
        pipe.seed,
        pipe.exec_pipelined,
        pipe.prefetch_queue_depth,
        pipe.exec_async,
        pipe.set_affinity,
        pipe.max_streams,
        pipe.default_cuda_stream_priority,
    )
    assert given == (8, 3, 0, 42, False, 5, False, True, 7, 1)
    assert (pipe.max_batch_size, pipe.cpu_queue_size, pipe.gpu_queue_size, pipe.on_error) == (8, 5, 5, "raise")


BAD = [
    ({"batch_size": -2}, "batch_size"),
    ({"batch_size": -1}, "batch_size"),
    ({"batch_size": 0}, "batch_size"),
    ({"num_threads": -1}, "num_threads"),
    ({"num_threads": -7}, "num_threads"),
    ({"device_id": -3}, "device_id"),
    ({"device_id": -1}, "device_id"),
    ({"prefetch_queue_depth": 0}, "prefetch_queue_depth"),
    ({"prefetch_queue_depth": {"cpu_size": 1}}, "gpu_size"),
    (
        {"prefetch_queue_depth": {"cpu_size": 1, "gpu_size": 1}, "exec_async": False, "exec_pipelined": False},
        "not supported",
    ),
    ({"on_error": "ignore"}, "on_error"),
]


@BOTH
@pytest.mark.parametrize(("kwargs", "text"), BAD, ids=[str(k) for k, _ in BAD])
def test_bad_values_are_refused(cls: Any, kwargs: dict[str, Any], text: str) -> None:
    """Some at once; -1, which stands for the value of a serialized pipeline, at the latest when it is built."""
    with pytest.raises(ValueError, match=text):
        blocking(cls(**{"batch_size": 2, "num_threads": 1, "device_id": None, **kwargs}))


def blocking(pipe: Any) -> None:
    with pipe:
        pipe.set_outputs(adali.fn.constant(idata=1))
    if isinstance(pipe, adali.Pipeline):
        import asyncio

        asyncio.run(build_and_close(pipe))
    else:
        pipe.build()
        pipe.close()


async def build_and_close(pipe: adali.Pipeline) -> None:
    await pipe.build()
    await pipe.aclose()


@BOTH
def test_left_out_device_is_no_error(cls: Any) -> None:
    pipe = cls(batch_size=1, num_threads=1)
    blocking(pipe)
    assert pipe.device_id is None


# ---- one API, two faces ---------------------------------------------------------------------------------------------

AWAITED = [
    "build",
    "run",
    "outputs",
    "schedule_run",
    "share_outputs",
    "release_outputs",
    "reset",
    "deserialize_and_build",
]


@pytest.mark.parametrize("name", AWAITED)
def test_awaited_members_differ_in_nothing_but_the_waiting(name: str) -> None:
    awaited, blocks = getattr(adali.Pipeline, name), getattr(adali.sync.Pipeline, name)
    assert inspect.iscoroutinefunction(inspect.unwrap(awaited))
    assert not inspect.iscoroutinefunction(blocks)
    assert inspect.signature(awaited) == inspect.signature(blocks)
    assert awaited.__doc__ == blocks.__doc__
    assert awaited.__name__ == blocks.__name__ == name


def test_closing_has_one_signature() -> None:
    assert inspect.signature(adali.Pipeline.aclose) == inspect.signature(adali.sync.Pipeline.close)
    assert adali.Pipeline.aclose.__doc__ == adali.sync.Pipeline.close.__doc__


@pytest.mark.parametrize("name", sorted(set(MEMBERS) - set(AWAITED)))
def test_all_other_members_are_the_same_objects(name: str) -> None:
    one, other = (inspect.getattr_static(cls, name) for cls in (adali.Pipeline, adali.sync.Pipeline))
    assert one is other is inspect.getattr_static(PipelineBase, name)


def test_both_constructors_are_the_same() -> None:
    assert adali.Pipeline.__init__ is adali.sync.Pipeline.__init__ is PipelineBase.__init__


@pytest.mark.parametrize("name", AWAITED)
def test_forgotten_await_explains_itself(name: str) -> None:
    pipe = adali.Pipeline(batch_size=1, num_threads=1)
    arguments = [b""] if name == "deserialize_and_build" else []
    with pytest.raises(TypeError, match=rf"await pipe\.{name}\(") as error:
        _images, _labels = getattr(pipe, name)(*arguments)
    assert "adali.sync.Pipeline" in str(error.value)


# ---- what importing costs -------------------------------------------------------------------------------------------

HEAVY = ["cupy", "torch", "jax", "numba", "llvmlite", "cv2", "nvidia.nvimgcodec", "simplejpeg", "tensorflow", "paddle"]


@pytest.mark.parametrize("statement", ["import adali", "import adali.sync", "from adali import backend, types"])
def test_import_is_light(statement: str) -> None:
    code = f"{statement}\nimport sys\nprint([m for m in {HEAVY} if m in sys.modules])"
    result = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (result.stdout.strip(), result.stderr) == ("[]", "")


def test_importing_the_operators_brings_no_gpu_library_and_no_framework() -> None:
    code = "import adali.fn, adali.ops, sys\nprint([m for m in ('cupy', 'torch', 'jax') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (result.stdout.strip(), result.stderr) == ("[]", "")
