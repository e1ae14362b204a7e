"""The decorator that makes an augmentation of a function: it turns magnitude bins into parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias, overload

import numpy as np
import numpy.typing as npt

from adali.auto_aug._bins import SignedMagnitudeBin, check_count, is_integer, signed_bin
from adali.auto_aug._select import local_constant
from adali.errors import ArgumentError
from adali.graph.node import DataNode

__all__ = ["Augmentation", "augmentation", "check_kwargs"]

MagRange: TypeAlias = "tuple[float, float] | npt.NDArray[Any]"
MagToParam: TypeAlias = Callable[[Any], npt.ArrayLike]


class _Unset:
    """Marks an argument that was not given where None is a value."""

    def __repr__(self) -> str:
        return "<as before>"


_UNSET: Any = _Unset()


class Augmentation:
    """A function of a batch and a parameter, called with magnitude bins in the parameter's place.

    Made by the decorator :func:`augmentation`, which documents the arguments.
    """

    def __init__(
        self,
        op: Callable[..., DataNode],
        mag_range: MagRange | None = None,
        randomly_negate: bool | None = None,
        mag_to_param: MagToParam | None = None,
        param_device: str | None = None,
        name: str | None = None,
    ) -> None:
        if not callable(op):
            raise ArgumentError(f"an augmentation is made of a function, got {op!r}")
        self._op = op
        self._config: dict[str, Any] = {
            "mag_range": mag_range,
            "randomly_negate": randomly_negate,
            "mag_to_param": mag_to_param,
            "param_device": param_device,
            "name": name,
        }
        self._required, self._accepted = self._signature()
        if param_device not in (None, "cpu", "gpu", "auto"):
            raise ArgumentError(
                f"Augmentation '{self.name}': param_device must be 'cpu', 'gpu' or 'auto', got {param_device!r}"
            )

    def __repr__(self) -> str:
        given = "".join(f", {k}={v!r}" for k, v in self._config.items() if v is not None)
        return f"Augmentation({self._op!r}{given})"

    @property
    def op(self) -> Callable[..., DataNode]:
        """The function."""
        return self._op

    @property
    def mag_range(self) -> MagRange | None:
        """First and last magnitude, or an array of all of them; None where the function has no parameter."""
        value: MagRange | None = self._config["mag_range"]
        return value

    @property
    def randomly_negate(self) -> bool:
        """Whether the magnitude is negated for half of the samples."""
        return bool(self._config["randomly_negate"])

    @property
    def mag_to_param(self) -> MagToParam:
        """Turns a magnitude into the parameter."""
        function: MagToParam = self._config["mag_to_param"] or np.asarray
        return function

    @property
    def param_device(self) -> str:
        """Where the parameters are: "cpu", "gpu", or "auto" for where the data is."""
        return str(self._config["param_device"] or "cpu")

    @property
    def name(self) -> str:
        """Name, for messages and to exclude it from a suite."""
        return str(self._config["name"]) if self._config["name"] else getattr(self._op, "__name__", repr(self._op))

    def __call__(
        self,
        data: DataNode,
        *,
        magnitude_bin: int | DataNode | SignedMagnitudeBin | None = None,
        num_magnitude_bins: int | None = None,
        **kwargs: Any,
    ) -> DataNode:
        """Apply it to a batch.

        Args:
            data: the samples.
            magnitude_bin: which magnitude, from 0 to ``num_magnitude_bins - 1``: for all samples, one for each, or
                with a sign (:func:`signed_bin`). Without a sign, one is drawn where the augmentation has random ones.
                Not needed by an augmentation without magnitudes.
            num_magnitude_bins: into how many the range of magnitudes is divided.
            kwargs: more arguments for the function; those it does not name are ignored.

        Raises:
            ArgumentError: the bin is missing or out of range, or the function needs an argument that is not there.
        """
        missing = [name for name in self._required if name not in kwargs]
        if missing:
            raise ArgumentError(f"Augmentation '{self.name}' needs the argument(s) {', '.join(map(repr, missing))}")
        device = self.param_device
        if device == "auto":
            device = data.device if isinstance(data, DataNode) else "cpu"
        parameter = self._parameter(magnitude_bin, num_magnitude_bins, device)
        return self._op(data, parameter, **{k: v for k, v in kwargs.items() if k in self._accepted})

    def augmentation(
        self,
        mag_range: MagRange | None = _UNSET,
        randomly_negate: bool | None = _UNSET,
        mag_to_param: MagToParam | None = _UNSET,
        param_device: str | None = _UNSET,
        name: str | None = _UNSET,
        augmentation_cls: type[Augmentation] | None = None,
    ) -> Augmentation:
        """An augmentation with the same function and, where not given, the same settings."""
        given: dict[str, Any] = {
            "mag_range": mag_range,
            "randomly_negate": randomly_negate,
            "mag_to_param": mag_to_param,
            "param_device": param_device,
            "name": name,
        }
        config = {key: self._config[key] if value is _UNSET else value for key, value in given.items()}
        return (augmentation_cls or type(self))(self._op, **config)

    def _signature(self) -> tuple[list[str], list[str]]:
        """Further arguments of the function: those without a default, and all."""
        parameters = list(inspect.signature(self._op).parameters.values())
        positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        if len(positional) < 2 and not any(p.kind is p.VAR_POSITIONAL for p in parameters):
            raise ArgumentError(
                f"Augmentation '{self.name}': the function takes {len(positional)} positional argument(s); it must "
                "take two, the data and the parameter"
            )
        further = [*positional[2:], *(p for p in parameters if p.kind is p.KEYWORD_ONLY)]
        return [p.name for p in further if p.default is p.empty], [p.name for p in further]

    def _magnitudes(self, count: int | None) -> npt.NDArray[Any]:
        """The magnitude of each bin.

        Raises:
            ArgumentError: the number of bins is missing or not that of given magnitudes.
        """
        mag_range = self.mag_range
        if isinstance(mag_range, np.ndarray):
            if mag_range.ndim != 1 or len(mag_range) != (len(mag_range) if count is None else count):
                raise ArgumentError(
                    f"Augmentation '{self.name}' has magnitudes of shape {mag_range.shape}, which are not "
                    f"num_magnitude_bins={count} in number"
                )
            return mag_range
        if count is None:
            raise ArgumentError(f"Augmentation '{self.name}' needs the argument 'num_magnitude_bins'")
        check_count("num_magnitude_bins", count, 1)
        try:
            first, last = mag_range  # type: ignore[misc]
            return np.linspace(first, last, count)
        except (TypeError, ValueError):
            raise ArgumentError(
                f"Augmentation '{self.name}': mag_range must be a pair of numbers or an array, got {mag_range!r}"
            ) from None

    def _parameter(
        self, magnitude_bin: int | DataNode | SignedMagnitudeBin | None, count: int | None, device: str
    ) -> DataNode | None:
        if self.mag_range is None:
            return None
        if magnitude_bin is None:
            raise ArgumentError(f"Augmentation '{self.name}' has magnitudes: it needs the argument 'magnitude_bin'")
        magnitudes = self._magnitudes(count)
        if self.randomly_negate and not isinstance(magnitude_bin, SignedMagnitudeBin):
            magnitude_bin = signed_bin(magnitude_bin)
        index: DataNode | None
        if isinstance(magnitude_bin, SignedMagnitudeBin):
            number, index = magnitude_bin.bin, magnitude_bin.index
        else:
            number, index = magnitude_bin, magnitude_bin if isinstance(magnitude_bin, DataNode) else None
        if not isinstance(number, DataNode):
            if not is_integer(number) or not 0 <= number < len(magnitudes):
                raise ArgumentError(
                    f"Augmentation '{self.name}': magnitude_bin must be an integer from 0 to {len(magnitudes) - 1}, "
                    f"got {number!r}"
                )
            magnitudes = magnitudes[number : number + 1]
        if isinstance(magnitude_bin, SignedMagnitudeBin):
            if self.randomly_negate:
                magnitudes = np.stack([magnitudes, -magnitudes], axis=1).reshape(-1)
            elif isinstance(number, DataNode):
                magnitudes = np.repeat(magnitudes, 2)  # the index tells signs apart as well
            else:
                index = None
        table = self._table(magnitudes)
        if index is None:
            return local_constant(table[0], device)
        return local_constant(table, device)[index]

    def _table(self, magnitudes: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The parameter of each magnitude.

        Raises:
            ArgumentError: they are not of one type and shape.
        """
        parameters = [np.asarray(self.mag_to_param(m)) for m in magnitudes]
        kinds = {(p.dtype, p.shape) for p in parameters}
        if len(kinds) > 1 or parameters[0].dtype.kind not in "biuf":
            found = " and ".join(sorted(f"{dtype} of shape {shape}" for dtype, shape in kinds))
            raise ArgumentError(
                f"Augmentation '{self.name}': mag_to_param must return numbers of one type and shape for all "
                f"magnitudes, got {found}"
            )
        return np.stack(parameters)


@overload
def augmentation(function: Callable[..., DataNode]) -> Augmentation: ...


@overload
def augmentation(
    function: None = None,
    *,
    mag_range: MagRange | None = None,
    randomly_negate: bool | None = None,
    mag_to_param: MagToParam | None = None,
    param_device: str | None = None,
    name: str | None = None,
    augmentation_cls: type[Augmentation] | None = None,
) -> Callable[[Callable[..., DataNode]], Augmentation]: ...


@overload
def augmentation(
    function: Callable[..., DataNode],
    *,
    mag_range: MagRange | None = None,
    randomly_negate: bool | None = None,
    mag_to_param: MagToParam | None = None,
    param_device: str | None = None,
    name: str | None = None,
    augmentation_cls: type[Augmentation] | None = None,
) -> Augmentation: ...


def augmentation(
    function: Callable[..., DataNode] | None = None,
    *,
    mag_range: MagRange | None = None,
    randomly_negate: bool | None = None,
    mag_to_param: MagToParam | None = None,
    param_device: str | None = None,
    name: str | None = None,
    augmentation_cls: type[Augmentation] | None = None,
) -> Augmentation | Callable[[Callable[..., DataNode]], Augmentation]:
    """Decorator: an augmentation that policies can choose and give a magnitude.

    The function takes a batch, a parameter and perhaps more, and returns a batch. The parameter is
    ``mag_to_param(s * linspace(*mag_range, num_magnitude_bins)[magnitude_bin])`` where ``s`` is 1 or, for half of the
    samples of an augmentation with ``randomly_negate``, -1.

    Args:
        function: the function; left out where the decorator has other arguments.
        mag_range: first and last magnitude, or an array of all of them. Without it the parameter is None.
        randomly_negate: whether magnitudes get a random sign.
        mag_to_param: makes the parameter of a magnitude, as an array or a number: always of one type and shape. It
            runs while the graph is built, for every magnitude.
        param_device: where the parameter is: "cpu" (the default), "gpu" or "auto" for where the data is.
        name: the function's name by default.
        augmentation_cls: class to make, by default :class:`Augmentation`.

    Raises:
        ArgumentError: the function takes fewer than two positional arguments or is an augmentation already.
    """

    def decorate(op: Callable[..., DataNode]) -> Augmentation:
        if isinstance(op, Augmentation):
            raise ArgumentError(
                f"'{op.name}' is an augmentation already; use its method 'augmentation' to change its settings, or "
                "decorate its 'op'"
            )
        return (augmentation_cls or Augmentation)(op, mag_range, randomly_negate, mag_to_param, param_device, name)

    return decorate if function is None else decorate(function)


def check_kwargs(augmentations: Iterable[Augmentation], kwargs: Mapping[str, Any], caller: str) -> None:
    """Check that every argument is used by some augmentation.

    Raises:
        ArgumentError: none takes it, or an element is no augmentation.
    """
    accepted: set[str] = set()
    for item in augmentations:
        if not isinstance(item, Augmentation):
            raise ArgumentError(f"{caller} takes augmentations (see core.augmentation), got {item!r}")
        accepted.update(item._accepted)
    unused = [name for name in kwargs if name not in accepted]
    if unused:
        raise ArgumentError(f"{caller} got the argument '{unused[0]}', which none of the augmentations takes")
