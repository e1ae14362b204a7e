"""Enums, constants and value types: what they are worth, how they compare, convert and print."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from adali import types
from adali.types import DALIDataType, DALIImageType, DALIInterpType, ScalarConstant, TensorLayout

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "enums.json").read_text())
INT_VALUED = (DALIDataType, DALIInterpType, DALIImageType)


@pytest.mark.parametrize("name", sorted(GOLDEN["enums"]))
def test_enum_values_are_those_of_the_real_dali(name: str) -> None:
    enum = getattr(types, name)
    assert {key: member.value for key, member in enum.__members__.items()} == GOLDEN["enums"][name]


def test_constants_are_those_of_the_real_dali() -> None:
    assert {name: str(getattr(types, name)) for name in GOLDEN["constants"]} == GOLDEN["constants"]
    assert {name: getattr(types, name) for name in GOLDEN["plain"]} == GOLDEN["plain"]


def test_every_public_member_is_a_bare_constant() -> None:
    for enum in INT_VALUED:
        for name, member in enum.__members__.items():
            if not name.startswith("_"):
                assert getattr(types, name) is member
                assert name in types.__all__


@pytest.mark.parametrize("enum", INT_VALUED)
def test_members_behave_like_their_number_but_are_none(enum: type[DALIDataType]) -> None:
    for member in enum.__members__.values():
        assert int(member) == member.value
        assert member == member.value
        assert member.value == member
        assert member == np.int64(member.value)
        assert member != member.value + 1
        assert hash(member) == hash(member.value)
        assert enum(member.value) is member
        assert enum(member) is member
        assert bool(member)  # also the one with value 0: `dtype or default` keeps it
        assert not isinstance(member, int)
        assert "%d" % member == str(member.value)  # noqa: UP031
        assert pickle.loads(pickle.dumps(member)) is member
        assert copy.deepcopy(member) is member
        assert str(member) == f"{member}" == f"{enum.__name__}.{member.name}"
        assert repr(member) == f"<{enum.__name__}.{member.name}: {member.value}>"


def test_comparisons_with_other_things() -> None:
    assert types.UINT8 == types.RGB  # as in DALI: by number
    assert types.FLOAT != "FLOAT"
    assert np.float32 != types.FLOAT
    assert {types.FLOAT: 1}[9] == 1
    assert list(range(20))[types.FLOAT] == 9
    with pytest.raises(TypeError):
        types.FLOAT + 1  # type: ignore[operator]
    with pytest.raises(ValueError, match="99"):
        DALIDataType(99)


@pytest.mark.parametrize(
    ("member", "code"),
    [
        (types.UINT8, "B"),
        (types.INT8, "b"),
        (types.UINT16, "H"),
        (types.INT16, "h"),
        (types.UINT32, "I"),
        (types.INT32, "i"),
        (types.UINT64, "Q"),
        (types.INT64, "q"),
        (types.FLOAT16, "e"),
        (types.FLOAT, "f"),
        (types.FLOAT64, "d"),
        (types.BOOL, "?"),
    ],
)
def test_called_a_type_gives_the_numpy_type_string(member: DALIDataType, code: str) -> None:
    assert member() == code
    assert np.dtype(member()) == np.dtype(types.to_numpy_type(member)) == types.storage_dtype(member)


def test_every_type_string_is_one_that_numpy_takes() -> None:
    for member in DALIDataType:
        assert isinstance(np.dtype(member()), np.dtype)
    for member in (types.IMAGE_TYPE, types.DATA_TYPE, types.INTERP_TYPE):
        assert np.dtype(member()) == types.storage_dtype(member) == np.int32


@pytest.mark.parametrize("member", [types.STRING, types.NO_TYPE, types.IMAGE_TYPE, types.PYTHON_OBJECT])
def test_to_numpy_type_of_what_numpy_has_not(member: DALIDataType) -> None:
    with pytest.raises(KeyError):
        types.to_numpy_type(member)


class TorchLikeDtype:
    def __str__(self) -> str:
        return "torch.float16"


TorchLikeDtype.__name__ = "dtype"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (np.uint8, types.UINT8),
        (np.dtype("f4"), types.FLOAT),
        (np.longlong, types.INT64),
        ("uint16", types.UINT16),
        ("float", types.FLOAT),
        ("double", types.FLOAT64),
        ("half", types.FLOAT16),
        ("i2", types.INT16),
        ("torch.int32", types.INT32),
        (TorchLikeDtype(), types.FLOAT16),
        (bool, types.BOOL),
        (np.bool_, types.BOOL),
        (float, types.FLOAT),
        (types.INT8, types.INT8),
    ],
)
def test_to_dali_type(given: object, expected: DALIDataType) -> None:
    assert types.to_dali_type(given) is expected


@pytest.mark.parametrize(
    "given",
    [
        None,
        int,
        "int",
        5,
        "foo",
        complex,
        np.complex64,
        ">f4",
        np.dtype(">i2"),
        np.dtype("O"),
        object,
        str,
        "U3",
    ],
)
def test_to_dali_type_refuses_what_has_no_counterpart(given: object) -> None:
    with pytest.raises(TypeError, match="could not be converted"):
        types.to_dali_type(given)


def test_to_dali_type_of_bfloat16_says_what_to_do() -> None:
    with pytest.raises(TypeError, match="float16 or float32"):
        types.to_dali_type("bfloat16")


def test_tensor_layout_is_a_string() -> None:
    layout = TensorLayout("HWC")
    assert layout == "HWC"
    assert layout == "HWC"
    assert layout != "CHW"
    assert layout == TensorLayout("HWC")
    assert str(layout) == "HWC"
    assert len(layout) == 3
    assert "C" in layout
    assert {"HWC": 1}[layout] == 1
    assert not TensorLayout("")
    assert isinstance(pickle.loads(pickle.dumps(layout)), TensorLayout)


@pytest.mark.parametrize("bad", [None, 5, b"HWC", ["H"]])
def test_tensor_layout_of_anything_else(bad: object) -> None:
    with pytest.raises(TypeError, match="takes a str"):
        TensorLayout(bad)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "dtype", "expected"),
    [
        (5, types.INT32, 5),
        (-(2**31), types.INT32, -(2**31)),
        (2**31, types.INT64, 2**31),
        (2**63, types.UINT64, 2**63),
        (5.5, types.FLOAT, 5.5),
        (True, types.BOOL, True),
        (np.uint8(3), types.UINT8, 3),
        (np.float16(3), types.FLOAT16, 3.0),
        (np.array(3.0), types.FLOAT64, 3.0),
    ],
)
def test_scalar_constant_types_itself(value: object, dtype: object, expected: object) -> None:
    constant = ScalarConstant(value)
    assert constant.dtype is dtype
    assert constant.value == expected
    assert type(constant.value) is type(expected)
    assert constant.shape == []


@pytest.mark.parametrize(
    ("value", "dtype", "expected"),
    [
        (3.7, types.UINT8, 3),
        (3, types.BOOL, True),
        (1, types.FLOAT, 1.0),
        (3, 3, 3),
        (np.int64(2), types.INT8, 2),
    ],
)
def test_scalar_constant_with_a_type(value: object, dtype: DALIDataType, expected: object) -> None:
    constant = ScalarConstant(value, dtype)
    assert constant.value == expected
    assert type(constant.value) is type(expected)
    assert constant.dtype == dtype
    assert isinstance(constant.dtype, DALIDataType)


def test_scalar_constant_prints_and_converts() -> None:
    constant = ScalarConstant(3, types.UINT8)
    assert repr(constant) == "3"
    assert str(constant) == "3:DALIDataType.UINT8"
    assert int(constant) == 3
    assert float(constant) == 3.0
    assert not ScalarConstant(0)


@pytest.mark.parametrize("value", ["a", [1], None, types.FLOAT, 1j, np.zeros(2)])
def test_scalar_constant_of_what_is_no_scalar(value: object) -> None:
    with pytest.raises(TypeError):
        ScalarConstant(value)


def test_scalar_constant_of_a_wrong_type_or_size() -> None:
    with pytest.raises(TypeError, match="numeric or boolean"):
        ScalarConstant(3, types.STRING)
    with pytest.raises(OverflowError):
        ScalarConstant(2**64)


def test_what_external_sources_and_streams_are_told() -> None:
    sample = types.SampleInfo(1, 2, 3, 4)
    assert (sample.idx_in_epoch, sample.idx_in_batch, sample.iteration, sample.epoch_idx) == (1, 2, 3, 4)
    batch = types.BatchInfo(5, 6)
    assert (batch.iteration, batch.epoch_idx) == (5, 6)
    assert types.CUDAStream().ptr == 0
    assert types.CUDAStream(7).ptr == 7
