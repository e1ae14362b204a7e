"""How many golden cases (outputs of the real DALI) each operator has: the files of tests/golden, read by family.

``python tests/golden_index.py`` writes the table docs/golden.md; a test compares.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from adali.graph.frontend import names
from adali.graph.schema import registry, snake_case

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from recipes import NOT_IN_DALI  # noqa: E402

sys.path.pop(0)
GOLDEN = HERE / "golden"
PAGE = HERE.parent / "docs" / "golden.md"

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


@functools.cache
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


def _given(case: Any) -> set[str]:
    """Names of the arguments of a case: the keys of its dictionaries."""
    return {key.lstrip("/") for part in case if isinstance(part, dict) for key in part}


def cases() -> Iterator[tuple[str, set[str]]]:
    """Every golden case: schema name and the arguments it gives."""
    for op, given in _named_cases():
        name = _fn_paths().get(op) or (registry.resolve(op) if op in registry.aliases() or op in registry else None)
        if name is not None:
            by_name = registry[name][0].by_name
            # An old name passes its value on.
            yield name, given | {by_name[g].deprecated or g for g in given if g in by_name}


def _named_cases() -> Iterator[tuple[str, set[str]]]:
    modules = ("color_cases", "filter_cases", "image_cases", "detection_cases", "auto_aug_cases", "sequence_cases")
    for module in (*modules, "detection_random_cases"):
        if (GOLDEN / f"{module}.py").exists():
            for case in _cases(module).values():
                yield case[0], _given(case)
    if (GOLDEN / "detection_crop_cases.py").exists():
        for case in _cases("detection_crop_cases").values():
            yield (case[0] if isinstance(case[0], str) else "random_bbox_crop"), _given(case)
    for archive in ("geometry.npz", "audio.npz"):
        for case in _json_in(archive):
            yield case["op"], _given([case.get(k) for k in ("args", "arg_inputs", "columns")])
    for expression in json.loads((GOLDEN / "math.json").read_text()):
        for op, rest in re.findall(r"\bfn\.([a-z_0-9.]+)\(([^()]*(?:\([^()]*\)[^()]*)*)", expression):
            yield op, set(re.findall(r"(\w+)=", rest))
        # Calls within the arguments of another call.
        whole = re.findall(r"\bfn\.([a-z_0-9.]+)\(", expression)
        outer = [op for op, _ in re.findall(r"\bfn\.([a-z_0-9.]+)\(([^()]*(?:\([^()]*\)[^()]*)*)", expression)]
        for op in (Counter(whole) - Counter(outer)).elements():
            yield op, set()
        if re.search(r"\bmath\.|[-+*/<>&|^]=? ?\w", expression):
            yield "_ArithmeticGenericOp", set()
        if re.search(r"\w\[", expression):
            yield "_TensorSubscript", set()
            yield "_SubscriptDimCheck", set()
    with np.load(GOLDEN / "image_files.npz") as files:
        variants = json.loads(str(files["variants"]))
        done = [key.split("#")[1] for key in files.files if "#" in key]
    for outputs in json.loads((GOLDEN / "image_decode.json").read_text()).values():
        done += outputs
    for variant in done:
        op, given = variants[variant]
        yield op, set(given)
    readers = json.loads((GOLDEN / "file_reader.json").read_text())
    for entry in readers["listings"]:
        yield "readers.file", {"file_root", *entry[0]}
    for _ in readers["lists"]:
        yield "readers.file", {"file_list", "file_root"}
    for entry in readers["epochs"]:
        yield "readers.file", {"files", "file_root", *entry[1]}
    for entry in readers["shuffled"]:
        yield "readers.file", {"files", "file_root", *entry[1]}
    containers = json.loads((GOLDEN / "readers.json").read_text())
    for entry in (*containers["single"], *containers["epochs"]):
        yield f"readers.{entry[0]}", set(entry[1])
    single = json.loads((GOLDEN / "files.json").read_text())
    for entry in (*single["single"], *single["epochs"], *single["shuffled"]):
        yield f"readers.{entry[0]}", set(entry[1])
    for _, dtype, _ in single["decoded"]:
        yield "io.file.read", set()
        yield "decoders.numpy", set() if dtype is None else {"dtype"}
    for given, _ in single["saved"]:
        saving = {"annotations_file", "save_preprocessed_annotations", "save_preprocessed_annotations_dir"}
        yield "readers.coco", {*given, *saving, "preprocessed_annotations"}
    for _ in readers["windows"]:
        yield "readers.file", {"random_shuffle", "initial_fill"}
    videos = json.loads((GOLDEN / "video.json").read_text())
    for args, *_ in (*videos["readers"], *videos["epochs"]):
        yield "experimental.readers.video", {"file_list" if name == "list" else name for name in args}
    for _, args, _ in videos["decoders"]:
        yield "decoders.video", set(args)
    for *_, args, _ in videos["inputs"]:
        yield "experimental.inputs.video", set(args)


@functools.cache
def count() -> Counter[str]:
    """Number of golden cases by schema name."""
    return Counter(name for name, _ in cases())


#: Arguments that change no output, by name: hints, and what concerns GPUs only.
NO_EFFECT = {
    "bytes_per_sample_hint": "a hint",
    "preserve": "keeps an operator in the graph: tests/graph",
    "minibatch_size": "concerns GPU kernels",
    "temp_buffer_hint": "concerns GPU kernels",
    "blocks": "concerns GPU kernels",
    "threads_per_block": "concerns GPU kernels",
    "synchronize_stream": "concerns GPU streams",
    "register_buffers": "concerns GPUs only",
    "additional_decode_surfaces": "concerns GPUs only",
    "skip_vfr_check": "a variable frame rate makes no difference, so that nothing is checked",
    "jpeg_fancy_upsampling": 'concerns device="mixed"',
    "affine": 'concerns device="mixed"',
    "device_memory_padding": 'concerns device="mixed"',
    "device_memory_padding_jpeg2k": 'concerns device="mixed"',
    "host_memory_padding": 'concerns device="mixed"',
    "host_memory_padding_jpeg2k": 'concerns device="mixed"',
    "hw_decoder_load": 'concerns device="mixed"',
    "hybrid_huffman_threshold": 'concerns device="mixed"',
    "preallocate_height_hint": 'concerns device="mixed"',
    "preallocate_width_hint": 'concerns device="mixed"',
    "cache_batch_copy": 'concerns device="mixed"',
    "cache_debug": 'concerns device="mixed"',
    "cache_size": 'concerns device="mixed"',
    "cache_threshold": 'concerns device="mixed"',
    "cache_type": 'concerns device="mixed"',
    "dont_use_mmap": "says how bytes are read, not which",
    "read_ahead": "a hint",
    "fetch_concurrency": "changes the time only: tests/operators/test_loader.py",
    "fetch_bytes": "changes the time only: tests/operators/test_loader.py",
    "skip_cached_images": "decoders have no cache here",
    "tensor_init_bytes": "a hint",
}
#: The same for one operator's argument.
NO_EFFECT_OF = {
    ("ColorTwist", "image_type"): "the channels are taken for RGB, as in DALI",
    ("Hue", "image_type"): "the channels are taken for RGB, as in DALI",
    ("Saturation", "image_type"): "the channels are taken for RGB, as in DALI",
    ("decoders__ImageCrop", "crop_d"): "images have no depth",
    ("decoders__ImageCrop", "crop_pos_z"): "images have no depth",
    ("decoders__Inflate", "check_output_size"): "the size is always checked",
    ("decoders__Inflate", "algorithm"): "there is one",
    ("_conditional__Split", "_if_stmt"): "says where the operator comes from",
}

_F = "tests/operators/test_"
_S = f"{_F}single_file_readers.py::"
_P = f"{_F}parquet_and_datasets.py::"
_V = f"{_F}video_beyond.py::"
_SHUFFLES = {
    "shuffle_after_epoch": f"{_S}test_shuffled_epochs_are_dalis",
    "shuffle_after_epoch_seed": f"{_F}file_reader.py::test_the_seed_changes_the_window_but_not_what_shards_share",
}
_FILES = f"{_F}loader.py::test_files_are_shuffled_and_their_samples_stay_in_order"
#: Tests that show the effect of what no golden case gives: operator -> {argument: test}; "*" is all others.
SHOWN = {
    "BatchPermutation": {"*": f"{_F}random.py::test_permutations"},
    "Constant": {"*": f"{_F}math_arithmetic.py::test_constants_of_a_graph"},
    "DLTensorPythonFunction": {"*": f"{_F}filter_functions.py::test_dl_tensor_function_gets_lists_of_capsules"},
    "DumpImage": {"*": f"{_F}filter_functions.py::test_dump_image_writes_netpbm_and_passes_on"},
    "ExternalSource": {
        "layout": f"{_F}external_source.py::test_several_outputs_with_their_own_layouts_and_types",
        "dtype": f"{_F}external_source.py::test_several_outputs_with_their_own_layouts_and_types",
        "ndim": f"{_F}external_source.py::test_bad_data_is_an_error_that_says_why",
        "no_copy": f"{_F}external_source.py::test_no_copy_shares_the_memory",
        "blocking": f"{_F}external_source.py::test_a_blocking_input_waits_for_data",
        "repeat_last": f"{_F}external_source.py::test_repeat_last",
    },
    "Jitter": {"*": f"{_F}gpu_only.py::test_jitter_is_uniform_within_its_bounds"},
    "NormalizePermute": {"*": f"{_F}gpu_only.py::test_normalize_permute"},
    "OpticalFlow": {"*": f"{_F}gpu_only.py::test_optical_flow_arguments"},
    "decoders__Inflate": {"*": f"{_F}gpu_only.py::test_inflate_chunks"},
    "experimental__Dilate": {"*": f"{_F}gpu_only.py::test_morphology"},
    "experimental__Erode": {"*": f"{_F}gpu_only.py::test_morphology"},
    "experimental__MedianBlur": {"*": f"{_F}gpu_only.py::test_median_blur"},
    "experimental__Remap": {"*": f"{_F}gpu_only.py::test_remap"},
    "PythonFunction": {
        "num_outputs": f"{_F}python_function.py::test_several_outputs_with_layouts",
        "output_layouts": f"{_F}python_function.py::test_several_outputs_with_layouts",
        "batch_processing": f"{_F}python_function.py::test_one_call_a_batch",
    },
    "RandomBBoxCrop": {
        "bbox_layout": f"{_F}detection_crop.py::test_layouts_of_boxes",
        "ltrb": f"{_F}detection_crop.py::test_ltrb_is_the_older_bbox_layout",
        "output_bbox_indices": f"{_F}detection_crop.py::test_every_window_meets_its_conditions",
        "quiet": f"{_F}detection_crop.py::test_a_search_in_vain_is_logged",
    },
    "ROIRandomCrop": {"*": f"{_F}geometry.py::test_roi_random_crop_is_uniform"},
    "SSDRandomCrop": {"num_attempts": "tests/operators/test_arguments.py::test_ssd_random_crop_tries_again"},
    "_ArithmeticGenericOp": {"*": f"{_F}math_arithmetic.py::test_the_text_form_is_that_of_dali"},
    "_SubscriptDimCheck": {"*": f"{_F}subscript.py::test_out_of_range"},
    "_TensorSubscript": {"*": f"{_F}subscript.py::test_as_numpy"},
    "_conditional__Merge": {"*": "tests/graph/test_conditional.py::test_results_are_dalis"},
    "_conditional__Split": {"*": "tests/graph/test_conditional.py::test_results_are_dalis"},
    "_conditional__ValidateLogical": {"*": "tests/graph/test_conditional.py::test_operands_of_the_wrong_kind"},
    "experimental__NumbaFunction": {
        "*": f"{_F}filter_functions.py::test_numba_function_with_shapes_of_its_own",
        "batch_processing": f"{_F}filter_functions.py::test_numba_function_per_sample_and_per_batch",
    },
    "noise__Gaussian": {"*": f"{_F}filter_noise.py::test_gaussian_noise_is_normal"},
    "noise__SaltAndPepper": {
        "*": f"{_F}filter_noise.py::test_salt_and_pepper_shares",
        "pepper_val": f"{_F}filter_noise.py::test_salt_and_pepper_values_and_layouts",
        "salt_val": f"{_F}filter_noise.py::test_salt_and_pepper_values_and_layouts",
    },
    "noise__Shot": {"*": f"{_F}filter_noise.py::test_shot_noise_is_poisson"},
    **{
        f"readers__{name}": {
            "lazy_init": f"{_F}record_readers.py::test_lazy_init",
            "prefetch_queue_depth": f"{_F}file_reader.py::test_the_order_does_not_depend_on_how_far_ahead_is_read",
            **more,
        }
        for name, more in {
            "TFRecord": {
                "shuffle_after_epoch_seed": _FILES,
                "verify_checksums": f"{_F}record_readers.py::test_checksums_are_compared_unless_told_otherwise",
            },
            "Webdataset": {"shuffle_after_epoch_seed": _FILES},
            "MXNet": {"shuffle_after_epoch_seed": _FILES},
            "Caffe": {},
            "Caffe2": {},
        }.items()
    },
    **{
        f"{name}": {
            "lazy_init": f"{_F}file_reader.py::test_lazy_init_defers_what_is_wrong_to_the_first_read",
            "prefetch_queue_depth": f"{_F}file_reader.py::test_the_order_does_not_depend_on_how_far_ahead_is_read",
            "random_shuffle": f"{_S}test_shuffled_epochs_are_dalis",
            "initial_fill": f"{_F}file_reader.py::test_the_window_draws_from_dalis_distribution",
            **more,
        }
        for name, more in {
            "readers__COCO": _SHUFFLES,
            "readers__Numpy": _SHUFFLES,
            "readers__NemoAsr": _SHUFFLES,
            "readers__Sequence": {},
            "experimental__readers__Fits": {"*": f"{_S}test_fits_outputs_types_and_errors"},
            "readers__Parquet": {"*": f"{_P}test_columns_of_every_kind"},
            "readers__Dataset": {"*": f"{_P}test_each_sample_is_delivered_once"},
        }.items()
    },
    "experimental__readers__Video": {
        "lazy_init": f"{_V}test_lazy_init",
        "*": f"{_V}test_shuffled_shards_are_the_whole",
        "prefetch_queue_depth": f"{_V}test_shuffled_shards_are_the_whole",
        "file_list_include_end": f"{_V}test_the_end_of_a_range_may_be_included",
    },
    "readers__Video": {"*": f"{_V}test_the_older_arguments"},
    "readers__VideoResize": {"*": f"{_V}test_resized_sequences_are_those_of_resize"},
    "experimental__inputs__Video": {"*": f"{_V}test_feeding_videos"},
    "decoders__Numpy": {"*": f"{_S}test_decoders_numpy"},
    "io__file__Read": {"*": f"{_S}test_io_file_read_fails_by_name"},
    "readers__File": {
        "labels": f"{_F}file_reader.py::test_types_shapes_and_layouts",
        "lazy_init": f"{_F}file_reader.py::test_lazy_init_defers_what_is_wrong_to_the_first_read",
        "prefetch_queue_depth": f"{_F}file_reader.py::test_the_order_does_not_depend_on_how_far_ahead_is_read",
        "shuffle_after_epoch": f"{_F}file_reader.py::test_epochs_differ_and_repeat_with_the_seed",
        "shuffle_after_epoch_seed": f"{_F}file_reader.py::test_the_seed_changes_the_window_but_not_what_shards_share",
    },
}
#: The seed of a random operator.
SEEDS = "tests/operators/test_arguments.py::test_a_seed_is_used"
#: The sampler of a reader.
SAMPLERS = f"{_F}loader.py::test_the_shards_together_deliver_the_samplers_sequence"


def shown() -> dict[tuple[str, str], str]:
    """(operator, argument) -> the golden case, test or reason that accounts for it."""
    found: dict[tuple[str, str], str] = {}
    for name, given in cases():
        found.update({(name, argument): "golden" for argument in given})
    spec = importlib.util.spec_from_file_location("arguments", HERE / "operators" / "test_arguments.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("ImageCrop", "ImageSlice", "ImageRandomCrop"):
        found[f"decoders__{name}", "adjust_orientation"] = "tests/operators/test_arguments.py::test_adjust_orientation"
    for name, _, _, changed in module.CHANGES:
        found.update(
            {(name, argument): "tests/operators/test_arguments.py::test_has_an_effect" for argument in changed}
        )
    for name in registry:
        for argument in registry[name][0].by_name:
            test = SHOWN.get(name, {}).get(argument)
            test = test or {"seed": SEEDS, "sampler": SAMPLERS}.get(argument)
            why = NO_EFFECT_OF.get((name, argument)) or NO_EFFECT.get(argument)
            if (name, argument) not in found:
                best = test or why or SHOWN.get(name, {}).get("*")
                if best:
                    found[name, argument] = best
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
    if name in NOT_IN_DALI:
        return NOT_IN_DALI[name]
    if "seed" in schema.by_name and not issubclass(cls, _input_operator()):
        return WITHOUT["random"]
    return None


def _input_operator() -> type:
    from adali.operators.base import InputOperator

    return InputOperator


def page() -> str:
    """The table of docs/golden.md."""
    number = count()
    lines = [
        "# Golden cases",
        "",
        "Number of cases in `tests/golden` with the output of the real DALI, by operator; the tolerance stands beside",
        "each case. Written by `python tests/golden_index.py`.",
        "",
        "| operator | cases |",
        "| --- | --- |",
    ]
    lines += [f"| `{name}` | {number[name] or reason(name) or 'none'} |" for name in sorted(registry)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    import surface

    import adali.dropin

    adali.dropin.install()
    surface.PAGE.write_text(surface.page(), encoding="utf-8")
    print(f"{sum(count().values())} cases; without: {[n for n in registry if not count()[n] and not reason(n)]}")
