# Generated from the operators' schemas by `python -m adali.graph.stubs`; do not edit.
"""Class API: an instance is an operator; calling it with nodes adds it to the graph."""

from collections.abc import Mapping
from typing import Any

from adali.fn._types import DType, DTypes, Floats, Input, Ints, Layout, Layouts, Str, Strs
from adali.graph.compose import Compose as Compose
from adali.graph.compose import cpu_ops as cpu_ops
from adali.graph.compose import gpu_ops as gpu_ops
from adali.graph.compose import mixed_ops as mixed_ops
from adali.graph.frontend import OperatorClass
from adali.graph.node import DataNode
from adali.ops import decoders as decoders
from adali.ops import experimental as experimental
from adali.ops import io as io
from adali.ops import noise as noise
from adali.ops import random as random
from adali.ops import readers as readers
from adali.ops import reductions as reductions
from adali.ops import segmentation as segmentation
from adali.ops import transforms as transforms
from adali.tfrecord import Feature
from adali.types import DALIDataType, DALIImageType, DALIInterpType

class ArithmeticGenericOp(OperatorClass):
    """Computes one arithmetic, comparison or bitwise operator, or a function of ``adali.math``, element by element.

    Tensors of one sample are broadcast as in NumPy. The user does not call it: ``a + b`` on nodes makes it.

    Inputs:
        operand: Tensors of the expression.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        expression_desc (str): The expression: a function of inputs (``&0``) and constants (``$0:int32``: the first
            integer constant, or the first real one where the type is a float), separated by spaces; for instance
            ``add(&0 $0:int8)``.
        integer_constants (list of int): Integer and boolean constants of the expression.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        real_constants (list of float): Floating-point constants of the expression.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        expression_desc: Str,
        integer_constants: Ints | None = None,
        preserve: bool = False,
        real_constants: Floats | None = None,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        operand: Input,
        /,
        *inputs: Input,
        name: str | None = None,
    ) -> DataNode: ...

class AudioDecoder(OperatorClass):
    """Decodes WAV, FLAC and OGG (Vorbis, Opus) files.

    Returns the samples, (samples, channels) or (samples,) with downmix, and the sample rate in Hz, a float32
    scalar:
    that of the output. The work is done by libsndfile through the package soundfile, which the extra ``audio``
    installs; it also reads the other formats that libsndfile knows.

    Where channels are mixed or the rate changes, the sound is decoded to float32 and rounded at the end; otherwise
    the
    decoder itself makes the wanted type.

    Fails on bytes that are no sound or a damaged one, and on a negative sample rate.

    Inputs:
        encoded: Bytes of an audio file: uint8, one dimension.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        downmix (bool): Average the channels; the output is then (samples,) and otherwise (samples, channels).
            Default: False.
        dtype (DALIDataType): Type of the output: FLOAT (within -1 .. 1), INT16 or INT32 (their full range).
            Default: DALIDataType.FLOAT.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        quality (float): Quality of the resampling, 0 (fast) to 100 (exact), as in audio_resample. Default: 50.0.
        sample_rate (float or DataNode): Sample rate to resample to, in Hz; 0 keeps that of the file. Default: 0.0.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        downmix: bool = False,
        dtype: DType = DALIDataType.FLOAT,
        preserve: bool = False,
        quality: float = 50.0,
        sample_rate: float | DataNode = 0.0,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        encoded: Input,
        /,
        *,
        sample_rate: float | DataNode | None = None,
        name: str | None = None,
    ) -> list[DataNode]: ...

class AudioResample(OperatorClass):
    """Resamples a signal with a sinc filter under a Hann window.

    How much is said by one of: in_rate and out_rate, scale, out_length. The output has ceil(samples * ratio)
    samples
    (or out_length); sample i lies at i / ratio of the input, with silence (value 0 of the output's type) around it.
    The filter is that of the input's rate: frequencies above half of a lower output rate are folded back, as in
    DALI.
    Channels are resampled each on its own.

    Fails on a negative or missing ratio and on float16, float64, 64 bit and bool data.

    Inputs:
        data: Signal (samples,) or (samples, channels); 8 to 32 bit integers or float32.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output, by default that of the input. Values are scaled from the full
            range of one type to that of the other: floating-point signals lie within -1 .. 1, signed ones within
            -max .. max, unsigned ones within 0 .. max with silence in the middle. Integers are rounded, halves away
            from zero, and clamped. INT8, UINT8, INT16, UINT16, INT32, UINT32, FLOAT.
        in_rate (float or DataNode): Sample rate of the input, in any unit; with out_rate in the same unit.
        out_length (int or DataNode): Number of samples of the output, in place of rates.
        out_rate (float or DataNode): Sample rate of the output; with in_rate.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        quality (float): 0 (fast) to 100 (exact): 0 takes 3 lobes of the filter on each side, 50 takes 16, 100 takes
            64. Default: 50.0.
        scale (float or DataNode): Samples of the output for each one of the input, in place of rates.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        in_rate: float | DataNode | None = None,
        out_length: int | DataNode | None = None,
        out_rate: float | DataNode | None = None,
        preserve: bool = False,
        quality: float = 50.0,
        scale: float | DataNode | None = None,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        in_rate: float | DataNode | None = None,
        out_length: int | DataNode | None = None,
        out_rate: float | DataNode | None = None,
        scale: float | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class BBoxPaste(OperatorClass):
    """Moves bounding boxes to where their objects are after the image is pasted on a larger canvas.

    A coordinate c becomes ``c / ratio + paste * (ratio - 1) / ratio`` and an extent e becomes ``e / ratio``:
    fractions
    of the canvas, as those before were of the image. ``paste * (ratio - 1)`` is at most ``ratio - 1``: the image
    does
    not leave the canvas to the right or below.

    Inputs:
        boxes: FLOAT, four numbers a box, as fractions of the image's size.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        ltrb (bool): Whether a box is (left, top, right, bottom) rather than (x, y, w, h). Default: False.
        paste_x (float or DataNode): Place of the image: 0 at the left edge, 1 at the right. Default: 0.5.
        paste_y (float or DataNode): Place of the image: 0 at the upper edge, 1 at the lower. Default: 0.5.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        ratio (float or DataNode): Size of the canvas divided by that of the image.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        ltrb: bool = False,
        paste_x: float | DataNode = 0.5,
        paste_y: float | DataNode = 0.5,
        preserve: bool = False,
        ratio: float | DataNode | None = None,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        boxes: Input,
        /,
        *,
        paste_x: float | DataNode | None = None,
        paste_y: float | DataNode | None = None,
        ratio: float | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class BBoxRotate(OperatorClass):
    """Rotates bounding boxes together with their image, around its centre.

    The boxes are cut off at the edges of the canvas that ``rotate`` makes with the same arguments. Boxes without
    any
    area are removed. Labels given as the second input are removed with their boxes.

    Inputs:
        boxes: FLOAT, shape (count, 4).
        labels: INT32, one or one row for each box; removed together with its box.

    Args:
        angle (float or DataNode): Angle in degrees, counter-clockwise.
        bbox_layout (layout): Order of a box's numbers: xyXY (start, end) or xyWH (start, size). Default: xyXY.
        bbox_normalized (bool): Whether boxes are fractions of the image's size, not pixels. Default: True.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        input_shape (list of int or DataNode): Shape of the image before its rotation, in the order of
            ``shape_layout``.
        keep_size (bool): Whether the rotated image has the size of the image before. Default: False.
        mode (str): Size of a rotated box: ``expand`` (around the four rotated corners), ``fixed`` (as before, width
            and height exchanged where the box comes to lie on its side) or ``halfway`` (the mean of the two).
            Default: expand.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        remove_threshold (float): A box is removed if a smaller part of its area than this is on the canvas; less
            than 1. Default: 0.1.
        shape_layout (layout): Order of the extents in ``input_shape``; has an H and a W. Default: HW.
        size (list of float or DataNode): Size (height, width) of the rotated image, if given to rotate. Default:
            ().
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        angle: float | DataNode | None = None,
        bbox_layout: Layout = "xyXY",
        bbox_normalized: bool = True,
        bytes_per_sample_hint: Ints = (0,),
        input_shape: Ints | DataNode | None = None,
        keep_size: bool = False,
        mode: Str = "expand",
        preserve: bool = False,
        remove_threshold: float = 0.1,
        shape_layout: Layout = "HW",
        size: Floats | DataNode = (),
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        boxes: Input,
        /,
        *inputs: Input,
        angle: float | DataNode | None = None,
        input_shape: Ints | DataNode | None = None,
        size: Floats | DataNode | None = None,
        name: str | None = None,
    ) -> Any: ...

class BatchPermutation(OperatorClass):
    """Makes a random order of the samples in a batch, one int32 number a sample, to be used in ``permute_batch``.

    Args:
        allow_repetitions (bool): Numbers may occur more than once, or not at all. Default: False.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        no_fixed_points (bool): No number may be at its own position, unless it is the only one. Default: False.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        allow_repetitions: bool = False,
        bytes_per_sample_hint: Ints = (0,),
        no_fixed_points: bool = False,
        preserve: bool = False,
        seed: int = -1,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class BbFlip(OperatorClass):
    """Mirrors bounding boxes, so that they stay on their objects when the image is flipped.

    Coordinates are fractions of the image's width and height; boxes may reach beyond it.

    Inputs:
        boxes: FLOAT, four numbers a box, as fractions of the image's size.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        horizontal (int or DataNode): Whether the image is mirrored from left to right (0: no). Default: 1.
        ltrb (bool): Whether a box is (left, top, right, bottom) rather than (x, y, width, height). Default: False.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        vertical (int or DataNode): Whether the image is mirrored from top to bottom (0: no). Default: 0.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        horizontal: int | DataNode = 1,
        ltrb: bool = False,
        preserve: bool = False,
        vertical: int | DataNode = 0,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        boxes: Input,
        /,
        *,
        horizontal: int | DataNode | None = None,
        vertical: int | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class BoxEncoder(OperatorClass):
    """Gives each anchor of a single-shot detector the box and the label that it should predict.

    A box belongs to every anchor with which its intersection over union exceeds ``criteria``, and in any case to
    the
    one it overlaps most; an anchor with several such boxes has the one it overlaps most, the later one of equals
    (Liu et al., "SSD: Single Shot MultiBox Detector", 2016).

    The first output is FLOAT, one row (x, y, w, h) an anchor with the centre of its box; the second the labels,
    INT32.
    Anchors without a box have label 0 and their own coordinates. With ``offset`` a row is
    ``((x - anchor_x) / anchor_w, (y - anchor_y) / anchor_h, ln(w / anchor_w), ln(h / anchor_h))``, less ``means``
    and
    divided by ``stds``, and 0 for anchors without a box.

    Inputs:
        boxes: FLOAT, (left, top, right, bottom) each, in the units of the anchors.
        labels: INT32, one for each box.

    Args:
        anchors (list of float): Anchors: (left, top, right, bottom) of the first, the second...
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        criteria (float): An anchor is given the box that it overlaps most, if their intersection over union is
            greater than this: 0 to 1. Default: 0.5.
        means (list of float): What is subtracted from the offsets (x, y, w, h). Default: (0.0, 0.0, 0.0, 0.0).
        offset (bool): Whether boxes are given relative to their anchors. Default: False.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        scale (float): Factor of boxes and anchors before offsets are computed. Default: 1.0.
        stds (list of float): What the offsets (x, y, w, h) are divided by, after ``means``. Default: (1.0, 1.0,
            1.0, 1.0).
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        anchors: Floats,
        bytes_per_sample_hint: Ints = (0,),
        criteria: float = 0.5,
        means: Floats = (0.0, 0.0, 0.0, 0.0),
        offset: bool = False,
        preserve: bool = False,
        scale: float = 1.0,
        stds: Floats = (1.0, 1.0, 1.0, 1.0),
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        boxes: Input,
        labels: Input,
        /,
        *,
        name: str | None = None,
    ) -> list[DataNode]: ...

class Brightness(OperatorClass):
    """Multiplies an image by ``brightness`` and adds ``brightness_shift`` times the output type's range.

    Inputs:
        image: Images, channel-last; sequences and volumes too. Layouts: HWC, FHWC, DHWC.

    Args:
        brightness (float or DataNode): Factor of the brightness. Default: 1.0.
        brightness_shift (float or DataNode): Addend of the brightness; 1.0 is the largest value of the output type
            (1 for floats). Default: 0.0.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output; that of the input by default.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        brightness: float | DataNode = 1.0,
        brightness_shift: float | DataNode = 0.0,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        image: Input,
        /,
        *,
        brightness: float | DataNode | None = None,
        brightness_shift: float | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class BrightnessContrast(OperatorClass):
    """Adjusts brightness and contrast of an image.

    ``out = brightness_shift * range + brightness * (center + contrast * (in - center))``, where the range is the
    largest value of the output type (1 for floats) and the center is ``contrast_center``.

    Inputs:
        image: Images, channel-last; sequences and volumes too. Layouts: HWC, FHWC, DHWC.

    Args:
        brightness (float or DataNode): Factor of the brightness. Default: 1.0.
        brightness_shift (float or DataNode): Addend of the brightness; 1.0 is the largest value of the output type
            (1 for floats). Default: 0.0.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        contrast (float or DataNode): Factor of the contrast; 0 gives uniform grey. Default: 1.0.
        contrast_center (float or DataNode): The value that contrast leaves as it is; by default the middle of the
            input type's positive range.
        dtype (DALIDataType): Type of the output; that of the input by default.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        brightness: float | DataNode = 1.0,
        brightness_shift: float | DataNode = 0.0,
        bytes_per_sample_hint: Ints = (0,),
        contrast: float | DataNode = 1.0,
        contrast_center: float | DataNode | None = None,
        dtype: DType | None = None,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        image: Input,
        /,
        *,
        brightness: float | DataNode | None = None,
        brightness_shift: float | DataNode | None = None,
        contrast: float | DataNode | None = None,
        contrast_center: float | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class COCOReader(OperatorClass):
    """Reads images of a data set in the format of COCO, with their annotations.

    The outputs are

    * the image as it is in its file: uint8 of shape (bytes,);
    * boxes, float32 of shape (M, 4), in pixels or fractions of the image's size;
    * labels, int32 of shape (M,);
    * with ``polygon_masks``: polygons, int32 of shape (P, 3), each of which says to which box it belongs, and its
    first
      vertex and the one after its last; and vertices, float32 of shape (V, 2);
    * with ``pixelwise_masks``: the label of each pixel, int32 of shape (height, width, 1), layout HWC, 0 where
    there is
      none and the highest one where masks overlap. As in DALI, a run-length encoded mask counts only where its
          label
      has no polygon in the image, and no later mask of run lengths;
    * with ``image_ids``: the id of the image, int32 of shape (1,).

    Masks may be polygons or run lengths, compressed or not; run lengths are only part of masks of pixels. Filling
    polygons is left to pycocotools (extra ``coco``), so that pixels are those of the COCO API. Files and folders
    may be
    URLs.

    An image that cannot be read, or whose annotations are wrong, is the failure of its sample.

    Raises:
        ArgumentError: arguments that exclude each other, or annotations that cannot be read.

    Args:
        annotations_file (str): The JSON file of annotations. Default: .
        avoid_class_remapping (bool): Give the ids of categories as they are; otherwise their numbers in the list of
            categories, from 1. Default: False.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dont_use_mmap (bool): Read containers (files with many samples) with plain I/O, instead of mapping them and
            handing out views of the mapped memory. Files with one sample each are always read. Default: False.
        dump_meta_files (bool): Deprecated; use ``save_preprocessed_annotations``. Default: False.
        dump_meta_files_path (str): Deprecated; use ``save_preprocessed_annotations_dir``. Default: .
        fetch_bytes (int): With fetch_concurrency above 1: how many bytes of samples may be under way or waiting,
            beyond the one whose turn is next. Not in DALI. Default: 268435456.
        fetch_concurrency (int): How many samples are loaded at the same time, by threads of their own that work
            ahead; with 1, one after the other. Their order does not change. Worth it where latency is high: network
            file systems, object stores. Not in DALI. Default: 1.
        file_root (str): Folder of the images.
        image_ids (bool): Give the ids of images, too. Default: False.
        images (list of str): Names of the images to read, as they are in the annotations, in this order and as
            often. By default all, in the order of their ids.
        include_iscrowd (bool): Keep annotations with iscrowd=1. Default: True.
        initial_fill (int): Size, in samples, of the window from which random_shuffle draws. Only sample numbers are
            held in it, so a large window costs neither memory nor a slow start. Default: 1024.
        lazy_init (bool): Look for the data when it is first needed (the first read, or a question about the epoch's
            size) and not when the pipeline is built. Default: False.
        ltrb (bool): Give boxes as left, top, right, bottom; otherwise as x, y, width, height. Default: False.
        masks (bool): The old form of polygon_masks, in which polygons name their first and last coordinates (twice
            the number of the vertex). Default: False.
        meta_files_path (str): Deprecated; use ``preprocessed_annotations``. Default: .
        num_shards (int): Number of parts that the data is divided into, for instance one a process. Default: 1.
        pad_last_batch (bool): Repeat the last sample of the shard until every shard has as many batches and the
            last one is full. Default: False.
        pixelwise_masks (bool): Give masks of pixels, too. Not together with polygon_masks. Default: False.
        polygon_masks (bool): Give polygons and their vertices, too. Default: False.
        prefetch_queue_depth (int): How many batches are read ahead of the iterations under way. Default: 1.
        preprocessed_annotations (str): A folder of annotations that save_preprocessed_annotations has written, here
            or in DALI; it replaces annotations_file, and what chooses or changes annotations. Default: .
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        random_shuffle (bool): Shuffle: each sample is drawn from a window of initial_fill samples that moves over
            the data. Default: False.
        ratio (bool): Give coordinates of boxes and vertices as fractions of the image's size. Default: False.
        read_ahead (bool): Ask the system to read containers into memory when they are opened; a hint. Default:
            False.
        sampler (object): An object that says which samples are delivered in an epoch and in which order, see
            adali.samplers. Not together with random_shuffle or shuffle_after_epoch; every epoch is divided into
            shards anew, so that stick_to_shard makes no difference. Not in DALI.
        save_img_ids (bool): Deprecated; use ``image_ids``. Default: False.
        save_preprocessed_annotations (bool): Write the annotations in a form that loads faster. Default: False.
        save_preprocessed_annotations_dir (str): Where to write them: an existing local folder. Default: .
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        shard_id (int): Number of the shard to read, from 0. Default: 0.
        shuffle_after_epoch (bool): Shuffle all the data before each epoch and then divide it into shards. Not
            together with random_shuffle or stick_to_shard. Default: False.
        shuffle_after_epoch_seed (int): Seed of that shuffling, to be the same for all shards; a fixed one by
            default.
        size_threshold (float): Leave out boxes narrower or lower than this, in pixels. Default: 0.1.
        skip_cached_images (bool): Do not read what a decoder's cache holds. Decoders have no cache here, so that
            everything is read. Default: False.
        skip_empty (bool): Leave out images without annotations. Default: False.
        stick_to_shard (bool): Read the same shard in every epoch; otherwise each epoch goes on with the next shard.
            Default: False.
        tensor_init_bytes (int): Expected size of a sample in bytes; a hint. Default: 1048576.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        annotations_file: Str = "",
        avoid_class_remapping: bool = False,
        bytes_per_sample_hint: Ints = (0,),
        dont_use_mmap: bool = False,
        dump_meta_files: bool = False,
        dump_meta_files_path: Str = "",
        fetch_bytes: int = 268435456,
        fetch_concurrency: int = 1,
        file_root: Str | None = None,
        image_ids: bool = False,
        images: Strs | None = None,
        include_iscrowd: bool = True,
        initial_fill: int = 1024,
        lazy_init: bool = False,
        ltrb: bool = False,
        masks: bool = False,
        meta_files_path: Str = "",
        num_shards: int = 1,
        pad_last_batch: bool = False,
        pixelwise_masks: bool = False,
        polygon_masks: bool = False,
        prefetch_queue_depth: int = 1,
        preprocessed_annotations: Str = "",
        preserve: bool = False,
        random_shuffle: bool = False,
        ratio: bool = False,
        read_ahead: bool = False,
        sampler: Any = None,
        save_img_ids: bool = False,
        save_preprocessed_annotations: bool = False,
        save_preprocessed_annotations_dir: Str = "",
        seed: int = -1,
        shard_id: int = 0,
        shuffle_after_epoch: bool = False,
        shuffle_after_epoch_seed: int | None = None,
        size_threshold: float = 0.1,
        skip_cached_images: bool = False,
        skip_empty: bool = False,
        stick_to_shard: bool = False,
        tensor_init_bytes: int = 1048576,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *,
        name: str | None = None,
    ) -> Any: ...

class Caffe2Reader(OperatorClass):
    """Reads samples from LMDB folders with Caffe2's TensorProtos messages.

    A record's tensors are, in this order: image, label, weights (``label_type=3``), additional ones, bounding box.
    The
    outputs are

    * the image: an encoded file, uint8 of shape (bytes,), or a raw one, uint8 of shape (height, width, channels);
    * the label: int32 (or float32, if so stored) of shape (1,) for type 0 and (values,) for type 2; for types 1 and
    3
      a vector of num_labels values, int32 with 1 at each active label or float32 with its weight, and 0 elsewhere;
    * each additional tensor: int32 or float32 of shape (values,);
    * the bounding box: int32 of shape (4,).

    DALI's own reader makes an output more for label types 1 and 3, and fails where a record does not happen to have
    a
    bounding box for it.

    Samples come in the order of their keys. A damaged record fails alone, and ``on_error`` of the pipeline decides
    what
    becomes of it. The source of a sample is its folder and key. liblmdb is not needed.

    Raises:
        ArgumentError: folders that hold no readable LMDB or no records, a label type that there is not.

    Args:
        additional_inputs (int): How many further tensors each record has; each is an output. Default: 0.
        bbox (bool): Whether each record has a bounding box, as its last tensor; it is an output. Default: False.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dont_use_mmap (bool): Read containers (files with many samples) with plain I/O, instead of mapping them and
            handing out views of the mapped memory. Files with one sample each are always read. Default: False.
        fetch_bytes (int): With fetch_concurrency above 1: how many bytes of samples may be under way or waiting,
            beyond the one whose turn is next. Not in DALI. Default: 268435456.
        fetch_concurrency (int): How many samples are loaded at the same time, by threads of their own that work
            ahead; with 1, one after the other. Their order does not change. Worth it where latency is high: network
            file systems, object stores. Not in DALI. Default: 1.
        image_available (bool): Whether the records have images; without them there is no output. Default: True.
        initial_fill (int): Size, in samples, of the window from which random_shuffle draws. Only sample numbers are
            held in it, so a large window costs neither memory nor a slow start. Default: 1024.
        label_type (int): What the labels are. 0: one number. 1: numbers of the active labels. 2: a vector. 3:
            numbers of the active labels, and weights for them in a tensor of their own. 4: there are none. Default:
            0.
        lazy_init (bool): Look for the data when it is first needed (the first read, or a question about the epoch's
            size) and not when the pipeline is built. Default: False.
        num_labels (int): Number of classes, for label_type 1 and 3. Default: 1.
        num_shards (int): Number of parts that the data is divided into, for instance one a process. Default: 1.
        pad_last_batch (bool): Repeat the last sample of the shard until every shard has as many batches and the
            last one is full. Default: False.
        path (list of str): The LMDB folders.
        prefetch_queue_depth (int): How many batches are read ahead of the iterations under way. Default: 1.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        random_shuffle (bool): Shuffle: each sample is drawn from a window of initial_fill samples that moves over
            the data. Default: False.
        read_ahead (bool): Ask the system to read containers into memory when they are opened; a hint. Default:
            False.
        sampler (object): An object that says which samples are delivered in an epoch and in which order, see
            adali.samplers. Not together with random_shuffle or shuffle_after_epoch; every epoch is divided into
            shards anew, so that stick_to_shard makes no difference. Not in DALI.
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        shard_id (int): Number of the shard to read, from 0. Default: 0.
        skip_cached_images (bool): Do not read what a decoder's cache holds. Decoders have no cache here, so that
            everything is read. Default: False.
        stick_to_shard (bool): Read the same shard in every epoch; otherwise each epoch goes on with the next shard.
            Default: False.
        tensor_init_bytes (int): Expected size of a sample in bytes; a hint. Default: 1048576.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        additional_inputs: int = 0,
        bbox: bool = False,
        bytes_per_sample_hint: Ints = (0,),
        dont_use_mmap: bool = False,
        fetch_bytes: int = 268435456,
        fetch_concurrency: int = 1,
        image_available: bool = True,
        initial_fill: int = 1024,
        label_type: int = 0,
        lazy_init: bool = False,
        num_labels: int = 1,
        num_shards: int = 1,
        pad_last_batch: bool = False,
        path: Strs,
        prefetch_queue_depth: int = 1,
        preserve: bool = False,
        random_shuffle: bool = False,
        read_ahead: bool = False,
        sampler: Any = None,
        seed: int = -1,
        shard_id: int = 0,
        skip_cached_images: bool = False,
        stick_to_shard: bool = False,
        tensor_init_bytes: int = 1048576,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *,
        name: str | None = None,
    ) -> Any: ...

class CaffeReader(OperatorClass):
    """Reads images and labels from LMDB folders with Caffe's Datum messages.

    The outputs are the image, uint8 of shape (bytes,), as it is stored: an encoded file, or channels * height *
    width
    values of a raw image; and the label, int32 of shape (1,), or (0,) where a record has none.

    Samples come in the order of their keys. A damaged record fails alone, and ``on_error`` of the pipeline decides
    what
    becomes of it. The source of a sample is its folder and key. liblmdb is not needed.

    Raises:
        ArgumentError: folders that hold no readable LMDB or no records, or neither image nor label.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dont_use_mmap (bool): Read containers (files with many samples) with plain I/O, instead of mapping them and
            handing out views of the mapped memory. Files with one sample each are always read. Default: False.
        fetch_bytes (int): With fetch_concurrency above 1: how many bytes of samples may be under way or waiting,
            beyond the one whose turn is next. Not in DALI. Default: 268435456.
        fetch_concurrency (int): How many samples are loaded at the same time, by threads of their own that work
            ahead; with 1, one after the other. Their order does not change. Worth it where latency is high: network
            file systems, object stores. Not in DALI. Default: 1.
        image_available (bool): Whether the records have images; without them there is no output. Default: True.
        initial_fill (int): Size, in samples, of the window from which random_shuffle draws. Only sample numbers are
            held in it, so a large window costs neither memory nor a slow start. Default: 1024.
        label_available (bool): Whether the records have labels; without them there is no output. Default: True.
        lazy_init (bool): Look for the data when it is first needed (the first read, or a question about the epoch's
            size) and not when the pipeline is built. Default: False.
        num_shards (int): Number of parts that the data is divided into, for instance one a process. Default: 1.
        pad_last_batch (bool): Repeat the last sample of the shard until every shard has as many batches and the
            last one is full. Default: False.
        path (list of str): The LMDB folders.
        prefetch_queue_depth (int): How many batches are read ahead of the iterations under way. Default: 1.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        random_shuffle (bool): Shuffle: each sample is drawn from a window of initial_fill samples that moves over
            the data. Default: False.
        read_ahead (bool): Ask the system to read containers into memory when they are opened; a hint. Default:
            False.
        sampler (object): An object that says which samples are delivered in an epoch and in which order, see
            adali.samplers. Not together with random_shuffle or shuffle_after_epoch; every epoch is divided into
            shards anew, so that stick_to_shard makes no difference. Not in DALI.
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        shard_id (int): Number of the shard to read, from 0. Default: 0.
        skip_cached_images (bool): Do not read what a decoder's cache holds. Decoders have no cache here, so that
            everything is read. Default: False.
        stick_to_shard (bool): Read the same shard in every epoch; otherwise each epoch goes on with the next shard.
            Default: False.
        tensor_init_bytes (int): Expected size of a sample in bytes; a hint. Default: 1048576.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dont_use_mmap: bool = False,
        fetch_bytes: int = 268435456,
        fetch_concurrency: int = 1,
        image_available: bool = True,
        initial_fill: int = 1024,
        label_available: bool = True,
        lazy_init: bool = False,
        num_shards: int = 1,
        pad_last_batch: bool = False,
        path: Strs,
        prefetch_queue_depth: int = 1,
        preserve: bool = False,
        random_shuffle: bool = False,
        read_ahead: bool = False,
        sampler: Any = None,
        seed: int = -1,
        shard_id: int = 0,
        skip_cached_images: bool = False,
        stick_to_shard: bool = False,
        tensor_init_bytes: int = 1048576,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *,
        name: str | None = None,
    ) -> Any: ...

class Cast(OperatorClass):
    """Converts the elements to another type.

    Conversion to an integer type rounds to the nearest number, halves away from zero, and clamps to the type's
    range;
    NaN becomes 0. Everything but 0 becomes true in a conversion to BOOL.

    Inputs:
        data: Data of any numeric type.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class CastLike(OperatorClass):
    """Converts the elements of the first input to the type of the second one; see ``cast`` for the rules.

    Inputs:
        data: Data of any numeric type.
        dtype_like: Data of the wanted type; its values are not used.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        dtype_like: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class Cat(OperatorClass):
    """Joins tensors along an axis they have; their extents may differ along this axis only.

    The output has the layout of the first input.

    Inputs:
        data: Tensors of one type and number of axes.

    Args:
        axis (int): Axis to join along; negative numbers count from the end. Default: 0.
        axis_name (str): The same axis by its letter in the layout.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        axis: int = 0,
        axis_name: Str | None = None,
        bytes_per_sample_hint: Ints = (0,),
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *inputs: Input,
        name: str | None = None,
    ) -> DataNode: ...

class Clahe(OperatorClass):
    """Equalises the histogram of each tile of an image, with limited contrast, and blends between tiles.

    The algorithm is that of OpenCV. The lightness of an RGB image is the L of CIELAB in 8 bits.

    Raises:
        ValueError: the image is not uint8, or has neither one channel nor three.

    Inputs:
        image: uint8 images with one channel or three (RGB). Layouts: HWC.

    Args:
        bins (int): Bins of a histogram, a power of two and at most 256. On CPU there are always 256, as in DALI.
            Default: 256.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        clip_limit (float): How many times its even share of pixels a bin may hold; the surplus is spread over all.
            0 or less: no limit.
        luma_only (bool): Whether only the lightness of RGB images is equalised, or each channel. Default: True.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        tiles_x (int): Number of tiles along the width.
        tiles_y (int): Number of tiles along the height.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bins: int = 256,
        bytes_per_sample_hint: Ints = (0,),
        clip_limit: float,
        luma_only: bool = True,
        preserve: bool = False,
        tiles_x: int,
        tiles_y: int,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        image: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class CoinFlip(OperatorClass):
    """Generates 0 or 1, the latter with the given probability (a Bernoulli distribution).

    The output is INT32 by default, or UINT8 or BOOL. It has the shape ``shape``, or that of the optional input, or
    is
    one number.

    Inputs:
        shape_like: Optional; each output sample gets the shape of this one. Its values are not used.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output. Numbers are rounded (halves away from zero) and clamped to the
            range of an integer type.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        probability (float or DataNode): Probability of the value 1, from 0 to 1. Default: 0.5.
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        shape (list of int or DataNode): Shape of each sample; a single number by default.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        preserve: bool = False,
        probability: float | DataNode = 0.5,
        seed: int = -1,
        shape: Ints | DataNode | None = None,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *inputs: Input,
        probability: float | DataNode | None = None,
        shape: Ints | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class ColorSpaceConversion(OperatorClass):
    """Converts images between RGB, BGR, GRAY and YCbCr.

    YCbCr is that of ITU-R BT.601 for 8 bits (Y from 16 to 235, chroma from 16 to 240). GRAY has one channel: the
    luma of RGB, with the full range from 0 to 255.

    Inputs:
        image: uint8 images, channel-last. Layouts: HWC, FHWC, DHWC, FDHWC.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        image_type (DALIImageType): Colour space of the input.
        output_type (DALIImageType): Colour space of the output.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        image_type: DALIImageType,
        output_type: DALIImageType,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        image: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class ColorTwist(OperatorClass):
    """Changes hue, saturation, brightness and contrast of an image in one go.

    Contrast is applied last before brightness, around 128 (0.5 for floats). The change of hue and saturation
    is linear in RGB: an approximation that rotates and scales the chroma plane of YIQ.

    Inputs:
        image: Images, channel-last; sequences and volumes too. Layouts: HWC, FHWC, DHWC.

    Args:
        brightness (float or DataNode): Factor of the brightness. Default: 1.0.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        contrast (float or DataNode): Factor of the contrast; 0 gives uniform grey. Default: 1.0.
        dtype (DALIDataType): Type of the output; that of the input by default.
        hue (float or DataNode): Change of hue in degrees. Default: 0.0.
        image_type (DALIImageType): Colour space of input and output. The channels are taken for red, green and blue
            in this order, as in DALI. Default: DALIImageType.RGB.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        saturation (float or DataNode): Factor of the saturation; 0 gives grey. Default: 1.0.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        brightness: float | DataNode = 1.0,
        bytes_per_sample_hint: Ints = (0,),
        contrast: float | DataNode = 1.0,
        dtype: DType | None = None,
        hue: float | DataNode = 0.0,
        image_type: DALIImageType = DALIImageType.RGB,
        preserve: bool = False,
        saturation: float | DataNode = 1.0,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        image: Input,
        /,
        *,
        brightness: float | DataNode | None = None,
        contrast: float | DataNode | None = None,
        hue: float | DataNode | None = None,
        saturation: float | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class Constant(OperatorClass):
    """Produces the same constant for every sample of every batch.

    The values are given as ``fdata`` or ``idata``; a single value is repeated to fill ``shape``.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output; by default that of fdata (FLOAT) or idata (INT32).
        fdata (list of float): Values of a floating-point constant, flattened.
        idata (list of int): Values of an integer constant, flattened.
        layout (layout): Layout of the output.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        shape (list of int): Shape of the output; the number of values by default.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        fdata: Floats | None = None,
        idata: Ints | None = None,
        layout: Layout | None = None,
        preserve: bool = False,
        shape: Ints | None = None,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class Contrast(OperatorClass):
    """Scales the distance of every value to ``contrast_center``.

    Inputs:
        image: Images, channel-last; sequences and volumes too. Layouts: HWC, FHWC, DHWC.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        contrast (float or DataNode): Factor of the contrast; 0 gives uniform grey. Default: 1.0.
        contrast_center (float or DataNode): The value that contrast leaves as it is; by default the middle of the
            input type's positive range.
        dtype (DALIDataType): Type of the output; that of the input by default.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        contrast: float | DataNode = 1.0,
        contrast_center: float | DataNode | None = None,
        dtype: DType | None = None,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        image: Input,
        /,
        *,
        contrast: float | DataNode | None = None,
        contrast_center: float | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class CoordFlip(OperatorClass):
    """Reflects coordinates at a centre: ``x`` becomes ``2 * center_x - x``, and so on for y and z.

    Inputs:
        points: FLOAT points, one a row: shape (count, 1), (count, 2) or (count, 3).

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        center_x (float or DataNode): Where the horizontal coordinate stays the same. Default: 0.5.
        center_y (float or DataNode): Where the vertical coordinate stays the same. Default: 0.5.
        center_z (float or DataNode): Where the depthwise coordinate stays the same. Default: 0.5.
        flip_x (int or DataNode): Nonzero flips the horizontal coordinate. Default: 1.
        flip_y (int or DataNode): Nonzero flips the vertical coordinate. Default: 0.
        flip_z (int or DataNode): Nonzero flips the depthwise coordinate. Default: 0.
        layout (layout): Meaning of the columns, letters of "xyz"; by default "x", "xy" or "xyz". Default: .
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        center_x: float | DataNode = 0.5,
        center_y: float | DataNode = 0.5,
        center_z: float | DataNode = 0.5,
        flip_x: int | DataNode = 1,
        flip_y: int | DataNode = 0,
        flip_z: int | DataNode = 0,
        layout: Layout = "",
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        points: Input,
        /,
        *,
        center_x: float | DataNode | None = None,
        center_y: float | DataNode | None = None,
        center_z: float | DataNode | None = None,
        flip_x: int | DataNode | None = None,
        flip_y: int | DataNode | None = None,
        flip_z: int | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class CoordTransform(OperatorClass):
    """Applies a linear transform to points, vectors or colours: ``out = M @ in + T`` along the last axis.

    Inputs:
        points: Vectors along the last axis: UINT8, UINT16, INT16, INT32 or FLOAT, at least 2 axes.

    Args:
        M (list of float or DataNode): Rows of the matrix, m x n for vectors of n components; one number stands for
            its multiple of the identity, the default. An argument input has two axes, or none.
        MT (list of float or DataNode): Rows of the matrix [M T], in place of both; one number stands for M alone.
        T (list of float or DataNode): Translation, one number for each component of the result or one for all; 0 by
            default.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output: FLOAT, or that of the input. Integers are rounded and clamped.
            Default: DALIDataType.FLOAT.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        M: Floats | DataNode | None = None,
        MT: Floats | DataNode | None = None,
        T: Floats | DataNode | None = None,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType = DALIDataType.FLOAT,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        points: Input,
        /,
        *,
        M: Floats | DataNode | None = None,
        MT: Floats | DataNode | None = None,
        T: Floats | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class Copy(OperatorClass):
    """Copies its input.

    Inputs:
        data: Data to copy, on the host or on the device.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class Crop(OperatorClass):
    """Cuts a window out of images: all channels, and all frames of a sequence.

    The output has the layout of the input. A window that leaves the image is an error unless
    ``out_of_bounds_policy``
    says otherwise.

    Inputs:
        images: Images, volumes or sequences of them. Layouts: HWC, CHW, DHWC, CDHW, FHWC, FCHW, CFHW, FDHWC, FCDHW,
            CFDHW.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        crop (list of float or DataNode): Size of the window in pixels: (height, width), (depth, height, width) for
            volumes or (frames, height, width) for sequences. An extent of 0 keeps that of the input. Fractions are
            cut off. Excludes crop_d, crop_h and crop_w.
        crop_d (float or DataNode): Depth of the window in voxels (or frames of a sequence); 0 keeps all of them.
            Default: 0.0.
        crop_h (float or DataNode): Height of the window in pixels; 0 keeps that of the input. Given together with
            crop_w. Default: 0.0.
        crop_pos_x (float or DataNode): Where the window lies, from 0 (left edges meet) to 1 (right edges meet): x =
            crop_pos_x * (W - width). Default: 0.5.
        crop_pos_y (float or DataNode): Where the window lies, from 0 (upper edges meet) to 1 (lower edges meet): y
            = crop_pos_y * (H - height). Default: 0.5.
        crop_pos_z (float or DataNode): Where the window of a volume lies, from 0 (front) to 1 (back): z =
            crop_pos_z * (D - depth). Default: 0.5.
        crop_w (float or DataNode): Width of the window in pixels; 0 keeps that of the input. Given together with
            crop_h. Default: 0.0.
        dtype (DALIDataType): Type of the output; that of the input by default.
        fill_values (list of float): Value of padding (out_of_bounds_policy="pad"): one number, or one for each
            channel. Default: (0.0,).
        image_type (DALIImageType): Deprecated and ignored.
        out_of_bounds_policy (str): What to do where the window leaves the input: "error"; "pad" or "constant" (use
            fill_values); "edge" or "clamp" (repeat the border); "reflect" or "reflect_1001" (mirror, the border
            twice); "reflect_101" (mirror, the border once); "wrap" (start over at the other side); "trim_to_shape"
            (make the window smaller). Default: error.
        output_dtype (DALIDataType): Deprecated; use ``dtype``.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        rounding (str): How the window's corner becomes a whole number: "round" (halves away from zero) or
            "truncate" (to zero). Default: round.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        crop: Floats | DataNode | None = None,
        crop_d: float | DataNode = 0.0,
        crop_h: float | DataNode = 0.0,
        crop_pos_x: float | DataNode = 0.5,
        crop_pos_y: float | DataNode = 0.5,
        crop_pos_z: float | DataNode = 0.5,
        crop_w: float | DataNode = 0.0,
        dtype: DType | None = None,
        fill_values: Floats = (0.0,),
        image_type: DALIImageType | None = None,
        out_of_bounds_policy: Str = "error",
        output_dtype: DType | None = None,
        preserve: bool = False,
        rounding: Str = "round",
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        images: Input,
        /,
        *,
        crop: Floats | DataNode | None = None,
        crop_d: float | DataNode | None = None,
        crop_h: float | DataNode | None = None,
        crop_pos_x: float | DataNode | None = None,
        crop_pos_y: float | DataNode | None = None,
        crop_pos_z: float | DataNode | None = None,
        crop_w: float | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class CropMirrorNormalize(OperatorClass):
    """Cuts a window out of images, mirrors it, normalizes it, and changes type and layout, all in one pass.

    The output is ``scale * (pixel - mean) / std + shift``. For integer types it is rounded (halves away from zero)
    and
    clamped. Where the window leaves the image, ``out_of_bounds_policy`` "pad" writes fill_values as they are, not
    normalized; "trim_to_shape" makes the window smaller; "error" refuses.

    Inputs:
        images: Images, volumes or sequences of them. Layouts: HWC, CHW, DHWC, CDHW, FHWC, FCHW, CFHW, FDHWC, FCDHW,
            CFDHW.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        crop (list of float or DataNode): Size of the window in pixels: (height, width), (depth, height, width) for
            volumes or (frames, height, width) for sequences. An extent of 0 keeps that of the input. Fractions are
            cut off. Excludes crop_d, crop_h and crop_w.
        crop_d (float or DataNode): Depth of the window in voxels (or frames of a sequence); 0 keeps all of them.
            Default: 0.0.
        crop_h (float or DataNode): Height of the window in pixels; 0 keeps that of the input. Given together with
            crop_w. Default: 0.0.
        crop_pos_x (float or DataNode): Where the window lies, from 0 (left edges meet) to 1 (right edges meet): x =
            crop_pos_x * (W - width). Default: 0.5.
        crop_pos_y (float or DataNode): Where the window lies, from 0 (upper edges meet) to 1 (lower edges meet): y
            = crop_pos_y * (H - height). Default: 0.5.
        crop_pos_z (float or DataNode): Where the window of a volume lies, from 0 (front) to 1 (back): z =
            crop_pos_z * (D - depth). Default: 0.5.
        crop_w (float or DataNode): Width of the window in pixels; 0 keeps that of the input. Given together with
            crop_h. Default: 0.0.
        dtype (DALIDataType): Type of the output: FLOAT, FLOAT16, UINT8 or INT8. Default: DALIDataType.FLOAT.
        fill_values (list of float): Value of padding (out_of_bounds_policy="pad"): one number, or one for each
            channel. Default: (0.0,).
        image_type (DALIImageType): Deprecated and ignored.
        mean (list of float or DataNode): Mean to subtract: one value, or one for each channel. Default: (0.0,).
        mirror (int or DataNode): Nonzero swaps left and right of the window. Default: 0.
        out_of_bounds_policy (str): What to do where the window leaves the input: "error"; "pad" or "constant" (use
            fill_values); "edge" or "clamp" (repeat the border); "reflect" or "reflect_1001" (mirror, the border
            twice); "reflect_101" (mirror, the border once); "wrap" (start over at the other side); "trim_to_shape"
            (make the window smaller). Default: error.
        output_dtype (DALIDataType): Deprecated; use ``dtype``.
        output_layout (layout): Layout of the output: the axes of the input in any order. "" keeps that of the
            input. Default: CHW.
        pad_output (bool): Add channels until their number is a power of 2; zero, or fill_values with the policy
            "pad". Default: False.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        rounding (str): How the window's corner becomes a whole number: "round" (halves away from zero) or
            "truncate" (to zero). Default: round.
        scale (float): Factor on the normalized values. Default: 1.0.
        shift (float): Added after scaling. Default: 0.0.
        std (list of float or DataNode): Divisor: one value, or one for each channel. Default: (1.0,).
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        crop: Floats | DataNode | None = None,
        crop_d: float | DataNode = 0.0,
        crop_h: float | DataNode = 0.0,
        crop_pos_x: float | DataNode = 0.5,
        crop_pos_y: float | DataNode = 0.5,
        crop_pos_z: float | DataNode = 0.5,
        crop_w: float | DataNode = 0.0,
        dtype: DType = DALIDataType.FLOAT,
        fill_values: Floats = (0.0,),
        image_type: DALIImageType | None = None,
        mean: Floats | DataNode = (0.0,),
        mirror: int | DataNode = 0,
        out_of_bounds_policy: Str = "error",
        output_dtype: DType | None = None,
        output_layout: Layout = "CHW",
        pad_output: bool = False,
        preserve: bool = False,
        rounding: Str = "round",
        scale: float = 1.0,
        shift: float = 0.0,
        std: Floats | DataNode = (1.0,),
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        images: Input,
        /,
        *,
        crop: Floats | DataNode | None = None,
        crop_d: float | DataNode | None = None,
        crop_h: float | DataNode | None = None,
        crop_pos_x: float | DataNode | None = None,
        crop_pos_y: float | DataNode | None = None,
        crop_pos_z: float | DataNode | None = None,
        crop_w: float | DataNode | None = None,
        mean: Floats | DataNode | None = None,
        mirror: int | DataNode | None = None,
        std: Floats | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class DLTensorPythonFunction(OperatorClass):
    """Calls a Python function with DLPack capsules of its inputs, one a sample, or lists of them.

    ``torch.utils.dlpack.from_dlpack`` and its like make tensors of them without a copy; those must not be written
    into.
    The function returns capsules, or anything else that ``python_function`` may return; the result is copied. Plain
    functions and coroutine functions, several outputs and errors are as in ``python_function``.

    With device="gpu" the capsules hold device memory. Without ``synchronize_stream`` the function must order its
    work
    behind CuPy's current stream; what it returns as capsules must be complete there, other objects with DLPack are
    ordered by their own library.

    Inputs:
        input: Passed to the function in the order given; any number of them.

    Args:
        batch_processing (bool): Call it once a batch with lists of capsules, and not once a sample with capsules.
            Default: True.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        function (object): The function, plain or `async def`.
        num_outputs (int): How many outputs it has; 0 for a function called for its effects. Default: 1.
        output_layouts (object): Layout of all outputs, or a list with one for each; outputs beyond a shorter list
            have none.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        synchronize_stream (bool): For GPU only: wait for the stream before the call. Default: True.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        function: Any,
        num_outputs: int = 1,
        device: str | None = None,
        synchronize_stream: bool = True,
        batch_processing: bool = True,
        *,
        bytes_per_sample_hint: Ints = (0,),
        output_layouts: Any = None,
        preserve: bool = False,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *inputs: Input,
        name: str | None = None,
    ) -> Any: ...

class Debayer(OperatorClass):
    """Makes RGB images of the values behind a Bayer filter, with the algorithms of OpenCV.

    The output is HWC (FHWC for sequences) with three channels, or one with 'gray_ocv'.

    Raises:
        ValueError: an image of another type, with more than one channel or an odd side; a position outside the
            tile.

    Inputs:
        image: uint8 or uint16, one channel, even height and width. Layouts: HW, HWC, FHW, FHWC.

    Args:
        algorithm (str): How missing colours are found: 'bilinear_ocv' (the default), 'edgeaware_ocv', 'vng_ocv'
            (uint8 only), or 'gray_ocv', which gives grey images. 'default_npp', DALI's only one on the GPU, is
            another name of 'edgeaware_ocv' there.
        blue_position (list of int or DataNode): Row and column of blue in the 2x2 tile that begins in the second
            row and column of the sensor.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        algorithm: Str | None = None,
        blue_position: Ints | DataNode | None = None,
        bytes_per_sample_hint: Ints = (0,),
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        image: Input,
        /,
        *,
        blue_position: Ints | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class DumpImage(OperatorClass):
    """Writes each image to ``{index in the batch}-{suffix}-0.ppm`` in the current directory and passes it on.

    On the device, the host waits for the images and writes them before it goes on with this iteration.

    The files are of the Netpbm text formats: P3 for three channels, P2 for one. Each batch overwrites those of the
    one
    before.

    Raises:
        ValueError: images of another type or shape.
        OSError: the file cannot be written.

    Inputs:
        image: uint8 images with one channel or three.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        input_layout (layout): Layout of the images: HWC, CHW or HW. Default: HWC.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        suffix (str): Part of the names of the files. Default: .
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        input_layout: Layout = "HWC",
        preserve: bool = False,
        suffix: Str = "",
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        image: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class ElementExtract(OperatorClass):
    """Extracts elements of a sequence along its first axis; each makes an output with one axis less.

    Inputs:
        data: Sequences: the first axis is ``F``, if there is a layout.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        element_map (list of int): Numbers of the elements to extract, one for each output.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        element_map: Ints,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        name: str | None = None,
    ) -> Any: ...

class Equalize(OperatorClass):
    """Spreads the values of each channel of an image so that its histogram is as even as it can be.

    A value ``v`` becomes ``255 * (n(v) - n(v0)) / (n(255) - n(v0))``, where ``n`` counts the pixels up to a value
    and
    ``v0`` is the least value of the channel. A channel with one value stays as it is.

    Inputs:
        image: uint8 images or sequences of them, with any number of channels. Layouts: HW, HWC, CHW, FHW, FHWC,
            FCHW.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        image: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class Erase(OperatorClass):
    """Fills one or more regions of the input with a value.

    A region covers all of the axes that are not named. Its start and its end are cut off to whole numbers, and what
    lies outside of the input is left out.

    Inputs:
        data: Data of any integer type, FLOAT16 or FLOAT.

    Args:
        anchor (list of float or DataNode): Start of each region along the named axes, one region after the other; 0
            by default.
        axes (list of int): Axes that anchor and shape belong to, counted from 0. Default: (1, 0).
        axis_names (str): Axes that anchor and shape belong to, by their letters in the layout; goes before
            ``axes``. Without both, they belong to all axes but ``C``. Default: HW.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        centered_anchor (bool): Whether anchors are the centres of the regions, not their starts. Default: False.
        fill_value (list of float or DataNode): Value of the regions: one number, or one for each channel. Cast to
            the input's type as in C. Default: (0.0,).
        normalized (bool): Whether anchor and shape are relative to the extents of the input. Default: False.
        normalized_anchor (bool): Whether the anchor is relative to the extents of the input. Default: False.
        normalized_shape (bool): Whether the shape is relative to the extents of the input. Default: False.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        shape (list of float or DataNode): Extents of each region along the named axes.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        anchor: Floats | DataNode | None = None,
        axes: Ints = (1, 0),
        axis_names: Str = "HW",
        bytes_per_sample_hint: Ints = (0,),
        centered_anchor: bool = False,
        fill_value: Floats | DataNode = (0.0,),
        normalized: bool = False,
        normalized_anchor: bool = False,
        normalized_shape: bool = False,
        preserve: bool = False,
        shape: Floats | DataNode | None = None,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        anchor: Floats | DataNode | None = None,
        fill_value: Floats | DataNode | None = None,
        shape: Floats | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class ExpandDims(OperatorClass):
    """Inserts axes of extent 1; ``axes`` are the positions of the new axes in the output.

    Inputs:
        data: Any data.

    Args:
        axes (list of int): Positions before which the axes go, in terms of the input's axes.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        new_axis_names (layout): A letter for each new axis; without it the output has no layout. Default: .
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        axes: Ints,
        bytes_per_sample_hint: Ints = (0,),
        new_axis_names: Layout = "",
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class ExternalSource(OperatorClass):
    """Feeds the pipeline with data from the user's own code.

    Without ``source`` the data is pushed with ``pipeline.feed_input``, one batch for each iteration. With a source
    it
    is pulled:

    * A **function** is called for each batch, or for each sample with ``batch=False``. It may take one argument
    that
      says what is wanted: the number of the iteration in its epoch or, with ``batch_info``, a
      :class:`~adali.types.BatchInfo`; for samples a :class:`~adali.types.SampleInfo`. It ends the epoch by raising
      StopIteration. After ``reset()`` it is asked from 0 again, with the next ``epoch_idx``.
    * An **iterable** or **generator function** is walked through; what follows its end is set by ``cycle``. A
    single
      iterator or generator cannot start over.
    * A **dataset** (PyTorch's, or anything with ``__getitem__`` and ``__len__`` if a sampler is given or
    ``shuffle``)
      is asked for one sample after another, ahead of time. Its samples may hold arrays, PyTorch tensors, PIL
          images,
      bytes and numbers, in tuples or dicts. An epoch ends with the sampler; its last batch may be smaller. ``async
          def
      __getitem__`` is awaited for all samples of a batch at once. PyTorch's iterable datasets are walked through.
    * An **async function**, **async iterable** or **async generator function** works the same, on the engine's
    event
      loop. An async function of a SampleInfo is called for all samples of a batch at once.

    Plain sources run on one thread of their own, always the same one.

    A batch is an array whose first axis counts the samples, a list of arrays of one type and number of axes, or a
    TensorListCPU. NumPy arrays, TensorCPU and objects with the array interface, the buffer protocol or DLPack will
    do.
    With device="gpu" the batch may lie in device memory as well: arrays of CuPy and PyTorch, TensorGPU and
    TensorListGPU, objects with DLPack or the CUDA array interface. What lies in host memory is copied to the
    device.
    It may have fewer samples than the pipeline's batch size, not more. Single samples that do not fill a batch at
    the
    end are left out.

    If a function of samples raises, only that sample fails; whatever else raises fails the iteration.

    Raises:
        ArgumentError: options that do not go together, or a source that is none of these.
        TypeError: data of the wrong kind or type, or samples that do not go together.
        ValueError: a batch that is too large, or data with the wrong number of axes.

    Args:
        batch (bool): Whether the source gives whole batches or single samples. By default batches, but single
            samples from a function with parallel=True.
        batch_info (bool): Give a function of batches a BatchInfo in place of the number of the iteration. Default:
            False.
        blocking (bool): Without a source: whether a run without data waits for feed_input, or fails. Default:
            False.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        cuda_stream (object): With device='gpu': the stream on which device data is ready, and on which it is
            copied: a stream of any library or its handle; 0 is the default stream, 1 one of the pipeline's, for
            which the host waits. By default the current stream of CuPy or PyTorch for their arrays, and 1 for
            others. Unused for data in host memory.
        cycle (object): "no" or False: an iterable is walked through once. "quiet" or True: it starts over without
            notice. "raise": it ends the epoch and starts over after reset().
        dtype (DALIDataType): Type the data must have; a list where there are several outputs.
        layout (layout): Layout of a sample; a list where there are several outputs.
        ndim (int): Number of axes a sample must have; a list where there are several outputs.
        no_copy (bool): Use the given memory itself. It must then stay unchanged until the batch's outputs are
            released. By default data is copied, and the user's buffers may be used again at once. Default: False.
        num_outputs (int): How many outputs the source has. If given, even as 1, the source gives a tuple or list
            with one item for each, and the call returns a list of nodes. May be given by position.
        parallel (bool): Work ahead: the pipeline's py_num_workers (by default num_threads) call a function, which
            must take an argument and depend on nothing else, or a dataset; one walks through an iterable. True for
            a dataset by default. Default: False.
        prefetch_queue_depth (int): With parallel=True: how many batches to work ahead. Default: 1.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        repeat_last (bool): Without a source: use the last batch again when no new one was fed. Default: False.
        sampler (object): The source is a dataset, and these are the numbers of its samples: one of adali.samplers,
            or an iterable of numbers such as PyTorch's samplers, walked through once an epoch.
        shuffle (bool): The source is a dataset, and each epoch has all its samples in another random order, by the
            pipeline's seed. Default: False.
        source (object): A function, an iterable or a generator function; or an `async def` function, an
            asynchronous iterable or an asynchronous generator function. May be given by position.
        use_copy_kernel (bool): How to copy device data: a hint that changes no result. Default: False.
        workers (str): What works ahead: "threads" of this process or, for code that holds the GIL, spawned
            "processes", to which the source is sent by pickle. By default threads, but processes if the pipeline
            has py_start_method="spawn".
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        source: Any = None,
        num_outputs: int | None = None,
        *,
        batch: bool | None = None,
        batch_info: bool = False,
        blocking: bool = False,
        bytes_per_sample_hint: Ints = (0,),
        cuda_stream: Any = None,
        cycle: Any = None,
        dtype: DTypes | None = None,
        layout: Layouts | None = None,
        ndim: Ints | None = None,
        no_copy: bool = False,
        parallel: bool = False,
        prefetch_queue_depth: int = 1,
        preserve: bool = False,
        repeat_last: bool = False,
        sampler: Any = None,
        shuffle: bool = False,
        use_copy_kernel: bool = False,
        workers: Str | None = None,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *,
        name: str | None = None,
    ) -> Any: ...

class FastResizeCropMirror(OperatorClass):
    """Old name of ``resize_crop_mirror``, without antialiasing by default.

    Inputs:
        images: Images, volumes or sequences of them. Layouts: HWC, FHWC, CHW, FCHW, CFHW, DHWC, FDHWC, CDHW, FCDHW,
            CFDHW.

    Args:
        antialias (bool): Stretch the filter when scaling down, so that every input pixel counts. Nearest neighbour
            has no such filter. Default: False.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        crop (list of float or DataNode): Size of the window in pixels: (height, width), (depth, height, width) for
            volumes or (frames, height, width) for sequences. An extent of 0 keeps that of the input. Fractions are
            cut off. Excludes crop_d, crop_h and crop_w.
        crop_d (float or DataNode): Depth of the window in voxels (or frames of a sequence); 0 keeps all of them.
            Default: 0.0.
        crop_h (float or DataNode): Height of the window in pixels; 0 keeps that of the input. Given together with
            crop_w. Default: 0.0.
        crop_pos_x (float or DataNode): Where the window lies, from 0 (left edges meet) to 1 (right edges meet): x =
            crop_pos_x * (W - width). Default: 0.5.
        crop_pos_y (float or DataNode): Where the window lies, from 0 (upper edges meet) to 1 (lower edges meet): y
            = crop_pos_y * (H - height). Default: 0.5.
        crop_pos_z (float or DataNode): Where the window of a volume lies, from 0 (front) to 1 (back): z =
            crop_pos_z * (D - depth). Default: 0.5.
        crop_w (float or DataNode): Width of the window in pixels; 0 keeps that of the input. Given together with
            crop_h. Default: 0.0.
        dtype (DALIDataType): Type of the output: that of the input (default) or FLOAT.
        interp_type (DALIInterpType or DataNode): Interpolation, both for scaling down and up. Default:
            DALIInterpType.INTERP_LINEAR.
        mag_filter (DALIInterpType or DataNode): Interpolation for axes that are not scaled down; interp_type by
            default. Default: DALIInterpType.INTERP_LINEAR.
        max_size (list of float): Upper limit of the output's sides, one value or one for each axis. Where the
            aspect ratio is kept, it is kept under this limit too.
        min_filter (DALIInterpType or DataNode): Interpolation for axes that are scaled down; interp_type by
            default. Default: DALIInterpType.INTERP_LINEAR.
        minibatch_size (int): Images in one launch of a GPU kernel; without effect on the CPU. Default: 32.
        mirror (int or DataNode): What to flip: a sum of 1 (left and right), 2 (top and bottom) and 4 (front and
            back); 0 for nothing. Default: 0.
        mode (str): "default": as large as asked, axes without a size are scaled by the (geometric) mean of the
            others; "stretch": axes without a size keep theirs; "not_larger": the aspect ratio is kept and no side
            exceeds its size; "not_smaller": the aspect ratio is kept and no side falls below its size. Default:
            default.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        resize_longer (float or DataNode): Length of the longest side of the output; the aspect ratio is kept.
            Default: 0.0.
        resize_shorter (float or DataNode): Length of the shortest side of the output; the aspect ratio is kept.
            max_size limits the other sides. Default: 0.0.
        resize_x (float or DataNode): Width of the output; 0 leaves it to mode, negative mirrors. Default: 0.0.
        resize_y (float or DataNode): Height of the output; 0 leaves it to mode, negative mirrors. Default: 0.0.
        resize_z (float or DataNode): Depth of the output; 0 leaves it to mode, negative mirrors. Default: 0.0.
        roi_end (list of float or DataNode): Where the region ends; given together with roi_start.
        roi_relative (bool): Whether the region is given as fractions of the input's sides. Default: False.
        roi_start (list of float or DataNode): Where the region of the input starts, in the order of size, in pixels
            (or see roi_relative). An axis whose region ends before it starts is mirrored (but not an axis without a
            size in the modes default and stretch).
        rounding (str): How the window's corner becomes a whole number: "round" (halves away from zero) or
            "truncate" (to zero). Default: round.
        size (list of float or DataNode): Size of the output, one value for each spatial axis (one value stands for
            all); 0 leaves an axis to mode. A negative value mirrors the axis.
        subpixel_scale (bool): When a computed size is not whole, move the region's edges a little so that the scale
            stays exact; otherwise the scale changes a little. Default: True.
        temp_buffer_hint (int): First size of a GPU buffer in bytes; without effect on the CPU. Default: 0.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        antialias: bool = False,
        bytes_per_sample_hint: Ints = (0,),
        crop: Floats | DataNode | None = None,
        crop_d: float | DataNode = 0.0,
        crop_h: float | DataNode = 0.0,
        crop_pos_x: float | DataNode = 0.5,
        crop_pos_y: float | DataNode = 0.5,
        crop_pos_z: float | DataNode = 0.5,
        crop_w: float | DataNode = 0.0,
        dtype: DType | None = None,
        interp_type: DALIInterpType | DataNode = DALIInterpType.INTERP_LINEAR,
        mag_filter: DALIInterpType | DataNode = DALIInterpType.INTERP_LINEAR,
        max_size: Floats | None = None,
        min_filter: DALIInterpType | DataNode = DALIInterpType.INTERP_LINEAR,
        minibatch_size: int = 32,
        mirror: int | DataNode = 0,
        mode: Str = "default",
        preserve: bool = False,
        resize_longer: float | DataNode = 0.0,
        resize_shorter: float | DataNode = 0.0,
        resize_x: float | DataNode = 0.0,
        resize_y: float | DataNode = 0.0,
        resize_z: float | DataNode = 0.0,
        roi_end: Floats | DataNode | None = None,
        roi_relative: bool = False,
        roi_start: Floats | DataNode | None = None,
        rounding: Str = "round",
        size: Floats | DataNode | None = None,
        subpixel_scale: bool = True,
        temp_buffer_hint: int = 0,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        images: Input,
        /,
        *,
        crop: Floats | DataNode | None = None,
        crop_d: float | DataNode | None = None,
        crop_h: float | DataNode | None = None,
        crop_pos_x: float | DataNode | None = None,
        crop_pos_y: float | DataNode | None = None,
        crop_pos_z: float | DataNode | None = None,
        crop_w: float | DataNode | None = None,
        interp_type: DALIInterpType | DataNode | None = None,
        mag_filter: DALIInterpType | DataNode | None = None,
        min_filter: DALIInterpType | DataNode | None = None,
        mirror: int | DataNode | None = None,
        resize_longer: float | DataNode | None = None,
        resize_shorter: float | DataNode | None = None,
        resize_x: float | DataNode | None = None,
        resize_y: float | DataNode | None = None,
        resize_z: float | DataNode | None = None,
        roi_end: Floats | DataNode | None = None,
        roi_start: Floats | DataNode | None = None,
        size: Floats | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class FileReader(OperatorClass):
    """Reads whole files and gives their contents and labels.

    The first output holds the bytes of a file, uint8 of shape (bytes,); the second its label, int32 of shape (1,).

    Files are found in one of three ways:

    * ``file_root`` alone: it holds one folder for each class. Folders and the files in them are taken in the order
    of
      their names (byte by byte), and the number of the folder is the label. Folders without matching files count.
      Deeper folders, and files beside the class folders, are not read.
    * ``file_list``: a text file of names and labels.
    * ``files``, with or without ``labels``.

    Files, lists and folders may be URLs (``s3://``, ``https://``, ...; see docs/readers.md). Empty folders do not
    exist
    in an object store, and so do not count there.

    Everything listed is one epoch. It is divided into ``num_shards`` parts of which this reader delivers number
    ``shard_id``: sample ``i`` of ``n`` is in shard ``k`` if ``n * k // num_shards <= i < n * (k + 1) //
    num_shards``.

    A file that cannot be read fails alone, and ``on_error`` of the pipeline decides what becomes of it. The source
    of
    a sample is the file's name as it was listed or given.

    Raises:
        ArgumentError: arguments that exclude each other, a folder or list that cannot be read, a line that is no
            name
            with a label, or no file at all.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        case_sensitive_filter (bool): Whether filters tell upper from lower case. Default: False.
        dir_filters (list of str): Glob patterns; only directories of file_root that match one of them are read. Not
            used with file_list or files.
        dont_use_mmap (bool): Read containers (files with many samples) with plain I/O, instead of mapping them and
            handing out views of the mapped memory. Files with one sample each are always read. Default: False.
        fetch_bytes (int): With fetch_concurrency above 1: how many bytes of samples may be under way or waiting,
            beyond the one whose turn is next. Not in DALI. Default: 268435456.
        fetch_concurrency (int): How many samples are loaded at the same time, by threads of their own that work
            ahead; with 1, one after the other. Their order does not change. Worth it where latency is high: network
            file systems, object stores. Not in DALI. Default: 1.
        file_filters (list of str): Glob patterns; only files that match one of them are read. Not used with
            file_list or files. Default: ('*.jpg', '*.jpeg', '*.png', '*.bmp', '*.tif', '*.tiff', '*.pnm', '*.ppm',
            '*.pgm', '*.pbm', '*.jp2', '*.webp', '*.flac', '*.ogg', '*.wav').
        file_list (str): A text file with a file name, white space and a label (a non-negative integer) on each
            line. Names may contain spaces inside; empty lines are left out; there are no comments. Names are
            relative to file_root or, without it, to the folder of the list. Not together with files.
        file_root (str): Folder that holds the files, or one folder of files for each class.
        files (list of str): Names of the files, relative to file_root if that is given.
        initial_fill (int): Size, in samples, of the window from which random_shuffle draws. Only sample numbers are
            held in it, so a large window costs neither memory nor a slow start. Default: 1024.
        labels (list of int): Labels of the files; by default their positions in the list.
        lazy_init (bool): Look for the data when it is first needed (the first read, or a question about the epoch's
            size) and not when the pipeline is built. Default: False.
        num_shards (int): Number of parts that the data is divided into, for instance one a process. Default: 1.
        pad_last_batch (bool): Repeat the last sample of the shard until every shard has as many batches and the
            last one is full. Default: False.
        prefetch_queue_depth (int): How many batches are read ahead of the iterations under way. Default: 1.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        random_shuffle (bool): Shuffle: each sample is drawn from a window of initial_fill samples that moves over
            the data. Default: False.
        read_ahead (bool): Ask the system to read containers into memory when they are opened; a hint. Default:
            False.
        sampler (object): An object that says which samples are delivered in an epoch and in which order, see
            adali.samplers. Not together with random_shuffle or shuffle_after_epoch; every epoch is divided into
            shards anew, so that stick_to_shard makes no difference. Not in DALI.
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        shard_id (int): Number of the shard to read, from 0. Default: 0.
        shuffle_after_epoch (bool): Shuffle all the data before each epoch and then divide it into shards. Not
            together with random_shuffle or stick_to_shard. Default: False.
        shuffle_after_epoch_seed (int): Seed of that shuffling, to be the same for all shards; a fixed one by
            default.
        skip_cached_images (bool): Do not read what a decoder's cache holds. Decoders have no cache here, so that
            everything is read. Default: False.
        stick_to_shard (bool): Read the same shard in every epoch; otherwise each epoch goes on with the next shard.
            Default: False.
        tensor_init_bytes (int): Expected size of a sample in bytes; a hint. Default: 1048576.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        case_sensitive_filter: bool = False,
        dir_filters: Strs | None = None,
        dont_use_mmap: bool = False,
        fetch_bytes: int = 268435456,
        fetch_concurrency: int = 1,
        file_filters: Strs = ...,
        file_list: Str | None = None,
        file_root: Str | None = None,
        files: Strs | None = None,
        initial_fill: int = 1024,
        labels: Ints | None = None,
        lazy_init: bool = False,
        num_shards: int = 1,
        pad_last_batch: bool = False,
        prefetch_queue_depth: int = 1,
        preserve: bool = False,
        random_shuffle: bool = False,
        read_ahead: bool = False,
        sampler: Any = None,
        seed: int = -1,
        shard_id: int = 0,
        shuffle_after_epoch: bool = False,
        shuffle_after_epoch_seed: int | None = None,
        skip_cached_images: bool = False,
        stick_to_shard: bool = False,
        tensor_init_bytes: int = 1048576,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *,
        name: str | None = None,
    ) -> list[DataNode]: ...

class Filter(OperatorClass):
    """Correlates data with a window: the window is not flipped.

    The sums are of single precision; integers are rounded and clamped. Filters for frames make a sequence of data
    that
    is none.

    Raises:
        ValueError: unknown border or mode, a window with another number of axes, an anchor outside it, or one
            larger
            than the data with ``mode='valid'``.

    Inputs:
        data: Data with one to three axes besides channels (first or last) and frames, of any number type.
        filter: The window, with as many axes as the data has besides channels and frames; a layout that begins with
            F marks one for each frame.
        fill_value: What lies outside with ``border='constant'``: one number (0 without this input).

    Args:
        anchor (list of int or DataNode): The element of the window over the output's position: one value, or one
            for each axis; -1 is the middle, rounded down. Ignored with ``mode='valid'``. Default: (-1,).
        border (str): What lies outside the data: 'reflect_101' (dcb|abcd|cba), 'reflect_1001' (cba|abcd|dcb),
            'wrap', 'clamp' or 'constant'. Default: reflect_101.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output: FLOAT, or that of the input (the default).
        mode (str): 'same' keeps the size; with 'valid' the output has only positions where the whole window lies
            inside. Default: same.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        anchor: Ints | DataNode = (-1,),
        border: Str = "reflect_101",
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        mode: Str = "same",
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        filter: Input,
        /,
        *inputs: Input,
        anchor: Ints | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class Flip(OperatorClass):
    """Mirrors images horizontally, vertically or depthwise. Shape, type and layout stay.

    Inputs:
        images: Images, volumes or sequences of them. Layouts: FDHWC, FHWC, DHWC, HWC, FCDHW, FCHW, CDHW, CHW.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        depthwise (int or DataNode): Nonzero swaps front and back of a volume. Default: 0.
        horizontal (int or DataNode): Nonzero swaps left and right. Default: 1.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        vertical (int or DataNode): Nonzero swaps top and bottom. Default: 0.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        depthwise: int | DataNode = 0,
        horizontal: int | DataNode = 1,
        preserve: bool = False,
        vertical: int | DataNode = 0,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        images: Input,
        /,
        *,
        depthwise: int | DataNode | None = None,
        horizontal: int | DataNode | None = None,
        vertical: int | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class Full(OperatorClass):
    """Makes data of the given shape, filled with a value, or with values that are broadcast as in NumPy.

    Inputs:
        fill_value: Value of the elements; broadcast to ``shape``.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        layout (layout): Layout of the output.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        shape (list of int or DataNode): Shape of the output; a single number by default.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        layout: Layout | None = None,
        preserve: bool = False,
        shape: Ints | DataNode | None = None,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        fill_value: Input,
        /,
        *,
        shape: Ints | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class FullLike(OperatorClass):
    """Makes data like the first input, filled with the second.

    The values are converted to the type of the first input as ``cast`` does.

    Inputs:
        data_like: Its shape, type and layout are those of the output.
        fill_value: Value of the elements; broadcast to the output's shape.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data_like: Input,
        fill_value: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class GaussianBlur(OperatorClass):
    """Smooths data with a Gaussian window along every axis but those of channels and frames.

    The window is ``2 * ceil(3 * sigma) + 1`` wide if only ``sigma`` is given, and ``sigma`` is
    ``0.3 * ((window_size - 1) / 2 - 1) + 0.8`` if only ``window_size`` is. Borders are reflected without repeating
    the
    outermost values. The sums are of single precision; integers are rounded and clamped.

    Raises:
        ValueError: neither sigma nor window size for an axis, a negative one, an even window, or a layout whose
            channels are neither first nor last.

    Inputs:
        data: Data with one to three axes besides channels (first or last) and frames, of any number type.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output: FLOAT, or that of the input (the default).
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        sigma (list of float or DataNode): Standard deviation in pixels: one value, or one for each data axis from
            the outermost on; 0 derives it from the window size. Default: (0.0,).
        window_size (list of int or DataNode): Diameter of the window, odd: one value, or one for each data axis; 0
            derives it from sigma. Default: (0,).
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        preserve: bool = False,
        sigma: Floats | DataNode = (0.0,),
        window_size: Ints | DataNode = (0,),
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        sigma: Floats | DataNode | None = None,
        window_size: Ints | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class GetProperty(OperatorClass):
    """Returns a property of each sample as text: a 1-D uint8 tensor of its UTF-8 bytes, empty where it is not known.

    Inputs:
        data: Data of any kind.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        key (str): ``"source_info"``: where the sample came from, usually a file name; ``"layout"``: names of its
            axes.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        key: Str,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class GridMask(OperatorClass):
    """Sets the pixels of images to zero in a regular grid of squares (Chen et al., "GridMask", arXiv:2001.04086).

    The first two axes are taken for height and width. Shape, type and layout stay.

    Inputs:
        images: Images (H, W, ...) of type UINT8, INT16, INT32 or FLOAT.

    Args:
        angle (float or DataNode): Angle in radians by which the grid is turned around the origin. Default: 0.0.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        ratio (float or DataNode): Side of the black squares divided by that of the tiles. Default: 0.5.
        shift_x (float or DataNode): Horizontal shift of the turned grid in pixels. Default: 0.0.
        shift_y (float or DataNode): Vertical shift of the turned grid in pixels. Default: 0.0.
        tile (int or DataNode): Side of the tiles in pixels: a black square and the gap to the next. Default: 100.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        angle: float | DataNode = 0.0,
        bytes_per_sample_hint: Ints = (0,),
        preserve: bool = False,
        ratio: float | DataNode = 0.5,
        shift_x: float | DataNode = 0.0,
        shift_y: float | DataNode = 0.0,
        tile: int | DataNode = 100,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        images: Input,
        /,
        *,
        angle: float | DataNode | None = None,
        ratio: float | DataNode | None = None,
        shift_x: float | DataNode | None = None,
        shift_y: float | DataNode | None = None,
        tile: int | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class HostDecoder(OperatorClass):
    """Decodes an image: JPEG, PNG, BMP, TIFF, WebP, PNM or JPEG 2000.

    The output is (height, width, channels), layout HWC. Bytes that are no image, or a truncated one, are an error
    of
    their sample (``ImageDecodeError``).

    Inputs:
        encoded: The bytes of one image file, uint8.

    Args:
        adjust_orientation (bool): Turn the image upright as its EXIF orientation says. Default: True.
        affine (bool): Tie each thread to one core. Accepted and without effect. Default: True.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        cache_batch_copy (bool): Copy several images from the cache at once. Accepted and without effect. Default:
            True.
        cache_debug (bool): Report what the cache does. Accepted and without effect. Default: False.
        cache_size (int): Size of the cache of decoded images in megabytes. Accepted and without effect. Default: 0.
        cache_threshold (int): Images of fewer bytes are not cached. Accepted and without effect. Default: 0.
        cache_type (str): What is cached: "threshold" or "largest". Accepted and without effect. Default: .
        device_memory_padding (int): Device memory to allocate at first, in bytes. Concerns device="mixed" only.
            Default: 16777216.
        device_memory_padding_jpeg2k (int): The same for JPEG 2000. Concerns device="mixed" only. Default: 0.
        dtype (DALIDataType): Type of the output. The range of the stored samples is scaled to that of the type
            (0..1 for FLOAT). Default: DALIDataType.UINT8.
        host_memory_padding (int): Pinned host memory to allocate at first, in bytes. Concerns device="mixed" only.
            Default: 8388608.
        host_memory_padding_jpeg2k (int): The same for JPEG 2000. Concerns device="mixed" only. Default: 0.
        hw_decoder_load (float): Share of the images that the hardware decoder gets, where the device has one; 0
            leaves it out. Concerns device="mixed" only. Default: 0.65.
        hybrid_huffman_threshold (int): Pixels from which on the GPU decodes Huffman codes. Concerns device="mixed"
            only. Default: 1000000.
        jpeg_fancy_upsampling (bool): Interpolate the chroma of a JPEG with device="mixed" as the CPU does; on the
            CPU it always is. Default: False.
        memory_stats (bool): Deprecated and ignored. Default: False.
        output_type (DALIImageType): Colours of the output: RGB, BGR, GRAY, YCbCr (ITU-R BT.601, computed from RGB),
            or ANY_DATA, which keeps the channels of the file. Default: DALIImageType.RGB.
        preallocate_height_hint (int): Expected height of the images in pixels; with both, the hardware decoder
            allocates at first. Concerns device="mixed" only. Default: 0.
        preallocate_width_hint (int): Expected width of the images in pixels. Concerns device="mixed" only. Default:
            0.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        split_stages (bool): Deprecated and ignored. Default: False.
        use_chunk_allocator (bool): Deprecated and ignored. Default: False.
        use_fast_idct (bool): Decode JPEGs on the CPU with the faster, less exact inverse DCT. Default: False.
        device (str): cpu or mixed.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        adjust_orientation: bool = True,
        affine: bool = True,
        bytes_per_sample_hint: Ints = (0,),
        cache_batch_copy: bool = True,
        cache_debug: bool = False,
        cache_size: int = 0,
        cache_threshold: int = 0,
        cache_type: Str = "",
        device_memory_padding: int = 16777216,
        device_memory_padding_jpeg2k: int = 0,
        dtype: DType = DALIDataType.UINT8,
        host_memory_padding: int = 8388608,
        host_memory_padding_jpeg2k: int = 0,
        hw_decoder_load: float = 0.65,
        hybrid_huffman_threshold: int = 1000000,
        jpeg_fancy_upsampling: bool = False,
        memory_stats: bool = False,
        output_type: DALIImageType = DALIImageType.RGB,
        preallocate_height_hint: int = 0,
        preallocate_width_hint: int = 0,
        preserve: bool = False,
        split_stages: bool = False,
        use_chunk_allocator: bool = False,
        use_fast_idct: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        encoded: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class HostDecoderCrop(OperatorClass):
    """Decodes a window of an image, of a given size and relative position.

    Only the window is decoded. It must lie inside the image. The output is (height, width, channels) of the window,
    layout HWC.

    Inputs:
        encoded: The bytes of one image file, uint8.

    Args:
        adjust_orientation (bool): Turn the image upright as its EXIF orientation says. Default: True.
        affine (bool): Tie each thread to one core. Accepted and without effect. Default: True.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        crop (list of float or DataNode): Size of the window in pixels: (height, width), (depth, height, width) for
            volumes or (frames, height, width) for sequences. An extent of 0 keeps that of the input. Fractions are
            cut off. Excludes crop_d, crop_h and crop_w.
        crop_d (float or DataNode): Depth of the window in voxels (or frames of a sequence); 0 keeps all of them.
            Default: 0.0.
        crop_h (float or DataNode): Height of the window in pixels; 0 keeps that of the input. Given together with
            crop_w. Default: 0.0.
        crop_pos_x (float or DataNode): Where the window lies, from 0 (left edges meet) to 1 (right edges meet): x =
            crop_pos_x * (W - width). Default: 0.5.
        crop_pos_y (float or DataNode): Where the window lies, from 0 (upper edges meet) to 1 (lower edges meet): y
            = crop_pos_y * (H - height). Default: 0.5.
        crop_pos_z (float or DataNode): Where the window of a volume lies, from 0 (front) to 1 (back): z =
            crop_pos_z * (D - depth). Default: 0.5.
        crop_w (float or DataNode): Width of the window in pixels; 0 keeps that of the input. Given together with
            crop_h. Default: 0.0.
        device_memory_padding (int): Device memory to allocate at first, in bytes. Concerns device="mixed" only.
            Default: 16777216.
        device_memory_padding_jpeg2k (int): The same for JPEG 2000. Concerns device="mixed" only. Default: 0.
        dtype (DALIDataType): Type of the output. The range of the stored samples is scaled to that of the type
            (0..1 for FLOAT). Default: DALIDataType.UINT8.
        host_memory_padding (int): Pinned host memory to allocate at first, in bytes. Concerns device="mixed" only.
            Default: 8388608.
        host_memory_padding_jpeg2k (int): The same for JPEG 2000. Concerns device="mixed" only. Default: 0.
        hw_decoder_load (float): Share of the images that the hardware decoder gets, where the device has one; 0
            leaves it out. Concerns device="mixed" only. Default: 0.65.
        hybrid_huffman_threshold (int): Pixels from which on the GPU decodes Huffman codes. Concerns device="mixed"
            only. Default: 1000000.
        jpeg_fancy_upsampling (bool): Interpolate the chroma of a JPEG with device="mixed" as the CPU does; on the
            CPU it always is. Default: False.
        memory_stats (bool): Deprecated and ignored. Default: False.
        output_type (DALIImageType): Colours of the output: RGB, BGR, GRAY, YCbCr (ITU-R BT.601, computed from RGB),
            or ANY_DATA, which keeps the channels of the file. Default: DALIImageType.RGB.
        preallocate_height_hint (int): Expected height of the images in pixels; with both, the hardware decoder
            allocates at first. Concerns device="mixed" only. Default: 0.
        preallocate_width_hint (int): Expected width of the images in pixels. Concerns device="mixed" only. Default:
            0.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        rounding (str): How the window's corner becomes a whole number: "round" (halves away from zero) or
            "truncate" (to zero). Default: round.
        split_stages (bool): Deprecated and ignored. Default: False.
        use_chunk_allocator (bool): Deprecated and ignored. Default: False.
        use_fast_idct (bool): Decode JPEGs on the CPU with the faster, less exact inverse DCT. Default: False.
        device (str): cpu or mixed.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        adjust_orientation: bool = True,
        affine: bool = True,
        bytes_per_sample_hint: Ints = (0,),
        crop: Floats | DataNode | None = None,
        crop_d: float | DataNode = 0.0,
        crop_h: float | DataNode = 0.0,
        crop_pos_x: float | DataNode = 0.5,
        crop_pos_y: float | DataNode = 0.5,
        crop_pos_z: float | DataNode = 0.5,
        crop_w: float | DataNode = 0.0,
        device_memory_padding: int = 16777216,
        device_memory_padding_jpeg2k: int = 0,
        dtype: DType = DALIDataType.UINT8,
        host_memory_padding: int = 8388608,
        host_memory_padding_jpeg2k: int = 0,
        hw_decoder_load: float = 0.65,
        hybrid_huffman_threshold: int = 1000000,
        jpeg_fancy_upsampling: bool = False,
        memory_stats: bool = False,
        output_type: DALIImageType = DALIImageType.RGB,
        preallocate_height_hint: int = 0,
        preallocate_width_hint: int = 0,
        preserve: bool = False,
        rounding: Str = "round",
        split_stages: bool = False,
        use_chunk_allocator: bool = False,
        use_fast_idct: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        encoded: Input,
        /,
        *,
        crop: Floats | DataNode | None = None,
        crop_d: float | DataNode | None = None,
        crop_h: float | DataNode | None = None,
        crop_pos_x: float | DataNode | None = None,
        crop_pos_y: float | DataNode | None = None,
        crop_pos_z: float | DataNode | None = None,
        crop_w: float | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class HostDecoderRandomCrop(OperatorClass):
    """Decodes a random window of an image, with a random area and aspect ratio.

    Only the window is decoded, which for a JPEG takes less time than the whole. The output is (height, width,
    channels) of the window, layout HWC.

    Inputs:
        encoded: The bytes of one image file, uint8.

    Args:
        adjust_orientation (bool): Turn the image upright as its EXIF orientation says. Default: True.
        affine (bool): Tie each thread to one core. Accepted and without effect. Default: True.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        device_memory_padding (int): Device memory to allocate at first, in bytes. Concerns device="mixed" only.
            Default: 16777216.
        device_memory_padding_jpeg2k (int): The same for JPEG 2000. Concerns device="mixed" only. Default: 0.
        dtype (DALIDataType): Type of the output. The range of the stored samples is scaled to that of the type
            (0..1 for FLOAT). Default: DALIDataType.UINT8.
        host_memory_padding (int): Pinned host memory to allocate at first, in bytes. Concerns device="mixed" only.
            Default: 8388608.
        host_memory_padding_jpeg2k (int): The same for JPEG 2000. Concerns device="mixed" only. Default: 0.
        hw_decoder_load (float): Share of the images that the hardware decoder gets, where the device has one; 0
            leaves it out. Concerns device="mixed" only. Default: 0.65.
        hybrid_huffman_threshold (int): Pixels from which on the GPU decodes Huffman codes. Concerns device="mixed"
            only. Default: 1000000.
        jpeg_fancy_upsampling (bool): Interpolate the chroma of a JPEG with device="mixed" as the CPU does; on the
            CPU it always is. Default: False.
        memory_stats (bool): Deprecated and ignored. Default: False.
        num_attempts (int): How often an area and an aspect ratio are drawn before giving up. Default: 10.
        output_type (DALIImageType): Colours of the output: RGB, BGR, GRAY, YCbCr (ITU-R BT.601, computed from RGB),
            or ANY_DATA, which keeps the channels of the file. Default: DALIImageType.RGB.
        preallocate_height_hint (int): Expected height of the images in pixels; with both, the hardware decoder
            allocates at first. Concerns device="mixed" only. Default: 0.
        preallocate_width_hint (int): Expected width of the images in pixels. Concerns device="mixed" only. Default:
            0.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        random_area (list of float): Range of the window's area as a fraction of the image's. Default: (0.08, 1.0).
        random_aspect_ratio (list of float): Range of the window's width divided by its height. Default: (0.75,
            1.3333333333333333).
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        split_stages (bool): Deprecated and ignored. Default: False.
        use_chunk_allocator (bool): Deprecated and ignored. Default: False.
        use_fast_idct (bool): Decode JPEGs on the CPU with the faster, less exact inverse DCT. Default: False.
        device (str): cpu or mixed.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        adjust_orientation: bool = True,
        affine: bool = True,
        bytes_per_sample_hint: Ints = (0,),
        device_memory_padding: int = 16777216,
        device_memory_padding_jpeg2k: int = 0,
        dtype: DType = DALIDataType.UINT8,
        host_memory_padding: int = 8388608,
        host_memory_padding_jpeg2k: int = 0,
        hw_decoder_load: float = 0.65,
        hybrid_huffman_threshold: int = 1000000,
        jpeg_fancy_upsampling: bool = False,
        memory_stats: bool = False,
        num_attempts: int = 10,
        output_type: DALIImageType = DALIImageType.RGB,
        preallocate_height_hint: int = 0,
        preallocate_width_hint: int = 0,
        preserve: bool = False,
        random_area: Floats = (0.08, 1.0),
        random_aspect_ratio: Floats = (0.75, 1.3333333333333333),
        seed: int = -1,
        split_stages: bool = False,
        use_chunk_allocator: bool = False,
        use_fast_idct: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        encoded: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class HostDecoderSlice(OperatorClass):
    """Decodes a window of an image; the window is given as for ``slice``, with the axes H and W (0 and 1).

    Only the window is decoded. It must lie inside the image and hold at least one pixel. The output is (height,
    width, channels) of the window, layout HWC.

    Inputs:
        encoded: The bytes of one image file, uint8.
        anchor: Optional: start of the window, one value for each sliced axis.
        shape: Optional, together with anchor: size of the window, of the same type.

    Args:
        adjust_orientation (bool): Turn the image upright as its EXIF orientation says. Default: True.
        affine (bool): Tie each thread to one core. Accepted and without effect. Default: True.
        axes (list of int or DataNode): The sliced axes by number; negative numbers count from the end. Excludes
            axis_names. Default: (1, 0).
        axis_names (layout): The sliced axes by their letters in the layout. Excludes axes. Default: WH.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        device_memory_padding (int): Device memory to allocate at first, in bytes. Concerns device="mixed" only.
            Default: 16777216.
        device_memory_padding_jpeg2k (int): The same for JPEG 2000. Concerns device="mixed" only. Default: 0.
        dtype (DALIDataType): Type of the output. The range of the stored samples is scaled to that of the type
            (0..1 for FLOAT). Default: DALIDataType.UINT8.
        end (list of int or DataNode): End of the window in samples, one value for each sliced axis (one value
            stands for all).
        host_memory_padding (int): Pinned host memory to allocate at first, in bytes. Concerns device="mixed" only.
            Default: 8388608.
        host_memory_padding_jpeg2k (int): The same for JPEG 2000. Concerns device="mixed" only. Default: 0.
        hw_decoder_load (float): Share of the images that the hardware decoder gets, where the device has one; 0
            leaves it out. Concerns device="mixed" only. Default: 0.65.
        hybrid_huffman_threshold (int): Pixels from which on the GPU decodes Huffman codes. Concerns device="mixed"
            only. Default: 1000000.
        jpeg_fancy_upsampling (bool): Interpolate the chroma of a JPEG with device="mixed" as the CPU does; on the
            CPU it always is. Default: False.
        memory_stats (bool): Deprecated and ignored. Default: False.
        normalized_anchor (bool): Whether a positional anchor of a float type is a fraction of the axis; integers
            never are. Default: True.
        normalized_shape (bool): Whether a positional shape of a float type is a fraction of the axis; integers
            never are. Default: True.
        output_type (DALIImageType): Colours of the output: RGB, BGR, GRAY, YCbCr (ITU-R BT.601, computed from RGB),
            or ANY_DATA, which keeps the channels of the file. Default: DALIImageType.RGB.
        preallocate_height_hint (int): Expected height of the images in pixels; with both, the hardware decoder
            allocates at first. Concerns device="mixed" only. Default: 0.
        preallocate_width_hint (int): Expected width of the images in pixels. Concerns device="mixed" only. Default:
            0.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        rel_end (list of float or DataNode): End as a fraction of the axis, one value for each sliced axis (one
            value stands for all).
        rel_shape (list of float or DataNode): Size as a fraction of the axis, one value for each sliced axis (one
            value stands for all).
        rel_start (list of float or DataNode): Start as a fraction of the axis, one value for each sliced axis (one
            value stands for all).
        shape (list of int or DataNode): Size of the window in samples, one value for each sliced axis (one value
            stands for all).
        split_stages (bool): Deprecated and ignored. Default: False.
        start (list of int or DataNode): Start of the window in samples, one value for each sliced axis (one value
            stands for all).
        use_chunk_allocator (bool): Deprecated and ignored. Default: False.
        use_fast_idct (bool): Decode JPEGs on the CPU with the faster, less exact inverse DCT. Default: False.
        device (str): cpu or mixed.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        adjust_orientation: bool = True,
        affine: bool = True,
        axes: Ints | DataNode = (1, 0),
        axis_names: Layout = "WH",
        bytes_per_sample_hint: Ints = (0,),
        device_memory_padding: int = 16777216,
        device_memory_padding_jpeg2k: int = 0,
        dtype: DType = DALIDataType.UINT8,
        end: Ints | DataNode | None = None,
        host_memory_padding: int = 8388608,
        host_memory_padding_jpeg2k: int = 0,
        hw_decoder_load: float = 0.65,
        hybrid_huffman_threshold: int = 1000000,
        jpeg_fancy_upsampling: bool = False,
        memory_stats: bool = False,
        normalized_anchor: bool = True,
        normalized_shape: bool = True,
        output_type: DALIImageType = DALIImageType.RGB,
        preallocate_height_hint: int = 0,
        preallocate_width_hint: int = 0,
        preserve: bool = False,
        rel_end: Floats | DataNode | None = None,
        rel_shape: Floats | DataNode | None = None,
        rel_start: Floats | DataNode | None = None,
        shape: Ints | DataNode | None = None,
        split_stages: bool = False,
        start: Ints | DataNode | None = None,
        use_chunk_allocator: bool = False,
        use_fast_idct: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        encoded: Input,
        /,
        *inputs: Input,
        axes: Ints | DataNode | None = None,
        end: Ints | DataNode | None = None,
        rel_end: Floats | DataNode | None = None,
        rel_shape: Floats | DataNode | None = None,
        rel_start: Floats | DataNode | None = None,
        shape: Ints | DataNode | None = None,
        start: Ints | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class Hsv(OperatorClass):
    """Changes hue, saturation and value of an image.

    The change is linear in RGB: an approximation that rotates and scales the chroma plane of YIQ.

    Inputs:
        image: Images, channel-last; sequences and volumes too. Layouts: HWC, FHWC, DHWC.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output. Default: DALIDataType.UINT8.
        hue (float or DataNode): Change of hue in degrees. Default: 0.0.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        saturation (float or DataNode): Factor of the saturation; 0 gives grey. Default: 1.0.
        value (float or DataNode): Factor of the value (brightness). Default: 1.0.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType = DALIDataType.UINT8,
        hue: float | DataNode = 0.0,
        preserve: bool = False,
        saturation: float | DataNode = 1.0,
        value: float | DataNode = 1.0,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        image: Input,
        /,
        *,
        hue: float | DataNode | None = None,
        saturation: float | DataNode | None = None,
        value: float | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class Hue(OperatorClass):
    """Turns the hue of an image.

    The change is linear in RGB: an approximation that rotates and scales the chroma plane of YIQ.

    Inputs:
        image: Images, channel-last; sequences and volumes too. Layouts: HWC, FHWC, DHWC.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output; that of the input by default.
        hue (float or DataNode): Change of hue in degrees. Default: 0.0.
        image_type (DALIImageType): Colour space of input and output. The channels are taken for red, green and blue
            in this order, as in DALI. Default: DALIImageType.RGB.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        hue: float | DataNode = 0.0,
        image_type: DALIImageType = DALIImageType.RGB,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        image: Input,
        /,
        *,
        hue: float | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class ImageDecoder(OperatorClass):
    """Decodes an image: JPEG, PNG, BMP, TIFF, WebP, PNM or JPEG 2000.

    The output is (height, width, channels), layout HWC. Bytes that are no image, or a truncated one, are an error
    of
    their sample (``ImageDecodeError``).

    Inputs:
        encoded: The bytes of one image file, uint8.

    Args:
        adjust_orientation (bool): Turn the image upright as its EXIF orientation says. Default: True.
        affine (bool): Tie each thread to one core. Accepted and without effect. Default: True.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        cache_batch_copy (bool): Copy several images from the cache at once. Accepted and without effect. Default:
            True.
        cache_debug (bool): Report what the cache does. Accepted and without effect. Default: False.
        cache_size (int): Size of the cache of decoded images in megabytes. Accepted and without effect. Default: 0.
        cache_threshold (int): Images of fewer bytes are not cached. Accepted and without effect. Default: 0.
        cache_type (str): What is cached: "threshold" or "largest". Accepted and without effect. Default: .
        device_memory_padding (int): Device memory to allocate at first, in bytes. Concerns device="mixed" only.
            Default: 16777216.
        device_memory_padding_jpeg2k (int): The same for JPEG 2000. Concerns device="mixed" only. Default: 0.
        dtype (DALIDataType): Type of the output. The range of the stored samples is scaled to that of the type
            (0..1 for FLOAT). Default: DALIDataType.UINT8.
        host_memory_padding (int): Pinned host memory to allocate at first, in bytes. Concerns device="mixed" only.
            Default: 8388608.
        host_memory_padding_jpeg2k (int): The same for JPEG 2000. Concerns device="mixed" only. Default: 0.
        hw_decoder_load (float): Share of the images that the hardware decoder gets, where the device has one; 0
            leaves it out. Concerns device="mixed" only. Default: 0.65.
        hybrid_huffman_threshold (int): Pixels from which on the GPU decodes Huffman codes. Concerns device="mixed"
            only. Default: 1000000.
        jpeg_fancy_upsampling (bool): Interpolate the chroma of a JPEG with device="mixed" as the CPU does; on the
            CPU it always is. Default: False.
        memory_stats (bool): Deprecated and ignored. Default: False.
        output_type (DALIImageType): Colours of the output: RGB, BGR, GRAY, YCbCr (ITU-R BT.601, computed from RGB),
            or ANY_DATA, which keeps the channels of the file. Default: DALIImageType.RGB.
        preallocate_height_hint (int): Expected height of the images in pixels; with both, the hardware decoder
            allocates at first. Concerns device="mixed" only. Default: 0.
        preallocate_width_hint (int): Expected width of the images in pixels. Concerns device="mixed" only. Default:
            0.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        split_stages (bool): Deprecated and ignored. Default: False.
        use_chunk_allocator (bool): Deprecated and ignored. Default: False.
        use_fast_idct (bool): Decode JPEGs on the CPU with the faster, less exact inverse DCT. Default: False.
        device (str): cpu or mixed.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        adjust_orientation: bool = True,
        affine: bool = True,
        bytes_per_sample_hint: Ints = (0,),
        cache_batch_copy: bool = True,
        cache_debug: bool = False,
        cache_size: int = 0,
        cache_threshold: int = 0,
        cache_type: Str = "",
        device_memory_padding: int = 16777216,
        device_memory_padding_jpeg2k: int = 0,
        dtype: DType = DALIDataType.UINT8,
        host_memory_padding: int = 8388608,
        host_memory_padding_jpeg2k: int = 0,
        hw_decoder_load: float = 0.65,
        hybrid_huffman_threshold: int = 1000000,
        jpeg_fancy_upsampling: bool = False,
        memory_stats: bool = False,
        output_type: DALIImageType = DALIImageType.RGB,
        preallocate_height_hint: int = 0,
        preallocate_width_hint: int = 0,
        preserve: bool = False,
        split_stages: bool = False,
        use_chunk_allocator: bool = False,
        use_fast_idct: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        encoded: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class ImageDecoderCrop(OperatorClass):
    """Decodes a window of an image, of a given size and relative position.

    Only the window is decoded. It must lie inside the image. The output is (height, width, channels) of the window,
    layout HWC.

    Inputs:
        encoded: The bytes of one image file, uint8.

    Args:
        adjust_orientation (bool): Turn the image upright as its EXIF orientation says. Default: True.
        affine (bool): Tie each thread to one core. Accepted and without effect. Default: True.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        crop (list of float or DataNode): Size of the window in pixels: (height, width), (depth, height, width) for
            volumes or (frames, height, width) for sequences. An extent of 0 keeps that of the input. Fractions are
            cut off. Excludes crop_d, crop_h and crop_w.
        crop_d (float or DataNode): Depth of the window in voxels (or frames of a sequence); 0 keeps all of them.
            Default: 0.0.
        crop_h (float or DataNode): Height of the window in pixels; 0 keeps that of the input. Given together with
            crop_w. Default: 0.0.
        crop_pos_x (float or DataNode): Where the window lies, from 0 (left edges meet) to 1 (right edges meet): x =
            crop_pos_x * (W - width). Default: 0.5.
        crop_pos_y (float or DataNode): Where the window lies, from 0 (upper edges meet) to 1 (lower edges meet): y
            = crop_pos_y * (H - height). Default: 0.5.
        crop_pos_z (float or DataNode): Where the window of a volume lies, from 0 (front) to 1 (back): z =
            crop_pos_z * (D - depth). Default: 0.5.
        crop_w (float or DataNode): Width of the window in pixels; 0 keeps that of the input. Given together with
            crop_h. Default: 0.0.
        device_memory_padding (int): Device memory to allocate at first, in bytes. Concerns device="mixed" only.
            Default: 16777216.
        device_memory_padding_jpeg2k (int): The same for JPEG 2000. Concerns device="mixed" only. Default: 0.
        dtype (DALIDataType): Type of the output. The range of the stored samples is scaled to that of the type
            (0..1 for FLOAT). Default: DALIDataType.UINT8.
        host_memory_padding (int): Pinned host memory to allocate at first, in bytes. Concerns device="mixed" only.
            Default: 8388608.
        host_memory_padding_jpeg2k (int): The same for JPEG 2000. Concerns device="mixed" only. Default: 0.
        hw_decoder_load (float): Share of the images that the hardware decoder gets, where the device has one; 0
            leaves it out. Concerns device="mixed" only. Default: 0.65.
        hybrid_huffman_threshold (int): Pixels from which on the GPU decodes Huffman codes. Concerns device="mixed"
            only. Default: 1000000.
        jpeg_fancy_upsampling (bool): Interpolate the chroma of a JPEG with device="mixed" as the CPU does; on the
            CPU it always is. Default: False.
        memory_stats (bool): Deprecated and ignored. Default: False.
        output_type (DALIImageType): Colours of the output: RGB, BGR, GRAY, YCbCr (ITU-R BT.601, computed from RGB),
            or ANY_DATA, which keeps the channels of the file. Default: DALIImageType.RGB.
        preallocate_height_hint (int): Expected height of the images in pixels; with both, the hardware decoder
            allocates at first. Concerns device="mixed" only. Default: 0.
        preallocate_width_hint (int): Expected width of the images in pixels. Concerns device="mixed" only. Default:
            0.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        rounding (str): How the window's corner becomes a whole number: "round" (halves away from zero) or
            "truncate" (to zero). Default: round.
        split_stages (bool): Deprecated and ignored. Default: False.
        use_chunk_allocator (bool): Deprecated and ignored. Default: False.
        use_fast_idct (bool): Decode JPEGs on the CPU with the faster, less exact inverse DCT. Default: False.
        device (str): cpu or mixed.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        adjust_orientation: bool = True,
        affine: bool = True,
        bytes_per_sample_hint: Ints = (0,),
        crop: Floats | DataNode | None = None,
        crop_d: float | DataNode = 0.0,
        crop_h: float | DataNode = 0.0,
        crop_pos_x: float | DataNode = 0.5,
        crop_pos_y: float | DataNode = 0.5,
        crop_pos_z: float | DataNode = 0.5,
        crop_w: float | DataNode = 0.0,
        device_memory_padding: int = 16777216,
        device_memory_padding_jpeg2k: int = 0,
        dtype: DType = DALIDataType.UINT8,
        host_memory_padding: int = 8388608,
        host_memory_padding_jpeg2k: int = 0,
        hw_decoder_load: float = 0.65,
        hybrid_huffman_threshold: int = 1000000,
        jpeg_fancy_upsampling: bool = False,
        memory_stats: bool = False,
        output_type: DALIImageType = DALIImageType.RGB,
        preallocate_height_hint: int = 0,
        preallocate_width_hint: int = 0,
        preserve: bool = False,
        rounding: Str = "round",
        split_stages: bool = False,
        use_chunk_allocator: bool = False,
        use_fast_idct: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        encoded: Input,
        /,
        *,
        crop: Floats | DataNode | None = None,
        crop_d: float | DataNode | None = None,
        crop_h: float | DataNode | None = None,
        crop_pos_x: float | DataNode | None = None,
        crop_pos_y: float | DataNode | None = None,
        crop_pos_z: float | DataNode | None = None,
        crop_w: float | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class ImageDecoderRandomCrop(OperatorClass):
    """Decodes a random window of an image, with a random area and aspect ratio.

    Only the window is decoded, which for a JPEG takes less time than the whole. The output is (height, width,
    channels) of the window, layout HWC.

    Inputs:
        encoded: The bytes of one image file, uint8.

    Args:
        adjust_orientation (bool): Turn the image upright as its EXIF orientation says. Default: True.
        affine (bool): Tie each thread to one core. Accepted and without effect. Default: True.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        device_memory_padding (int): Device memory to allocate at first, in bytes. Concerns device="mixed" only.
            Default: 16777216.
        device_memory_padding_jpeg2k (int): The same for JPEG 2000. Concerns device="mixed" only. Default: 0.
        dtype (DALIDataType): Type of the output. The range of the stored samples is scaled to that of the type
            (0..1 for FLOAT). Default: DALIDataType.UINT8.
        host_memory_padding (int): Pinned host memory to allocate at first, in bytes. Concerns device="mixed" only.
            Default: 8388608.
        host_memory_padding_jpeg2k (int): The same for JPEG 2000. Concerns device="mixed" only. Default: 0.
        hw_decoder_load (float): Share of the images that the hardware decoder gets, where the device has one; 0
            leaves it out. Concerns device="mixed" only. Default: 0.65.
        hybrid_huffman_threshold (int): Pixels from which on the GPU decodes Huffman codes. Concerns device="mixed"
            only. Default: 1000000.
        jpeg_fancy_upsampling (bool): Interpolate the chroma of a JPEG with device="mixed" as the CPU does; on the
            CPU it always is. Default: False.
        memory_stats (bool): Deprecated and ignored. Default: False.
        num_attempts (int): How often an area and an aspect ratio are drawn before giving up. Default: 10.
        output_type (DALIImageType): Colours of the output: RGB, BGR, GRAY, YCbCr (ITU-R BT.601, computed from RGB),
            or ANY_DATA, which keeps the channels of the file. Default: DALIImageType.RGB.
        preallocate_height_hint (int): Expected height of the images in pixels; with both, the hardware decoder
            allocates at first. Concerns device="mixed" only. Default: 0.
        preallocate_width_hint (int): Expected width of the images in pixels. Concerns device="mixed" only. Default:
            0.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        random_area (list of float): Range of the window's area as a fraction of the image's. Default: (0.08, 1.0).
        random_aspect_ratio (list of float): Range of the window's width divided by its height. Default: (0.75,
            1.3333333333333333).
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        split_stages (bool): Deprecated and ignored. Default: False.
        use_chunk_allocator (bool): Deprecated and ignored. Default: False.
        use_fast_idct (bool): Decode JPEGs on the CPU with the faster, less exact inverse DCT. Default: False.
        device (str): cpu or mixed.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        adjust_orientation: bool = True,
        affine: bool = True,
        bytes_per_sample_hint: Ints = (0,),
        device_memory_padding: int = 16777216,
        device_memory_padding_jpeg2k: int = 0,
        dtype: DType = DALIDataType.UINT8,
        host_memory_padding: int = 8388608,
        host_memory_padding_jpeg2k: int = 0,
        hw_decoder_load: float = 0.65,
        hybrid_huffman_threshold: int = 1000000,
        jpeg_fancy_upsampling: bool = False,
        memory_stats: bool = False,
        num_attempts: int = 10,
        output_type: DALIImageType = DALIImageType.RGB,
        preallocate_height_hint: int = 0,
        preallocate_width_hint: int = 0,
        preserve: bool = False,
        random_area: Floats = (0.08, 1.0),
        random_aspect_ratio: Floats = (0.75, 1.3333333333333333),
        seed: int = -1,
        split_stages: bool = False,
        use_chunk_allocator: bool = False,
        use_fast_idct: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        encoded: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class ImageDecoderSlice(OperatorClass):
    """Decodes a window of an image; the window is given as for ``slice``, with the axes H and W (0 and 1).

    Only the window is decoded. It must lie inside the image and hold at least one pixel. The output is (height,
    width, channels) of the window, layout HWC.

    Inputs:
        encoded: The bytes of one image file, uint8.
        anchor: Optional: start of the window, one value for each sliced axis.
        shape: Optional, together with anchor: size of the window, of the same type.

    Args:
        adjust_orientation (bool): Turn the image upright as its EXIF orientation says. Default: True.
        affine (bool): Tie each thread to one core. Accepted and without effect. Default: True.
        axes (list of int or DataNode): The sliced axes by number; negative numbers count from the end. Excludes
            axis_names. Default: (1, 0).
        axis_names (layout): The sliced axes by their letters in the layout. Excludes axes. Default: WH.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        device_memory_padding (int): Device memory to allocate at first, in bytes. Concerns device="mixed" only.
            Default: 16777216.
        device_memory_padding_jpeg2k (int): The same for JPEG 2000. Concerns device="mixed" only. Default: 0.
        dtype (DALIDataType): Type of the output. The range of the stored samples is scaled to that of the type
            (0..1 for FLOAT). Default: DALIDataType.UINT8.
        end (list of int or DataNode): End of the window in samples, one value for each sliced axis (one value
            stands for all).
        host_memory_padding (int): Pinned host memory to allocate at first, in bytes. Concerns device="mixed" only.
            Default: 8388608.
        host_memory_padding_jpeg2k (int): The same for JPEG 2000. Concerns device="mixed" only. Default: 0.
        hw_decoder_load (float): Share of the images that the hardware decoder gets, where the device has one; 0
            leaves it out. Concerns device="mixed" only. Default: 0.65.
        hybrid_huffman_threshold (int): Pixels from which on the GPU decodes Huffman codes. Concerns device="mixed"
            only. Default: 1000000.
        jpeg_fancy_upsampling (bool): Interpolate the chroma of a JPEG with device="mixed" as the CPU does; on the
            CPU it always is. Default: False.
        memory_stats (bool): Deprecated and ignored. Default: False.
        normalized_anchor (bool): Whether a positional anchor of a float type is a fraction of the axis; integers
            never are. Default: True.
        normalized_shape (bool): Whether a positional shape of a float type is a fraction of the axis; integers
            never are. Default: True.
        output_type (DALIImageType): Colours of the output: RGB, BGR, GRAY, YCbCr (ITU-R BT.601, computed from RGB),
            or ANY_DATA, which keeps the channels of the file. Default: DALIImageType.RGB.
        preallocate_height_hint (int): Expected height of the images in pixels; with both, the hardware decoder
            allocates at first. Concerns device="mixed" only. Default: 0.
        preallocate_width_hint (int): Expected width of the images in pixels. Concerns device="mixed" only. Default:
            0.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        rel_end (list of float or DataNode): End as a fraction of the axis, one value for each sliced axis (one
            value stands for all).
        rel_shape (list of float or DataNode): Size as a fraction of the axis, one value for each sliced axis (one
            value stands for all).
        rel_start (list of float or DataNode): Start as a fraction of the axis, one value for each sliced axis (one
            value stands for all).
        shape (list of int or DataNode): Size of the window in samples, one value for each sliced axis (one value
            stands for all).
        split_stages (bool): Deprecated and ignored. Default: False.
        start (list of int or DataNode): Start of the window in samples, one value for each sliced axis (one value
            stands for all).
        use_chunk_allocator (bool): Deprecated and ignored. Default: False.
        use_fast_idct (bool): Decode JPEGs on the CPU with the faster, less exact inverse DCT. Default: False.
        device (str): cpu or mixed.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        adjust_orientation: bool = True,
        affine: bool = True,
        axes: Ints | DataNode = (1, 0),
        axis_names: Layout = "WH",
        bytes_per_sample_hint: Ints = (0,),
        device_memory_padding: int = 16777216,
        device_memory_padding_jpeg2k: int = 0,
        dtype: DType = DALIDataType.UINT8,
        end: Ints | DataNode | None = None,
        host_memory_padding: int = 8388608,
        host_memory_padding_jpeg2k: int = 0,
        hw_decoder_load: float = 0.65,
        hybrid_huffman_threshold: int = 1000000,
        jpeg_fancy_upsampling: bool = False,
        memory_stats: bool = False,
        normalized_anchor: bool = True,
        normalized_shape: bool = True,
        output_type: DALIImageType = DALIImageType.RGB,
        preallocate_height_hint: int = 0,
        preallocate_width_hint: int = 0,
        preserve: bool = False,
        rel_end: Floats | DataNode | None = None,
        rel_shape: Floats | DataNode | None = None,
        rel_start: Floats | DataNode | None = None,
        shape: Ints | DataNode | None = None,
        split_stages: bool = False,
        start: Ints | DataNode | None = None,
        use_chunk_allocator: bool = False,
        use_fast_idct: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        encoded: Input,
        /,
        *inputs: Input,
        axes: Ints | DataNode | None = None,
        end: Ints | DataNode | None = None,
        rel_end: Floats | DataNode | None = None,
        rel_shape: Floats | DataNode | None = None,
        rel_start: Floats | DataNode | None = None,
        shape: Ints | DataNode | None = None,
        start: Ints | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class Jitter(OperatorClass):
    """Moves each pixel by a random amount in x and y.

    The pixel at (x, y) comes from the point that lies at the random distances from its centre. (The real DALI has
    this
    operator on the GPU only.)

    Inputs:
        images: Images of type UINT8 or FLOAT. Layouts: HWC.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        fill_value (float): Value of what comes from outside of the image; its fraction is cut off for UINT8 images.
            Default: 0.0.
        interp_type (DALIInterpType): INTERP_NN or INTERP_LINEAR. Default: DALIInterpType.INTERP_NN.
        mask (int or DataNode): Images whose mask is 0 stay as they are. Default: 1.
        nDegree (int): Pixels are moved by -nDegree/2 to nDegree/2 along each axis, uniformly, not in whole steps.
            Default: 2.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        fill_value: float = 0.0,
        interp_type: DALIInterpType = DALIInterpType.INTERP_NN,
        mask: int | DataNode = 1,
        nDegree: int = 2,
        preserve: bool = False,
        seed: int = -1,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        images: Input,
        /,
        *,
        mask: int | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class JpegCompressionDistortion(OperatorClass):
    """Compresses RGB images as JPEG (with half the resolution of colour) and decompresses them again.

    Raises:
        ValueError: the image is not uint8 with 3 channels.

    Inputs:
        image: uint8 RGB images or sequences of them. Layouts: HWC, FHWC.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        quality (int or DataNode): JPEG quality from 1 (worst) to 100 (best); what is outside is clamped. Default:
            50.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        preserve: bool = False,
        quality: int | DataNode = 50,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        image: Input,
        /,
        *,
        quality: int | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class Laplacian(OperatorClass):
    """Sums the second derivatives along every axis but those of channels and frames.

    A derivative is a separable filter: ``1, -2, 1`` smoothed by a binomial window along its own axis, and binomial
    windows along the others. With ``normalized_kernel`` it is scaled by ``2 ** (n + 2 - s)``, where ``s`` is the
    sum of
    its window sizes and ``n`` the number of axes. Borders are reflected without repeating the outermost values. The
    sums are of single precision; integers are rounded and clamped.

    Raises:
        ValueError: a window that is even or out of range, or a layout whose channels are neither first nor last.

    Inputs:
        data: Data with one to three axes besides channels (first or last) and frames, of any number type.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output: FLOAT, or that of the input (the default).
        normalized_kernel (bool): Scale each derivative so that it does not grow with the windows; not together with
            ``scale``. Default: False.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        scale (list of float or DataNode): Factor of each derivative: one value, or one for each data axis. Default:
            (1.0,).
        smoothing_size (list of int or DataNode): Size of the window that smooths across a derivative, odd, 1 (no
            smoothing) to 31: one value, or one for each data axis. By default it is that of the derivative's own
            window.
        window_size (list of int or DataNode): Size of the window of the derivative, odd, 3 to 31: one value, or one
            for each data axis. Default: (3,).
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        normalized_kernel: bool = False,
        preserve: bool = False,
        scale: Floats | DataNode = (1.0,),
        smoothing_size: Ints | DataNode | None = None,
        window_size: Ints | DataNode = (3,),
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        scale: Floats | DataNode | None = None,
        smoothing_size: Ints | DataNode | None = None,
        window_size: Ints | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class LookupTable(OperatorClass):
    """Replaces each number by the value of its key, or by the default value.

    The values are converted to ``dtype`` as ``cast`` does.

    Inputs:
        data: Integers.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        default_value (float): Output for numbers that are no key. Default: 0.0.
        dtype (DALIDataType): Type of the output. Default: DALIDataType.FLOAT.
        keys (list of int): Numbers to replace, from 0 to 65535; of equal ones the last counts. Default: ().
        output_dtype (DALIDataType): Deprecated; use ``dtype``.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        values (list of float): What to replace them with, one value for each key. Default: ().
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        default_value: float = 0.0,
        dtype: DType = DALIDataType.FLOAT,
        keys: Ints = (),
        output_dtype: DType | None = None,
        preserve: bool = False,
        values: Floats = (),
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class MFCC(OperatorClass):
    """Computes mel-frequency cepstral coefficients: a discrete cosine transform over the bands of a mel spectrogram.

    The output is float32 and has min(n_mfcc, bands) in place of the bands. The layout stays.

    Fails on an axis that does not exist, on one band with dct_type 1 and on other types than float32.

    Inputs:
        data: float32 mel spectrogram, usually in decibels.

    Args:
        axis (int): Dimension to transform: that of the mel bands. Default: 0.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dct_type (int): Kind of the discrete cosine transform: 1, 2, 3 or 4. Default: 2.
        lifter (float): If not 0, coefficient i is multiplied by 1 + lifter / 2 * sin(pi (i + 1) / lifter). Default:
            0.0.
        n_mfcc (int): Number of coefficients; never more than there are bands. Default: 20.
        normalize (bool): The transform is orthonormal. Not possible with dct_type 1. Default: False.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        axis: int = 0,
        bytes_per_sample_hint: Ints = (0,),
        dct_type: int = 2,
        lifter: float = 0.0,
        n_mfcc: int = 20,
        normalize: bool = False,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class MXNetReader(OperatorClass):
    """Reads images and their labels from RecordIO files.

    The first output holds the image as it is stored, uint8 of shape (bytes,); the second its label or labels,
    float32
    of shape (labels,). Samples come in the order of their places in the files, whatever the order of the index.

    A damaged record fails alone, and ``on_error`` of the pipeline decides what becomes of it. The source of a
    sample is
    its file and the offset of its record there.

    Raises:
        ArgumentError: files or an index that cannot be read or do not belong together, no records at all.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dont_use_mmap (bool): Read containers (files with many samples) with plain I/O, instead of mapping them and
            handing out views of the mapped memory. Files with one sample each are always read. Default: False.
        fetch_bytes (int): With fetch_concurrency above 1: how many bytes of samples may be under way or waiting,
            beyond the one whose turn is next. Not in DALI. Default: 268435456.
        fetch_concurrency (int): How many samples are loaded at the same time, by threads of their own that work
            ahead; with 1, one after the other. Their order does not change. Worth it where latency is high: network
            file systems, object stores. Not in DALI. Default: 1.
        index_path (list of str): The index file, as MXNet's im2rec or DALI's rec2idx write it: one for all files of
            path, whose offsets count on from file to file, or (not in DALI) one for each. Without it (not in DALI)
            the files are walked through when the reader is made.
        initial_fill (int): Size, in samples, of the window from which random_shuffle draws. Only sample numbers are
            held in it, so a large window costs neither memory nor a slow start. Default: 1024.
        lazy_init (bool): Look for the data when it is first needed (the first read, or a question about the epoch's
            size) and not when the pipeline is built. Default: False.
        num_shards (int): Number of parts that the data is divided into, for instance one a process. Default: 1.
        pad_last_batch (bool): Repeat the last sample of the shard until every shard has as many batches and the
            last one is full. Default: False.
        path (list of str): The RecordIO files.
        prefetch_queue_depth (int): How many batches are read ahead of the iterations under way. Default: 1.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        random_shuffle (bool): Shuffle: each sample is drawn from a window of initial_fill samples that moves over
            the data. Default: False.
        read_ahead (bool): Ask the system to read containers into memory when they are opened; a hint. Default:
            False.
        sampler (object): An object that says which samples are delivered in an epoch and in which order, see
            adali.samplers. Not together with random_shuffle or shuffle_after_epoch; every epoch is divided into
            shards anew, so that stick_to_shard makes no difference. Not in DALI.
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        shard_id (int): Number of the shard to read, from 0. Default: 0.
        shuffle_after_epoch (bool): Before each epoch, put the files into a new random order, the same for all
            shards, and then divide the data into shards; samples stay in order within their file. May be combined
            with random_shuffle. Not together with stick_to_shard. Default: False.
        shuffle_after_epoch_seed (int): Seed of that shuffling, to be the same for all shards; a fixed one by
            default.
        skip_cached_images (bool): Do not read what a decoder's cache holds. Decoders have no cache here, so that
            everything is read. Default: False.
        stick_to_shard (bool): Read the same shard in every epoch; otherwise each epoch goes on with the next shard.
            Default: False.
        tensor_init_bytes (int): Expected size of a sample in bytes; a hint. Default: 1048576.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dont_use_mmap: bool = False,
        fetch_bytes: int = 268435456,
        fetch_concurrency: int = 1,
        index_path: Strs | None = None,
        initial_fill: int = 1024,
        lazy_init: bool = False,
        num_shards: int = 1,
        pad_last_batch: bool = False,
        path: Strs,
        prefetch_queue_depth: int = 1,
        preserve: bool = False,
        random_shuffle: bool = False,
        read_ahead: bool = False,
        sampler: Any = None,
        seed: int = -1,
        shard_id: int = 0,
        shuffle_after_epoch: bool = False,
        shuffle_after_epoch_seed: int | None = None,
        skip_cached_images: bool = False,
        stick_to_shard: bool = False,
        tensor_init_bytes: int = 1048576,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *,
        name: str | None = None,
    ) -> list[DataNode]: ...

class MakeContiguous(OperatorClass):
    """Brings all samples of a batch into one block of memory, on the device for ``device="mixed"``.

    On the CPU a batch that is in one block already is passed on as it is.

    Inputs:
        data: A batch in host memory.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or mixed.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class MelFilterBank(OperatorClass):
    """Turns a spectrogram into a mel spectrogram by a bank of overlapping triangular filters.

    The frequency axis is 'f' in the layout; without a layout it is the last but one, or the only one. Its bins are
    taken to lie evenly from 0 Hz to half the sample rate, as `spectrogram` makes them. The output is float32 and
    has
    nfilter in place of the bins.

    Fails on a layout without 'f' and on other types than float32.

    Inputs:
        data: float32 spectrogram with a frequency axis, 'f' in its layout.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        freq_high (float): Upper end of the last band in Hz; 0 is half the sample rate. Default: 0.0.
        freq_low (float): Lower end of the first band in Hz. Default: 0.0.
        mel_formula (str): How Hz become mel: "slaney" (linear below 1 kHz, logarithmic above) or "htk" (2595
            log10(1 + f / 700)). Default: slaney.
        nfilter (int): Number of bands. Default: 128.
        normalize (bool): The area of a filter over Hz is 1; otherwise its peak is 1. Default: True.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        sample_rate (float): Sample rate of the signal in Hz. Default: 44100.0.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        freq_high: float = 0.0,
        freq_low: float = 0.0,
        mel_formula: Str = "slaney",
        nfilter: int = 128,
        normalize: bool = True,
        preserve: bool = False,
        sample_rate: float = 44100.0,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class MultiPaste(OperatorClass):
    """Pastes regions of several images on canvases of zeros, one after the other.

    With ``in_ids``, a canvas gets the samples of these numbers; otherwise it gets the sample of its own number of
    each
    input. Relative starts are rounded down to whole pixels, relative extents up.

    Inputs:
        images: UINT8, INT16, INT32 or FLOAT images, or sequences of them. Layouts: HWC, FHWC.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output; that of the input by default.
        in_anchors (int or DataNode): Start of the regions in their images, (y, x) for each region, in pixels.
        in_anchors_rel (float or DataNode): Start of the regions in their images, (y, x) for each region, relative
            to its extents.
        in_ids (list of int or DataNode): Numbers of the samples of the only input that are pasted; without it, the
            regions come from the inputs.
        out_anchors (int or DataNode): Start of the regions in the canvas, (y, x) for each region, in pixels.
        out_anchors_rel (float or DataNode): Start of the regions in the canvas, (y, x) for each region, relative to
            its extents.
        output_size (list of int or DataNode): Size (height, width) of the canvas; may be left out if all images
            have one size.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        shapes (int or DataNode): Extents of the regions; up to the end of the image by default, (y, x) for each
            region, in pixels.
        shapes_rel (float or DataNode): Extents of the regions; up to the end of the image by default, (y, x) for
            each region, relative to its extents.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        in_anchors: int | DataNode | None = None,
        in_anchors_rel: float | DataNode | None = None,
        in_ids: Ints | DataNode | None = None,
        out_anchors: int | DataNode | None = None,
        out_anchors_rel: float | DataNode | None = None,
        output_size: Ints | DataNode | None = None,
        preserve: bool = False,
        shapes: int | DataNode | None = None,
        shapes_rel: float | DataNode | None = None,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        images: Input,
        /,
        *inputs: Input,
        in_anchors: int | DataNode | None = None,
        in_anchors_rel: float | DataNode | None = None,
        in_ids: Ints | DataNode | None = None,
        out_anchors: int | DataNode | None = None,
        out_anchors_rel: float | DataNode | None = None,
        output_size: Ints | DataNode | None = None,
        shapes: int | DataNode | None = None,
        shapes_rel: float | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class NemoAsrReader(OperatorClass):
    """Reads speech with its transcript, as listed in manifests of NVIDIA NeMo.

    A manifest holds JSON objects one after the other: ``audio_filepath`` (the sound file; an entry without it is
    left
    out and logged), and optionally ``offset`` and ``duration`` (the part to read, in seconds) and ``text``. Names
    of
    files are relative to the working directory or, where the manifest is a URL, to its folder. The outputs are

    * the sound, (samples,) or (samples, channels), of type ``dtype``;
    * with ``read_sample_rate``, the sample rate of the file in Hz, float32, a scalar;
    * with ``read_text``, the transcript in UTF-8, uint8 of shape (bytes,), empty where there is none;
    * with ``read_idxs``, the number of the entry in its manifest, int64 of shape (1,); entries left out do not
    count.

    libsndfile decodes, through the package soundfile (extra ``audio``), on the worker threads. A sound that cannot
    be
    read or decoded, or that ends before its offset, is the failure of its sample.

    With ``on_error="skip"`` or ``"replace"``, a line of a manifest that is none of its objects is left out and
    logged.

    Raises:
        ArgumentError: a manifest cannot be read, holds something else than objects, or none of use.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dont_use_mmap (bool): Read containers (files with many samples) with plain I/O, instead of mapping them and
            handing out views of the mapped memory. Files with one sample each are always read. Default: False.
        downmix (bool): Average the channels; the sound is then (samples,), else (samples, channels). Default: True.
        dtype (DALIDataType): Type of the sound: FLOAT, INT16 or INT32. Default: DALIDataType.FLOAT.
        fetch_bytes (int): With fetch_concurrency above 1: how many bytes of samples may be under way or waiting,
            beyond the one whose turn is next. Not in DALI. Default: 268435456.
        fetch_concurrency (int): How many samples are loaded at the same time, by threads of their own that work
            ahead; with 1, one after the other. Their order does not change. Worth it where latency is high: network
            file systems, object stores. Not in DALI. Default: 1.
        initial_fill (int): Size, in samples, of the window from which random_shuffle draws. Only sample numbers are
            held in it, so a large window costs neither memory nor a slow start. Default: 1024.
        lazy_init (bool): Look for the data when it is first needed (the first read, or a question about the epoch's
            size) and not when the pipeline is built. Default: False.
        manifest_filepaths (list of str): The manifests, whose entries follow one another.
        max_duration (float): Leave out entries with a longer duration, in seconds; 0 for no limit. Default: 0.0.
        min_duration (float): Leave out entries with a shorter duration, or none; in seconds. Default: 0.0.
        normalize_text (bool): Deprecated and ignored. Default: False.
        num_shards (int): Number of parts that the data is divided into, for instance one a process. Default: 1.
        pad_last_batch (bool): Repeat the last sample of the shard until every shard has as many batches and the
            last one is full. Default: False.
        prefetch_queue_depth (int): How many batches are read ahead of the iterations under way. Default: 1.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        quality (float): Quality of the resampling, 0 to 100, as in audio_resample. Default: 50.0.
        random_shuffle (bool): Shuffle: each sample is drawn from a window of initial_fill samples that moves over
            the data. Default: False.
        read_ahead (bool): Ask the system to read containers into memory when they are opened; a hint. Default:
            False.
        read_idxs (bool): Give the number of the entry, too. Default: False.
        read_sample_rate (bool): Give the sample rate of the file, too. Default: True.
        read_text (bool): Give the transcript, too. Default: True.
        sample_rate (float): Sample rate to resample to, in Hz; by default that of the file. Default: -1.0.
        sampler (object): An object that says which samples are delivered in an epoch and in which order, see
            adali.samplers. Not together with random_shuffle or shuffle_after_epoch; every epoch is divided into
            shards anew, so that stick_to_shard makes no difference. Not in DALI.
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        shard_id (int): Number of the shard to read, from 0. Default: 0.
        shuffle_after_epoch (bool): Shuffle all the data before each epoch and then divide it into shards. Not
            together with random_shuffle or stick_to_shard. Default: False.
        shuffle_after_epoch_seed (int): Seed of that shuffling, to be the same for all shards; a fixed one by
            default.
        skip_cached_images (bool): Do not read what a decoder's cache holds. Decoders have no cache here, so that
            everything is read. Default: False.
        stick_to_shard (bool): Read the same shard in every epoch; otherwise each epoch goes on with the next shard.
            Default: False.
        tensor_init_bytes (int): Expected size of a sample in bytes; a hint. Default: 1048576.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dont_use_mmap: bool = False,
        downmix: bool = True,
        dtype: DType = DALIDataType.FLOAT,
        fetch_bytes: int = 268435456,
        fetch_concurrency: int = 1,
        initial_fill: int = 1024,
        lazy_init: bool = False,
        manifest_filepaths: Strs,
        max_duration: float = 0.0,
        min_duration: float = 0.0,
        normalize_text: bool = False,
        num_shards: int = 1,
        pad_last_batch: bool = False,
        prefetch_queue_depth: int = 1,
        preserve: bool = False,
        quality: float = 50.0,
        random_shuffle: bool = False,
        read_ahead: bool = False,
        read_idxs: bool = False,
        read_sample_rate: bool = True,
        read_text: bool = True,
        sample_rate: float = -1.0,
        sampler: Any = None,
        seed: int = -1,
        shard_id: int = 0,
        shuffle_after_epoch: bool = False,
        shuffle_after_epoch_seed: int | None = None,
        skip_cached_images: bool = False,
        stick_to_shard: bool = False,
        tensor_init_bytes: int = 1048576,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *,
        name: str | None = None,
    ) -> Any: ...

class NonsilentRegion(OperatorClass):
    """Finds where a signal begins and ends to be louder than a threshold.

    The power at a sample is the mean square of it and the window_length - 1 samples before it (zeros before the
    signal). A window is silent if 10 log10(power / reference_power) is below cutoff_db. The region reaches from the
    first sample of the first window that is not silent to the last sample of the last one.

    Returns begin and length, int32 scalars; both 0 if everything is silent. A signal of zeros is as loud as its own
    maximum: without reference_power all of it is the region.

    Sums of 8 and 16 bit integers are exact. Those of 32 and 64 bit integers are kept in float32 and never start
    afresh, as in DALI: convert such data to float32 first if it has a large dynamic range.

    On the device a thread keeps up the sum between two fresh starts, as DALI rounds it on the host: reset_interval
    -1,
    and 32 and 64 bit integers, leave one thread for a signal.

    Fails on an empty signal, on several dimensions and on float16, float64 and bool data.

    Inputs:
        data: Signal of one dimension; any integer type or float32.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        cutoff_db (float): Power relative to the reference, in dB, below which there is silence. Default: -60.0.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        reference_power (float): Power that is 0 dB; if not given, the largest power of the sample. Default: 0.0.
        reset_interval (int): Number of samples after which the moving sum of a float32 signal starts afresh, so
            that rounding errors do not add up: a multiple of window_length, or -1 for never. Default: 8192.
        window_length (int): Number of samples over which the power is averaged. Default: 2048.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        cutoff_db: float = -60.0,
        preserve: bool = False,
        reference_power: float = 0.0,
        reset_interval: int = 8192,
        window_length: int = 2048,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        name: str | None = None,
    ) -> list[DataNode]: ...

class NormalDistribution(OperatorClass):
    """Generates normally distributed numbers.

    The output is FLOAT by default; it has the shape ``shape``, or that of the optional input, or is one number.

    Inputs:
        shape_like: Optional; each output sample gets the shape of this one. Its values are not used.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output. Numbers are rounded (halves away from zero) and clamped to the
            range of an integer type.
        mean (float or DataNode): Mean of the distribution. Default: 0.0.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        shape (list of int or DataNode): Shape of each sample; a single number by default.
        stddev (float or DataNode): Standard deviation of the distribution. Default: 1.0.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        mean: float | DataNode = 0.0,
        preserve: bool = False,
        seed: int = -1,
        shape: Ints | DataNode | None = None,
        stddev: float | DataNode = 1.0,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *inputs: Input,
        mean: float | DataNode | None = None,
        shape: Ints | DataNode | None = None,
        stddev: float | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class Normalize(OperatorClass):
    """Subtracts the mean and divides by the standard deviation: ``scale * (x - mean) / stddev + shift``.

    Both are calculated along the reduced axes (all of them by default), in each sample or with ``batch`` over the
    whole
    batch, as far as they are not given. If arrays are given and no axes, those where they have extent 1 are
    reduced.
    A deviation that is calculated and 0 gives ``shift``; so does one with no more elements than ``ddof``.

    Raises:
        ValueError: there is no such axis; a given array does not fit; with ``batch``, the axes that are not reduced
            differ between samples.

    Inputs:
        data: Numbers; any shape and layout.

    Args:
        axes (list of int): Axes that are reduced: those along which mean and deviation are taken.
        axis_names (layout): The same by their letters in the layout.
        batch (bool): Take mean and deviation over all samples of the batch. Default: False.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        ddof (int): The sum of squares is divided by the number of elements minus this. Default: 0.
        dtype (DALIDataType): Type of the output; integers are rounded and clamped. Default: DALIDataType.FLOAT.
        epsilon (float): Added to the variance, also to the square of a given ``stddev``. Default: 0.0.
        mean (float or DataNode): Subtracted from the data: one value, or an array a sample with as many axes as the
            data; its extents are 1 along the reduced axes and those of the data elsewhere. By default it is
            calculated.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        scale (float): Factor of the output. Default: 1.0.
        shift (float): What the mean becomes in the output. Default: 0.0.
        stddev (float or DataNode): Divisor, given like ``mean``. By default it is calculated.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        axes: Ints | None = None,
        axis_names: Layout | None = None,
        batch: bool = False,
        bytes_per_sample_hint: Ints = (0,),
        ddof: int = 0,
        dtype: DType = DALIDataType.FLOAT,
        epsilon: float = 0.0,
        mean: float | DataNode | None = None,
        preserve: bool = False,
        scale: float = 1.0,
        shift: float = 0.0,
        stddev: float | DataNode | None = None,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        mean: float | DataNode | None = None,
        stddev: float | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class NormalizePermute(OperatorClass):
    """Gives ``(image - mean) / std`` with the channels in front (CHW).

    An operator of the documented version; later ones of DALI lack it. ``crop_mirror_normalize`` does more.

    Raises:
        ValueError: an image of another size or number of channels.

    Inputs:
        images: Images of the height and width that the arguments say. Layouts: HWC.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        height (int): Height of the images in pixels.
        image_type (DALIImageType): GRAY has one channel, all others three. Default: DALIImageType.RGB.
        mean (list of float): Mean of each channel, or one of all.
        output_dtype (DALIDataType): FLOAT or FLOAT16. Default: DALIDataType.FLOAT.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        std (list of float): Standard deviation of each channel, or one of all.
        width (int): Width of the images in pixels.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        height: int,
        image_type: DALIImageType = DALIImageType.RGB,
        mean: Floats,
        output_dtype: DType = DALIDataType.FLOAT,
        preserve: bool = False,
        std: Floats,
        width: int,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        images: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class NumpyReader(OperatorClass):
    """Reads arrays from files in NumPy's format, whole or a region of each.

    The files are those of ``file_root`` and of its folders that match ``file_filter``, in the order of their names
    (byte by byte, files in ``file_root`` itself as ``./name``); those of ``file_list``; or ``files``. All of them
    may
    be URLs.

    Arrays in C and in Fortran order, of either byte order, and versions 1 to 3 of the format are read; elements are
    booleans, integers or floats. Where a region is given by constants, only what it needs of a file is read (of
    mapped
    files whole pages, of URLs ranges), and of a URL the header before it, unless it is known already. Ends are
    exclusive; fractions of an axis are rounded to the nearest position.

    With ``device="gpu"`` the host reads, and copies batches from pinned memory on the pipeline's stream. (DALI
    reads
    with GPUDirect Storage; ``register_buffers`` is about that.)

    A file that is none of NumPy's, or cut off, is the failure of its sample.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        cache_header_information (bool): Keep the header of each file in memory after it was first read. Default:
            False.
        dont_use_mmap (bool): Read containers (files with many samples) with plain I/O, instead of mapping them and
            handing out views of the mapped memory. Files with one sample each are always read. Default: False.
        fetch_bytes (int): With fetch_concurrency above 1: how many bytes of samples may be under way or waiting,
            beyond the one whose turn is next. Not in DALI. Default: 268435456.
        fetch_concurrency (int): How many samples are loaded at the same time, by threads of their own that work
            ahead; with 1, one after the other. Their order does not change. Worth it where latency is high: network
            file systems, object stores. Not in DALI. Default: 1.
        file_filter (str): Glob pattern, which tells upper from lower case; only files of file_root that match it
            are read. Not used with file_list or files. Default: *.npy.
        file_list (str): A text file with a file name on each line; empty lines are left out, and every other
            character counts. Names are relative to file_root or, without it, to the folder of the list. Not
            together with files.
        file_root (str): Folder that holds the files, and folders of files.
        files (list of str): Names of the files, relative to file_root if that is given.
        fill_value (float): What is outside of the array, with out_of_bounds_policy="pad". Default: 0.0.
        initial_fill (int): Size, in samples, of the window from which random_shuffle draws. Only sample numbers are
            held in it, so a large window costs neither memory nor a slow start. Default: 1024.
        lazy_init (bool): Look for the data when it is first needed (the first read, or a question about the epoch's
            size) and not when the pipeline is built. Default: False.
        num_shards (int): Number of parts that the data is divided into, for instance one a process. Default: 1.
        out_of_bounds_policy (str): What a region outside of the array does: "error" fails, "pad" fills with
            fill_value, "trim_to_shape" leaves out what is outside. Default: error.
        pad_last_batch (bool): Repeat the last sample of the shard until every shard has as many batches and the
            last one is full. Default: False.
        prefetch_queue_depth (int): How many batches are read ahead of the iterations under way. Default: 1.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        random_shuffle (bool): Shuffle: each sample is drawn from a window of initial_fill samples that moves over
            the data. Default: False.
        read_ahead (bool): Ask the system to read containers into memory when they are opened; a hint. Default:
            False.
        register_buffers (bool): Concerns GPUs only; without effect. Default: True.
        rel_roi_end (list of float or DataNode): End of the region as a fraction of the axis, one value for each
            axis of roi_axes (one value stands for all).
        rel_roi_shape (list of float or DataNode): Size as a fraction of the axis, one value for each axis of
            roi_axes (one value stands for all).
        rel_roi_start (list of float or DataNode): Start as a fraction of the axis, one value for each axis of
            roi_axes (one value stands for all).
        roi_axes (list of int): The axes that the region arguments are about; negative numbers count from the end.
            By default all. Default: ().
        roi_end (list of int or DataNode): End of the region, one value for each axis of roi_axes (one value stands
            for all).
        roi_shape (list of int or DataNode): Size of the region, one value for each axis of roi_axes (one value
            stands for all).
        roi_start (list of int or DataNode): Start of the region, one value for each axis of roi_axes (one value
            stands for all).
        sampler (object): An object that says which samples are delivered in an epoch and in which order, see
            adali.samplers. Not together with random_shuffle or shuffle_after_epoch; every epoch is divided into
            shards anew, so that stick_to_shard makes no difference. Not in DALI.
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        shard_id (int): Number of the shard to read, from 0. Default: 0.
        shuffle_after_epoch (bool): Shuffle all the data before each epoch and then divide it into shards. Not
            together with random_shuffle or stick_to_shard. Default: False.
        shuffle_after_epoch_seed (int): Seed of that shuffling, to be the same for all shards; a fixed one by
            default.
        skip_cached_images (bool): Do not read what a decoder's cache holds. Decoders have no cache here, so that
            everything is read. Default: False.
        stick_to_shard (bool): Read the same shard in every epoch; otherwise each epoch goes on with the next shard.
            Default: False.
        tensor_init_bytes (int): Expected size of a sample in bytes; a hint. Default: 1048576.
        use_o_direct (bool): Read local files without the system's cache, which needs dont_use_mmap=True and a
            system and file system that can do it; where they cannot, every file fails and says so. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        cache_header_information: bool = False,
        dont_use_mmap: bool = False,
        fetch_bytes: int = 268435456,
        fetch_concurrency: int = 1,
        file_filter: Str = "*.npy",
        file_list: Str | None = None,
        file_root: Str | None = None,
        files: Strs | None = None,
        fill_value: float = 0.0,
        initial_fill: int = 1024,
        lazy_init: bool = False,
        num_shards: int = 1,
        out_of_bounds_policy: Str = "error",
        pad_last_batch: bool = False,
        prefetch_queue_depth: int = 1,
        preserve: bool = False,
        random_shuffle: bool = False,
        read_ahead: bool = False,
        register_buffers: bool = True,
        rel_roi_end: Floats | DataNode | None = None,
        rel_roi_shape: Floats | DataNode | None = None,
        rel_roi_start: Floats | DataNode | None = None,
        roi_axes: Ints = (),
        roi_end: Ints | DataNode | None = None,
        roi_shape: Ints | DataNode | None = None,
        roi_start: Ints | DataNode | None = None,
        sampler: Any = None,
        seed: int = -1,
        shard_id: int = 0,
        shuffle_after_epoch: bool = False,
        shuffle_after_epoch_seed: int | None = None,
        skip_cached_images: bool = False,
        stick_to_shard: bool = False,
        tensor_init_bytes: int = 1048576,
        use_o_direct: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *,
        rel_roi_end: Floats | DataNode | None = None,
        rel_roi_shape: Floats | DataNode | None = None,
        rel_roi_start: Floats | DataNode | None = None,
        roi_end: Ints | DataNode | None = None,
        roi_shape: Ints | DataNode | None = None,
        roi_start: Ints | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class OldColorTwist(OperatorClass):
    """Changes hue, saturation, brightness and contrast of an image in one go.

    Contrast is applied last before brightness, around 128 (0.5 for floats). The change of hue and saturation
    is linear in RGB: an approximation that rotates and scales the chroma plane of YIQ.

    Inputs:
        image: Images, channel-last; sequences and volumes too. Layouts: HWC, FHWC, DHWC.

    Args:
        brightness (float or DataNode): Factor of the brightness. Default: 1.0.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        contrast (float or DataNode): Factor of the contrast; 0 gives uniform grey. Default: 1.0.
        dtype (DALIDataType): Type of the output; that of the input by default.
        hue (float or DataNode): Change of hue in degrees. Default: 0.0.
        image_type (DALIImageType): Colour space of input and output. The channels are taken for red, green and blue
            in this order, as in DALI. Default: DALIImageType.RGB.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        saturation (float or DataNode): Factor of the saturation; 0 gives grey. Default: 1.0.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        brightness: float | DataNode = 1.0,
        bytes_per_sample_hint: Ints = (0,),
        contrast: float | DataNode = 1.0,
        dtype: DType | None = None,
        hue: float | DataNode = 0.0,
        image_type: DALIImageType = DALIImageType.RGB,
        preserve: bool = False,
        saturation: float | DataNode = 1.0,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        image: Input,
        /,
        *,
        brightness: float | DataNode | None = None,
        contrast: float | DataNode | None = None,
        hue: float | DataNode | None = None,
        saturation: float | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class OneHot(OperatorClass):
    """Gives each class number a vector of ``num_classes`` elements, with ``on_value`` at its place.

    A class number outside the range gets a vector of ``off_value``. The values are converted to ``dtype`` as a cast
    in C does. If all samples of a batch have one element and ``axis`` is not given, they are taken for scalars,
    whatever their number of axes.

    Inputs:
        data: Class numbers; fractions are cut off.

    Args:
        axis (int): Position of the new axis in the output; -1 is the last. Default: -1.
        axis_name (str): Letter of the new axis; without it the output has no layout.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output. Default: DALIDataType.FLOAT.
        num_classes (int): Extent of the new axis. Default: 0.
        off_value (float): Value of the other elements. Default: 0.0.
        on_value (float): Value of the element at the class's place. Default: 1.0.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        axis: int = -1,
        axis_name: Str | None = None,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType = DALIDataType.FLOAT,
        num_classes: int = 0,
        off_value: float = 0.0,
        on_value: float = 1.0,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class Ones(OperatorClass):
    """Makes data of the given shape and type, filled with ones.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output. Default: DALIDataType.INT32.
        layout (layout): Layout of the output.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        shape (list of int or DataNode): Shape of the output; a single number by default.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType = DALIDataType.INT32,
        layout: Layout | None = None,
        preserve: bool = False,
        shape: Ints | DataNode | None = None,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *,
        shape: Ints | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class OnesLike(OperatorClass):
    """Makes data like the input, filled with ones.

    Inputs:
        data_like: Its shape, type and layout are those of the output.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output; that of the input by default.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data_like: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class OpticalFlow(OperatorClass):
    """Estimates where the pixels of each frame are in the next.

    The output is FLOAT, FHWC, with one frame fewer than the input and a vector (x, y) in pixels of the input for
    each
    cell of ``output_grid``: the mean over its pixels. What is at p in a frame is at p plus the vector in the next
    one.
    (The real DALI has this operator on the GPU only, with NVIDIA's hardware. Here it is the dense inverse search of
    OpenCV, so that vectors differ from it as those of two estimators do.)

    With ``device="gpu"`` the frames are copied to the host, which waits for them, estimates there, and copies the
    vectors back: NVIDIA's hardware is not used.

    Raises:
        ValueError: frames of another type, smaller than 16 pixels, or hints that do not fit them.

    Inputs:
        sequences: UINT8, with three channels, or one if ``image_type`` is GRAY. Layouts: FHWC.
        hints: With ``enable_external_hints``: guesses of the flow, FLOAT, one frame fewer, two channels, in pixels,
            one for each cell of ``hint_grid``. Layouts: FHWC.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        enable_external_hints (bool): Start from the guesses of the second input. Default: False.
        enable_temporal_hints (bool): Start from the flow between the two frames before. Default: False.
        hint_grid (int): Height and width of the cells of the hints in pixels: 1, 2, 4 or 8. Default: 4.
        image_type (DALIImageType): Colours of the frames: RGB, BGR or GRAY. Default: DALIImageType.RGB.
        output_format (int): Deprecated; use ``output_grid``.
        output_grid (int): Height and width of the cells of the output in pixels: 1, 2 or 4. Default: 4.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        preset (float): Quality: 0.0 is the best and slowest, 0.5 between, 1.0 the fastest. Default: 0.0.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        enable_external_hints: bool = False,
        enable_temporal_hints: bool = False,
        hint_grid: int = 4,
        image_type: DALIImageType = DALIImageType.RGB,
        output_format: int | None = None,
        output_grid: int = 4,
        preserve: bool = False,
        preset: float = 0.0,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        sequences: Input,
        /,
        *inputs: Input,
        name: str | None = None,
    ) -> DataNode: ...

class Pad(OperatorClass):
    """Extends samples at the end of some axes with a value.

    Each axis gets the largest extent in the batch, or at least that of ``shape`` where it is given, rounded up to a
    multiple of ``align``.

    Inputs:
        data: Any data with at least one axis.

    Args:
        align (list of int or DataNode): Make the extents multiples of this; one number, or one an axis.
        axes (list of int or DataNode): Axes to pad, negative ones counted from the end; all by default.
        axis_names (layout): Axes to pad, by their letters in the layout.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        fill_value (float or DataNode): Value of the new elements, converted as a cast in C does. Default: 0.0.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        shape (list of int or DataNode): Least extents of the padded axes; one number, or one an axis; -1 is the
            largest in the batch.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        align: Ints | DataNode | None = None,
        axes: Ints | DataNode | None = None,
        axis_names: Layout | None = None,
        bytes_per_sample_hint: Ints = (0,),
        fill_value: float | DataNode = 0.0,
        preserve: bool = False,
        shape: Ints | DataNode | None = None,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        align: Ints | DataNode | None = None,
        axes: Ints | DataNode | None = None,
        fill_value: float | DataNode | None = None,
        shape: Ints | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class Paste(OperatorClass):
    """Pastes each image on a larger canvas of one colour.

    Inputs:
        images: UINT8 images. Layouts: HWC.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        fill_value (list of int): Colour of the canvas: one number for each channel, or one for all. The lowest 8
            bits count.
        min_canvas_size (float or DataNode): Least height and width of the canvas in pixels. Default: 0.0.
        n_channels (int): Number of channels of the images. Default: 3.
        paste_x (float or DataNode): Where the image lies, from 0 (at the left) to 1 (at the right). Default: 0.5.
        paste_y (float or DataNode): Where the image lies, from 0 (at the top) to 1 (at the bottom). Default: 0.5.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        ratio (float or DataNode): Size of the canvas divided by that of the image, at least 1.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        fill_value: Ints,
        min_canvas_size: float | DataNode = 0.0,
        n_channels: int = 3,
        paste_x: float | DataNode = 0.5,
        paste_y: float | DataNode = 0.5,
        preserve: bool = False,
        ratio: float | DataNode | None = None,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        images: Input,
        /,
        *,
        min_canvas_size: float | DataNode | None = None,
        paste_x: float | DataNode | None = None,
        paste_y: float | DataNode | None = None,
        ratio: float | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class PeekImageShape(OperatorClass):
    """Reads the shape of an encoded image from its header: (height, width, channels); no pixel is decoded.

    Inputs:
        encoded: The bytes of one image file, uint8.

    Args:
        adjust_orientation (bool): Give the shape of the image turned upright (EXIF orientation). Default: True.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output. Default: DALIDataType.INT64.
        image_type (DALIImageType): Colours the image would be decoded to; ANY_DATA gives the number of channels in
            the file. Default: DALIImageType.RGB.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        adjust_orientation: bool = True,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType = DALIDataType.INT64,
        image_type: DALIImageType = DALIImageType.RGB,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        encoded: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class PerFrame(OperatorClass):
    """Marks data as sequences: its values along the first axis belong to the frames of a sequence.

    Only the layout changes: its first letter becomes ``F``. Data without a layout gets ``F`` followed by ``*`` for
    each
    further axis. Arguments that may have one value for each frame take them from such data.

    Inputs:
        data: Data whose first axis counts frames.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        replace (bool): Whether the first letter of a layout is replaced by ``F``; if not, it must be ``F`` already.
            Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        preserve: bool = False,
        replace: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class PermuteBatch(OperatorClass):
    """Makes a batch of samples of the input batch, in any order, with repetitions and omissions.

    Inputs:
        data: Any data.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        indices (list of int or DataNode): For each output sample the number of the input sample: a list as long as
            the batch, or a number a sample.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        indices: Ints | DataNode | None = None,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        indices: Ints | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class PowerSpectrum(OperatorClass):
    """Computes the power spectrum of real data along one axis.

    The output is float32 and has the shape of the input, with nfft // 2 + 1 for the axis: the bins from frequency 0
    to
    half the sample rate. The layout stays.

    Fails on an axis that does not exist, on an empty axis and on other types than float32.

    Inputs:
        data: float32 data with at least one dimension.

    Args:
        axis (int): Dimension to transform; -1 is the last one. Default: -1.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        nfft (int): Length of the transform; by default the extent of the axis. Longer data is cut off, shorter data
            is filled up with zeros. There are nfft // 2 + 1 bins.
        power (int): 2 for squared magnitudes, 1 for magnitudes. Default: 2.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        axis: int = -1,
        bytes_per_sample_hint: Ints = (0,),
        nfft: int | None = None,
        power: int = 2,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class PreemphasisFilter(OperatorClass):
    """Takes a share of the sample before from each sample: out[t] = x[t] - preemph_coeff * x[t - 1].

    Computed in float32, or in float64 for float64 data. Shape and layout stay; several dimensions are filtered as
    one
    row of samples.

    Fails on float16 and bool data.

    Inputs:
        data: Signal of any integer type, float32 or float64; filtered in the order of its memory.

    Args:
        border (str): The sample before the first: "zero", "clamp" (the first sample) or "reflect" (the second one;
            the first if there is no second). Default: clamp.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output: any integer type, FLOAT or FLOAT64. Integers are rounded, halves
            away from zero, and clamped. Default: DALIDataType.FLOAT.
        preemph_coeff (float or DataNode): Share of the sample before that is taken away. Default: 0.97.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        border: Str = "clamp",
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType = DALIDataType.FLOAT,
        preemph_coeff: float | DataNode = 0.97,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        preemph_coeff: float | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class PythonFunction(OperatorClass):
    """Calls a Python function with the samples of its inputs, or with whole batches.

    The function gets NumPy arrays, which it must not write into. A sample of an output is an array, a TensorCPU, an
    object with the array interface or DLPack, or a number (bool; int becomes int32 and float float32); the result
    is
    copied. With several outputs the function returns a tuple of them. With ``batch_processing`` it gets and returns
    lists with one array for each sample.

    A plain function is called for one sample after another, in order, on a worker thread. A coroutine function is
    awaited on the engine's event loop, for all samples of a batch at the same time.

    If the function raises for a sample, only that sample fails; with ``batch_processing``, the batch does.

    Raises:
        TypeError: a result that is no array or number, or samples that differ in type or number of axes.
        ValueError: the wrong number of results, or a layout that does not fit.

    Inputs:
        input: Passed to the function in the order given; any number of them.

    Args:
        batch_processing (bool): Call it once a batch with lists of arrays, and not once a sample with arrays.
            Default: False.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        function (object): The function, plain or `async def`.
        num_outputs (int): How many outputs it has; 0 for a function called for its effects. Default: 1.
        output_layouts (object): Layout of all outputs, or a list with one for each; outputs beyond a shorter list
            have none.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        function: Any,
        num_outputs: int = 1,
        device: str | None = None,
        batch_processing: bool = False,
        *,
        bytes_per_sample_hint: Ints = (0,),
        output_layouts: Any = None,
        preserve: bool = False,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *inputs: Input,
        name: str | None = None,
    ) -> Any: ...

class ROIRandomCrop(OperatorClass):
    """Places a window of a given shape so that it holds as much as possible of a region of interest.

    Along each axis the window lies within the region if that is the larger, and otherwise around it; all such
    places
    are equally likely. It does not leave the data, if their shape is known. The output is the start of the window,
    INT64.

    Inputs:
        data: Optional; data to crop, of which only the shape is used.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        crop_shape (list of int or DataNode): Extents of the window.
        in_shape (list of int or DataNode): Shape of the data, if they are no input.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        roi_end (list of int or DataNode): End of the region, in place of ``roi_shape``.
        roi_shape (list of int or DataNode): Extents of the region.
        roi_start (list of int or DataNode): Start of the region.
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        crop_shape: Ints | DataNode | None = None,
        in_shape: Ints | DataNode | None = None,
        preserve: bool = False,
        roi_end: Ints | DataNode | None = None,
        roi_shape: Ints | DataNode | None = None,
        roi_start: Ints | DataNode | None = None,
        seed: int = -1,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *inputs: Input,
        crop_shape: Ints | DataNode | None = None,
        in_shape: Ints | DataNode | None = None,
        roi_end: Ints | DataNode | None = None,
        roi_shape: Ints | DataNode | None = None,
        roi_start: Ints | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class RandomBBoxCrop(OperatorClass):
    """Chooses a random window of an image such that its bounding boxes are sufficiently in it.

    A threshold is chosen at random, then windows are drawn until one fits the aspect ratio, the boxes meet the
    threshold in it, and at least one box is kept (if there is any). After ``num_attempts`` of them another
    threshold
    is chosen; after ``total_num_attempts`` the window is taken with the best overlap of the box that counts for the
    threshold: the worst of all, or the best if one is enough. The whole image is the answer if no window had fitted
    the aspect ratio. Without ``total_num_attempts`` a condition that cannot be met is an error after 100,000
    attempts
    (DALI searches
    without end).

    Extents are drawn independently, uniform in ``scaling``, and the place is uniform. With equal bounds of an
    aspect
    ratio the one axis takes its extent from the other, which of them from which by chance, and then all extents are
    scaled so that the longest is as long as the longest that was drawn. Windows outside the aspect ratio are drawn
    again; this is decided in single precision, so that rounding rejects some of those that were made for a ratio.

    The outputs are the window's start (x, y(, z)) and its extents (w, h(, d)), both FLOAT: fractions of the image,
    or
    pixels with ``crop_shape``; the boxes that are kept, cut off at the window and as fractions of it; their labels,
    if
    given; and their indices, INT32, if ``output_bbox_indices``.

    Inputs:
        boxes: FLOAT, four numbers a box, or six in 3-D, as fractions of the image's extents.
        labels: INT32, one or one row for each box.

    Args:
        all_boxes_above_threshold (bool): Whether every box must meet the threshold, not just one of them. Default:
            True.
        allow_no_crop (bool): Whether the whole image is as likely a choice as each threshold. Default: True.
        aspect_ratio (list of float): Least and greatest ratio of width to height. In 3-D it holds for all pairs of
            axes, or is a list of three ranges for x/y, x/z and y/z. Without ``input_shape`` it is relative to that
            of the image. Default: (1.0, 1.0).
        bbox_layout (layout): Order of a box's numbers: x, y, z for starts, X, Y, Z for ends or W, H, D for extents;
            xyXY or xyzXYZ by default.
        bbox_prune_threshold (float): A box is kept if at least this part of its area, and some of it, lies in the
            window; without it, if its centre does.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        crop_shape (list of int or DataNode): Extents of the window in pixels, in place of ``scaling`` and
            ``aspect_ratio``; needs ``input_shape``.
        input_shape (list of int or DataNode): Extents of the image in pixels.
        ltrb (bool): Older form of ``bbox_layout``: whether boxes have ends, not extents. Default: True.
        num_attempts (int): Number of windows to try before another threshold is chosen. Default: 1.
        output_bbox_indices (bool): Whether the indices of the boxes that are kept are put out. Default: False.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        quiet (bool): Whether nothing is said when no window meets the conditions. Default: False.
        scaling (list of float): Least and greatest extent as a fraction of the image's. Default: (1.0, 1.0).
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        shape_layout (layout): Order of the extents in ``crop_shape`` and ``input_shape``; WH or WHD by default.
        threshold_type (str): What the thresholds are: ``iou`` or ``overlap``. Default: iou.
        thresholds (list of float): Least intersection over union of box and window, or, as ``overlap``, part of the
            box in the window. For each sample one of them is chosen. Default: (0.0,).
        total_num_attempts (int): Number of windows to try before the best one is taken; without it, the search goes
            on until it succeeds. Default: -1.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        all_boxes_above_threshold: bool = True,
        allow_no_crop: bool = True,
        aspect_ratio: Floats = (1.0, 1.0),
        bbox_layout: Layout | None = None,
        bbox_prune_threshold: float | None = None,
        bytes_per_sample_hint: Ints = (0,),
        crop_shape: Ints | DataNode | None = None,
        input_shape: Ints | DataNode | None = None,
        ltrb: bool = True,
        num_attempts: int = 1,
        output_bbox_indices: bool = False,
        preserve: bool = False,
        quiet: bool = False,
        scaling: Floats = (1.0, 1.0),
        seed: int = -1,
        shape_layout: Layout | None = None,
        threshold_type: Str = "iou",
        thresholds: Floats = (0.0,),
        total_num_attempts: int = -1,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        boxes: Input,
        /,
        *inputs: Input,
        crop_shape: Ints | DataNode | None = None,
        input_shape: Ints | DataNode | None = None,
        name: str | None = None,
    ) -> Any: ...

class RandomCropGenerator(OperatorClass):
    """Draws windows as ``random_resized_crop`` does, without images: of a random area and a random aspect ratio.

    The outputs are the start (y, x) and the extents (height, width) of the window, INT32.

    Inputs:
        shapes: Shapes of images, (height, width) or (height, width, channels), of an integer type.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        num_attempts (int): How often an area and an aspect ratio are drawn before giving up. Default: 10.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        random_area (list of float): Range of the window's area as a fraction of the image's. Default: (0.08, 1.0).
        random_aspect_ratio (list of float): Range of the window's width divided by its height. Default: (0.75,
            1.3333333333333333).
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        num_attempts: int = 10,
        preserve: bool = False,
        random_area: Floats = (0.08, 1.0),
        random_aspect_ratio: Floats = (0.75, 1.3333333333333333),
        seed: int = -1,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        shapes: Input,
        /,
        *,
        name: str | None = None,
    ) -> list[DataNode]: ...

class RandomResizedCrop(OperatorClass):
    """Resizes a random window of each image, of random area and aspect ratio, to a given size.

    The window is the same for all frames of a sequence. The layout stays.

    Inputs:
        images: Images or sequences of them. Layouts: HWC, CHW, FHWC, FCHW, CFHW.

    Args:
        antialias (bool): Stretch the filter when scaling down, so that every input pixel counts. Nearest neighbour
            has no such filter. Default: True.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output: that of the input (default) or FLOAT.
        interp_type (DALIInterpType or DataNode): Interpolation, both for scaling down and up. Default:
            DALIInterpType.INTERP_LINEAR.
        mag_filter (DALIInterpType or DataNode): Interpolation for axes that are not scaled down; interp_type by
            default. Default: DALIInterpType.INTERP_LINEAR.
        min_filter (DALIInterpType or DataNode): Interpolation for axes that are scaled down; interp_type by
            default. Default: DALIInterpType.INTERP_LINEAR.
        minibatch_size (int): Images in one launch of a GPU kernel; without effect on the CPU. Default: 32.
        num_attempts (int): How often an area and an aspect ratio are drawn before giving up. Default: 10.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        random_area (list of float): Range of the window's area as a fraction of the image's. Default: (0.08, 1.0).
        random_aspect_ratio (list of float): Range of the window's width divided by its height. Default: (0.75,
            1.3333333333333333).
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        size (list of int): Size of the output in pixels: (height, width), or one value for both.
        temp_buffer_hint (int): First size of a GPU buffer in bytes; without effect on the CPU. Default: 0.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        antialias: bool = True,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        interp_type: DALIInterpType | DataNode = DALIInterpType.INTERP_LINEAR,
        mag_filter: DALIInterpType | DataNode = DALIInterpType.INTERP_LINEAR,
        min_filter: DALIInterpType | DataNode = DALIInterpType.INTERP_LINEAR,
        minibatch_size: int = 32,
        num_attempts: int = 10,
        preserve: bool = False,
        random_area: Floats = (0.08, 1.0),
        random_aspect_ratio: Floats = (0.75, 1.3333333333333333),
        seed: int = -1,
        size: Ints,
        temp_buffer_hint: int = 0,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        images: Input,
        /,
        *,
        interp_type: DALIInterpType | DataNode | None = None,
        mag_filter: DALIInterpType | DataNode | None = None,
        min_filter: DALIInterpType | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class Reinterpret(OperatorClass):
    """Shows the same bytes as elements of another type, and in another shape and layout, without a copy.

    Inputs:
        data: Data to see in another shape.
        shape_input: Optional: the shape of each sample, a 1-D tensor of integers.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type to read the bytes as. Without a shape, the innermost extent changes with the size
            of an element.
        layout (layout): Layout of the output; by default that of the input if the number of axes is the same, else
            none.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        rel_shape (list of float or DataNode): Extents of the output relative to those of the input, or of the axes
            in ``src_dims``; one may be negative and gets what is left, also as an extra axis at the end.
        shape (list of int or DataNode): Shape of the output; one extent may be negative and gets what is left.
        src_dims (list of int or DataNode): Axes of the input whose extents the output has, in this order; -1 makes
            a new axis of extent 1. Not used with ``shape``.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        layout: Layout | None = None,
        preserve: bool = False,
        rel_shape: Floats | DataNode | None = None,
        shape: Ints | DataNode | None = None,
        src_dims: Ints | DataNode | None = None,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *inputs: Input,
        rel_shape: Floats | DataNode | None = None,
        shape: Ints | DataNode | None = None,
        src_dims: Ints | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class Reshape(OperatorClass):
    """Shows the data in another shape and layout; the elements keep their order in memory and are not copied.

    Inputs:
        data: Data to see in another shape.
        shape_input: Optional: the shape of each sample, a 1-D tensor of integers.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        layout (layout): Layout of the output; by default that of the input if the number of axes is the same, else
            none.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        rel_shape (list of float or DataNode): Extents of the output relative to those of the input, or of the axes
            in ``src_dims``; one may be negative and gets what is left, also as an extra axis at the end.
        shape (list of int or DataNode): Shape of the output; one extent may be negative and gets what is left.
        src_dims (list of int or DataNode): Axes of the input whose extents the output has, in this order; -1 makes
            a new axis of extent 1. Not used with ``shape``.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        layout: Layout | None = None,
        preserve: bool = False,
        rel_shape: Floats | DataNode | None = None,
        shape: Ints | DataNode | None = None,
        src_dims: Ints | DataNode | None = None,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *inputs: Input,
        rel_shape: Floats | DataNode | None = None,
        shape: Ints | DataNode | None = None,
        src_dims: Ints | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class Resize(OperatorClass):
    """Resizes images, volumes, or all frames of sequences.

    The size is given for each axis (``size``, or ``resize_x``, ``resize_y``, ``resize_z``), or for the shortest or
    longest side. Sizes that are computed are rounded (halves away from zero) and at least 1. The layout stays;
    integer
    results are rounded and clamped. With ``save_attrs`` a second output holds the input's spatial shape.

    Inputs:
        images: Images, volumes or sequences of them. Layouts: HWC, FHWC, CHW, FCHW, CFHW, DHWC, FDHWC, CDHW, FCDHW,
            CFDHW.

    Args:
        antialias (bool): Stretch the filter when scaling down, so that every input pixel counts. Nearest neighbour
            has no such filter. Default: True.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output: that of the input (default) or FLOAT.
        image_type (DALIImageType): Deprecated and ignored.
        interp_type (DALIInterpType or DataNode): Interpolation, both for scaling down and up. Default:
            DALIInterpType.INTERP_LINEAR.
        mag_filter (DALIInterpType or DataNode): Interpolation for axes that are not scaled down; interp_type by
            default. Default: DALIInterpType.INTERP_LINEAR.
        max_size (list of float): Upper limit of the output's sides, one value or one for each axis. Where the
            aspect ratio is kept, it is kept under this limit too.
        min_filter (DALIInterpType or DataNode): Interpolation for axes that are scaled down; interp_type by
            default. Default: DALIInterpType.INTERP_LINEAR.
        minibatch_size (int): Images in one launch of a GPU kernel; without effect on the CPU. Default: 32.
        mode (str): "default": as large as asked, axes without a size are scaled by the (geometric) mean of the
            others; "stretch": axes without a size keep theirs; "not_larger": the aspect ratio is kept and no side
            exceeds its size; "not_smaller": the aspect ratio is kept and no side falls below its size. Default:
            default.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        resize_longer (float or DataNode): Length of the longest side of the output; the aspect ratio is kept.
            Default: 0.0.
        resize_shorter (float or DataNode): Length of the shortest side of the output; the aspect ratio is kept.
            max_size limits the other sides. Default: 0.0.
        resize_x (float or DataNode): Width of the output; 0 leaves it to mode, negative mirrors. Default: 0.0.
        resize_y (float or DataNode): Height of the output; 0 leaves it to mode, negative mirrors. Default: 0.0.
        resize_z (float or DataNode): Depth of the output; 0 leaves it to mode, negative mirrors. Default: 0.0.
        roi_end (list of float or DataNode): Where the region ends; given together with roi_start.
        roi_relative (bool): Whether the region is given as fractions of the input's sides. Default: False.
        roi_start (list of float or DataNode): Where the region of the input starts, in the order of size, in pixels
            (or see roi_relative). An axis whose region ends before it starts is mirrored (but not an axis without a
            size in the modes default and stretch).
        save_attrs (bool): Add an output with the spatial shape of the input, int32. Default: False.
        size (list of float or DataNode): Size of the output, one value for each spatial axis (one value stands for
            all); 0 leaves an axis to mode. A negative value mirrors the axis.
        subpixel_scale (bool): When a computed size is not whole, move the region's edges a little so that the scale
            stays exact; otherwise the scale changes a little. Default: True.
        temp_buffer_hint (int): First size of a GPU buffer in bytes; without effect on the CPU. Default: 0.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        antialias: bool = True,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        image_type: DALIImageType | None = None,
        interp_type: DALIInterpType | DataNode = DALIInterpType.INTERP_LINEAR,
        mag_filter: DALIInterpType | DataNode = DALIInterpType.INTERP_LINEAR,
        max_size: Floats | None = None,
        min_filter: DALIInterpType | DataNode = DALIInterpType.INTERP_LINEAR,
        minibatch_size: int = 32,
        mode: Str = "default",
        preserve: bool = False,
        resize_longer: float | DataNode = 0.0,
        resize_shorter: float | DataNode = 0.0,
        resize_x: float | DataNode = 0.0,
        resize_y: float | DataNode = 0.0,
        resize_z: float | DataNode = 0.0,
        roi_end: Floats | DataNode | None = None,
        roi_relative: bool = False,
        roi_start: Floats | DataNode | None = None,
        save_attrs: bool = False,
        size: Floats | DataNode | None = None,
        subpixel_scale: bool = True,
        temp_buffer_hint: int = 0,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        images: Input,
        /,
        *,
        interp_type: DALIInterpType | DataNode | None = None,
        mag_filter: DALIInterpType | DataNode | None = None,
        min_filter: DALIInterpType | DataNode | None = None,
        resize_longer: float | DataNode | None = None,
        resize_shorter: float | DataNode | None = None,
        resize_x: float | DataNode | None = None,
        resize_y: float | DataNode | None = None,
        resize_z: float | DataNode | None = None,
        roi_end: Floats | DataNode | None = None,
        roi_start: Floats | DataNode | None = None,
        size: Floats | DataNode | None = None,
        name: str | None = None,
    ) -> Any: ...

class ResizeCropMirror(OperatorClass):
    """Resizes images, cuts a window out of the result and flips it; only the window is computed.

    Equal to ``resize``, ``crop`` and ``flip`` one after the other, except that a window may leave the resized
    image:
    the border is repeated there. The layout stays.

    Inputs:
        images: Images, volumes or sequences of them. Layouts: HWC, FHWC, CHW, FCHW, CFHW, DHWC, FDHWC, CDHW, FCDHW,
            CFDHW.

    Args:
        antialias (bool): Stretch the filter when scaling down, so that every input pixel counts. Nearest neighbour
            has no such filter. Default: True.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        crop (list of float or DataNode): Size of the window in pixels: (height, width), (depth, height, width) for
            volumes or (frames, height, width) for sequences. An extent of 0 keeps that of the input. Fractions are
            cut off. Excludes crop_d, crop_h and crop_w.
        crop_d (float or DataNode): Depth of the window in voxels (or frames of a sequence); 0 keeps all of them.
            Default: 0.0.
        crop_h (float or DataNode): Height of the window in pixels; 0 keeps that of the input. Given together with
            crop_w. Default: 0.0.
        crop_pos_x (float or DataNode): Where the window lies, from 0 (left edges meet) to 1 (right edges meet): x =
            crop_pos_x * (W - width). Default: 0.5.
        crop_pos_y (float or DataNode): Where the window lies, from 0 (upper edges meet) to 1 (lower edges meet): y
            = crop_pos_y * (H - height). Default: 0.5.
        crop_pos_z (float or DataNode): Where the window of a volume lies, from 0 (front) to 1 (back): z =
            crop_pos_z * (D - depth). Default: 0.5.
        crop_w (float or DataNode): Width of the window in pixels; 0 keeps that of the input. Given together with
            crop_h. Default: 0.0.
        dtype (DALIDataType): Type of the output: that of the input (default) or FLOAT.
        interp_type (DALIInterpType or DataNode): Interpolation, both for scaling down and up. Default:
            DALIInterpType.INTERP_LINEAR.
        mag_filter (DALIInterpType or DataNode): Interpolation for axes that are not scaled down; interp_type by
            default. Default: DALIInterpType.INTERP_LINEAR.
        max_size (list of float): Upper limit of the output's sides, one value or one for each axis. Where the
            aspect ratio is kept, it is kept under this limit too.
        min_filter (DALIInterpType or DataNode): Interpolation for axes that are scaled down; interp_type by
            default. Default: DALIInterpType.INTERP_LINEAR.
        minibatch_size (int): Images in one launch of a GPU kernel; without effect on the CPU. Default: 32.
        mirror (int or DataNode): What to flip: a sum of 1 (left and right), 2 (top and bottom) and 4 (front and
            back); 0 for nothing. Default: 0.
        mode (str): "default": as large as asked, axes without a size are scaled by the (geometric) mean of the
            others; "stretch": axes without a size keep theirs; "not_larger": the aspect ratio is kept and no side
            exceeds its size; "not_smaller": the aspect ratio is kept and no side falls below its size. Default:
            default.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        resize_longer (float or DataNode): Length of the longest side of the output; the aspect ratio is kept.
            Default: 0.0.
        resize_shorter (float or DataNode): Length of the shortest side of the output; the aspect ratio is kept.
            max_size limits the other sides. Default: 0.0.
        resize_x (float or DataNode): Width of the output; 0 leaves it to mode, negative mirrors. Default: 0.0.
        resize_y (float or DataNode): Height of the output; 0 leaves it to mode, negative mirrors. Default: 0.0.
        resize_z (float or DataNode): Depth of the output; 0 leaves it to mode, negative mirrors. Default: 0.0.
        roi_end (list of float or DataNode): Where the region ends; given together with roi_start.
        roi_relative (bool): Whether the region is given as fractions of the input's sides. Default: False.
        roi_start (list of float or DataNode): Where the region of the input starts, in the order of size, in pixels
            (or see roi_relative). An axis whose region ends before it starts is mirrored (but not an axis without a
            size in the modes default and stretch).
        rounding (str): How the window's corner becomes a whole number: "round" (halves away from zero) or
            "truncate" (to zero). Default: round.
        size (list of float or DataNode): Size of the output, one value for each spatial axis (one value stands for
            all); 0 leaves an axis to mode. A negative value mirrors the axis.
        subpixel_scale (bool): When a computed size is not whole, move the region's edges a little so that the scale
            stays exact; otherwise the scale changes a little. Default: True.
        temp_buffer_hint (int): First size of a GPU buffer in bytes; without effect on the CPU. Default: 0.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        antialias: bool = True,
        bytes_per_sample_hint: Ints = (0,),
        crop: Floats | DataNode | None = None,
        crop_d: float | DataNode = 0.0,
        crop_h: float | DataNode = 0.0,
        crop_pos_x: float | DataNode = 0.5,
        crop_pos_y: float | DataNode = 0.5,
        crop_pos_z: float | DataNode = 0.5,
        crop_w: float | DataNode = 0.0,
        dtype: DType | None = None,
        interp_type: DALIInterpType | DataNode = DALIInterpType.INTERP_LINEAR,
        mag_filter: DALIInterpType | DataNode = DALIInterpType.INTERP_LINEAR,
        max_size: Floats | None = None,
        min_filter: DALIInterpType | DataNode = DALIInterpType.INTERP_LINEAR,
        minibatch_size: int = 32,
        mirror: int | DataNode = 0,
        mode: Str = "default",
        preserve: bool = False,
        resize_longer: float | DataNode = 0.0,
        resize_shorter: float | DataNode = 0.0,
        resize_x: float | DataNode = 0.0,
        resize_y: float | DataNode = 0.0,
        resize_z: float | DataNode = 0.0,
        roi_end: Floats | DataNode | None = None,
        roi_relative: bool = False,
        roi_start: Floats | DataNode | None = None,
        rounding: Str = "round",
        size: Floats | DataNode | None = None,
        subpixel_scale: bool = True,
        temp_buffer_hint: int = 0,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        images: Input,
        /,
        *,
        crop: Floats | DataNode | None = None,
        crop_d: float | DataNode | None = None,
        crop_h: float | DataNode | None = None,
        crop_pos_x: float | DataNode | None = None,
        crop_pos_y: float | DataNode | None = None,
        crop_pos_z: float | DataNode | None = None,
        crop_w: float | DataNode | None = None,
        interp_type: DALIInterpType | DataNode | None = None,
        mag_filter: DALIInterpType | DataNode | None = None,
        min_filter: DALIInterpType | DataNode | None = None,
        mirror: int | DataNode | None = None,
        resize_longer: float | DataNode | None = None,
        resize_shorter: float | DataNode | None = None,
        resize_x: float | DataNode | None = None,
        resize_y: float | DataNode | None = None,
        resize_z: float | DataNode | None = None,
        roi_end: Floats | DataNode | None = None,
        roi_start: Floats | DataNode | None = None,
        size: Floats | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class Rotate(OperatorClass):
    """Rotates images by an angle around their centre.

    Inputs:
        images: Images, volumes or sequences of them: UINT8, INT16, INT32 or FLOAT. Layouts: HWC, FHWC, DHWC, FDHWC.

    Args:
        angle (float or DataNode): Angle in degrees: counter-clockwise for images; around ``axis`` for volumes.
        axis (list of float or DataNode): For volumes only: the axis (x, y, z) to rotate around, of any length but
            0.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output: that of the input (the default) or FLOAT; for FLOAT input also
            UINT8, INT16 or INT32.
        fill_value (float): Value of what lies outside of the input; by default its border pixels are repeated.
        interp_type (DALIInterpType): INTERP_LINEAR or INTERP_NN. Default: DALIInterpType.INTERP_LINEAR.
        keep_size (bool): Whether the output has the size of the input. If not, and without ``size``, it is just
            large enough for the rotated image, with the parity that lets the centres of both fall on the same place
            of a pixel; all frames of a sequence get the size of the largest. Default: False.
        output_dtype (DALIDataType): Deprecated; use ``dtype``.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        size (list of float or DataNode): Size of the output in pixels, without channels: (height, width), or
            (depth, height, width) for volumes. A constant is rounded to whole numbers, at least 1; an argument
            input is cut off.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        angle: float | DataNode | None = None,
        axis: Floats | DataNode | None = None,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        fill_value: float | None = None,
        interp_type: DALIInterpType = DALIInterpType.INTERP_LINEAR,
        keep_size: bool = False,
        output_dtype: DType | None = None,
        preserve: bool = False,
        size: Floats | DataNode | None = None,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        images: Input,
        /,
        *,
        angle: float | DataNode | None = None,
        axis: Floats | DataNode | None = None,
        size: Floats | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class SSDRandomCrop(OperatorClass):
    """Crops an image at random so that all its boxes overlap the window by a random smallest IoU.

    The smallest IoU is drawn from 0.1, 0.3, 0.5, 0.7, 0.9 and none, or the image stays whole; sides are 0.3 to 1 of
    the
    image's, with an aspect ratio from 1/2 to 2 (Liu et al., "SSD: Single Shot MultiBox Detector", section 2.2).
    Boxes
    whose centre lies outside the window are left out, with their labels; the others are clipped to it and relative
    to
    it. The outputs are the image, the boxes and the labels.

    Inputs:
        images: Images. Layouts: HWC.
        boxes: Boxes, float32, shape (boxes, 4): left, top, right, bottom, relative to the image.
        labels: A label for each box.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        num_attempts (int): Windows to try before another smallest overlap is drawn. Default: 1.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        num_attempts: int = 1,
        preserve: bool = False,
        seed: int = -1,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        images: Input,
        boxes: Input,
        labels: Input,
        /,
        *,
        name: str | None = None,
    ) -> list[DataNode]: ...

class Saturation(OperatorClass):
    """Scales the saturation of an image.

    The change is linear in RGB: an approximation that rotates and scales the chroma plane of YIQ.

    Inputs:
        image: Images, channel-last; sequences and volumes too. Layouts: HWC, FHWC, DHWC.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output; that of the input by default.
        image_type (DALIImageType): Colour space of input and output. The channels are taken for red, green and blue
            in this order, as in DALI. Default: DALIImageType.RGB.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        saturation (float or DataNode): Factor of the saturation; 0 gives grey. Default: 1.0.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        image_type: DALIImageType = DALIImageType.RGB,
        preserve: bool = False,
        saturation: float | DataNode = 1.0,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        image: Input,
        /,
        *,
        saturation: float | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class SequenceReader(OperatorClass):
    """Reads sequences of frames, each of which is an image in a file of its own.

    The output is (frames, height, width, channels), uint8, layout FHWC. ``file_root``, which may be a URL, holds
    one
    folder for each stream. Streams and the frames in them are taken in the order of their names (byte by byte). No
    sequence goes beyond its stream; what is left of it is not used. Files of other types than images, those beside
    the
    folders and those in deeper folders are left out.

    A frame that cannot be read or decoded, or of another size than the first one of its sequence, is the failure of
    the
    sequence.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dont_use_mmap (bool): Read containers (files with many samples) with plain I/O, instead of mapping them and
            handing out views of the mapped memory. Files with one sample each are always read. Default: False.
        fetch_bytes (int): With fetch_concurrency above 1: how many bytes of samples may be under way or waiting,
            beyond the one whose turn is next. Not in DALI. Default: 268435456.
        fetch_concurrency (int): How many samples are loaded at the same time, by threads of their own that work
            ahead; with 1, one after the other. Their order does not change. Worth it where latency is high: network
            file systems, object stores. Not in DALI. Default: 1.
        file_root (str): Folder that holds one folder of images for each stream.
        image_type (DALIImageType): Colours of the output: RGB, BGR, GRAY, YCbCr or ANY_DATA, as in decoders.image.
            Default: DALIImageType.RGB.
        initial_fill (int): Size, in samples, of the window from which random_shuffle draws. Only sample numbers are
            held in it, so a large window costs neither memory nor a slow start. Default: 1024.
        lazy_init (bool): Look for the data when it is first needed (the first read, or a question about the epoch's
            size) and not when the pipeline is built. Default: False.
        num_shards (int): Number of parts that the data is divided into, for instance one a process. Default: 1.
        pad_last_batch (bool): Repeat the last sample of the shard until every shard has as many batches and the
            last one is full. Default: False.
        prefetch_queue_depth (int): How many batches are read ahead of the iterations under way. Default: 1.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        random_shuffle (bool): Shuffle: each sample is drawn from a window of initial_fill samples that moves over
            the data. Default: False.
        read_ahead (bool): Ask the system to read containers into memory when they are opened; a hint. Default:
            False.
        sampler (object): An object that says which samples are delivered in an epoch and in which order, see
            adali.samplers. Not together with random_shuffle or shuffle_after_epoch; every epoch is divided into
            shards anew, so that stick_to_shard makes no difference. Not in DALI.
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        sequence_length (int): Number of frames in a sequence.
        shard_id (int): Number of the shard to read, from 0. Default: 0.
        skip_cached_images (bool): Do not read what a decoder's cache holds. Decoders have no cache here, so that
            everything is read. Default: False.
        step (int): From the first frame of a sequence to the first frame of the next one, in frames. Default: 1.
        stick_to_shard (bool): Read the same shard in every epoch; otherwise each epoch goes on with the next shard.
            Default: False.
        stride (int): From each frame of a sequence to the next one, in frames. Default: 1.
        tensor_init_bytes (int): Expected size of a sample in bytes; a hint. Default: 1048576.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dont_use_mmap: bool = False,
        fetch_bytes: int = 268435456,
        fetch_concurrency: int = 1,
        file_root: Str,
        image_type: DALIImageType = DALIImageType.RGB,
        initial_fill: int = 1024,
        lazy_init: bool = False,
        num_shards: int = 1,
        pad_last_batch: bool = False,
        prefetch_queue_depth: int = 1,
        preserve: bool = False,
        random_shuffle: bool = False,
        read_ahead: bool = False,
        sampler: Any = None,
        seed: int = -1,
        sequence_length: int,
        shard_id: int = 0,
        skip_cached_images: bool = False,
        step: int = 1,
        stick_to_shard: bool = False,
        stride: int = 1,
        tensor_init_bytes: int = 1048576,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class SequenceRearrange(OperatorClass):
    """Puts the frames of sequences into another order: ``out[i] = in[new_order[i]]``.

    Inputs:
        sequences: Data of two or more axes; the first is ``F``, if there is a layout.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        new_order (list of int or DataNode): For each frame of the output, the number of the frame of the input;
            frames may be left out or repeated.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        new_order: Ints | DataNode | None = None,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        sequences: Input,
        /,
        *,
        new_order: Ints | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class Shapes(OperatorClass):
    """Returns the shape of each sample, a 1-D tensor with one number for each axis. ``node.shape()`` makes it.

    Inputs:
        data: Data of any kind.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output: a 32 or 64 bit number. Default: DALIDataType.INT64.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        type (DALIDataType): Deprecated; use ``dtype``.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType = DALIDataType.INT64,
        preserve: bool = False,
        type: DType | None = None,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class Slice(OperatorClass):
    """Cuts a window out of each array, along the axes that ``axis_names`` or ``axes`` name.

    The window starts at ``start`` (or ``rel_start``; 0 by default) and ends at ``end`` or ``rel_end``, or has the
    size
    ``shape`` or ``rel_shape``; without any of these it ends where the array does. Positions that are not whole are
    rounded, halves away from zero. As positional inputs, anchor and shape do the same. The layout stays.

    Inputs:
        data: The arrays to cut.
        anchor: Optional: start of the window, one value for each sliced axis.
        shape: Optional, together with anchor: size of the window, of the same type.

    Args:
        axes (list of int or DataNode): The sliced axes by number; negative numbers count from the end. Excludes
            axis_names. Default: (1, 0).
        axis_names (layout): The sliced axes by their letters in the layout. Excludes axes. Default: WH.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output; that of the input by default.
        end (list of int or DataNode): End of the window in samples, one value for each sliced axis (one value
            stands for all).
        fill_values (list of float): Value of padding (out_of_bounds_policy="pad"): one number, or one for each
            channel. Default: (0.0,).
        image_type (DALIImageType): Deprecated and ignored.
        normalized_anchor (bool): Whether a positional anchor of a float type is a fraction of the axis; integers
            never are. Default: True.
        normalized_shape (bool): Whether a positional shape of a float type is a fraction of the axis; integers
            never are. Default: True.
        out_of_bounds_policy (str): What to do where the window leaves the input: "error"; "pad" or "constant" (use
            fill_values); "edge" or "clamp" (repeat the border); "reflect" or "reflect_1001" (mirror, the border
            twice); "reflect_101" (mirror, the border once); "wrap" (start over at the other side); "trim_to_shape"
            (make the window smaller). Default: error.
        output_dtype (DALIDataType): Deprecated; use ``dtype``.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        rel_end (list of float or DataNode): End as a fraction of the axis, one value for each sliced axis (one
            value stands for all).
        rel_shape (list of float or DataNode): Size as a fraction of the axis, one value for each sliced axis (one
            value stands for all).
        rel_start (list of float or DataNode): Start as a fraction of the axis, one value for each sliced axis (one
            value stands for all).
        shape (list of int or DataNode): Size of the window in samples, one value for each sliced axis (one value
            stands for all).
        start (list of int or DataNode): Start of the window in samples, one value for each sliced axis (one value
            stands for all).
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        axes: Ints | DataNode = (1, 0),
        axis_names: Layout = "WH",
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        end: Ints | DataNode | None = None,
        fill_values: Floats = (0.0,),
        image_type: DALIImageType | None = None,
        normalized_anchor: bool = True,
        normalized_shape: bool = True,
        out_of_bounds_policy: Str = "error",
        output_dtype: DType | None = None,
        preserve: bool = False,
        rel_end: Floats | DataNode | None = None,
        rel_shape: Floats | DataNode | None = None,
        rel_start: Floats | DataNode | None = None,
        shape: Ints | DataNode | None = None,
        start: Ints | DataNode | None = None,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *inputs: Input,
        axes: Ints | DataNode | None = None,
        end: Ints | DataNode | None = None,
        rel_end: Floats | DataNode | None = None,
        rel_shape: Floats | DataNode | None = None,
        rel_start: Floats | DataNode | None = None,
        shape: Ints | DataNode | None = None,
        start: Ints | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class Spectrogram(OperatorClass):
    """Makes a spectrogram of a signal: the power of each frequency in windows along the signal.

    The output is float32 of shape (nfft // 2 + 1, windows), or transposed with layout "tf". With centred windows
    there
    are samples // window_step + 1 of them, otherwise (samples - window_length) // window_step + 1.

    Fails on an empty signal, on one shorter than a window that is not centred, on several channels and on other
    types
    than float32.

    Inputs:
        data: float32 signal with one channel: (samples,), or more dimensions of which all but one have extent 1.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        center_windows (bool): Window i is centred at sample i * window_step, and the signal is padded for those at
            its ends. Otherwise window i starts at that sample and only whole windows within the signal are taken.
            Default: True.
        layout (layout): Layout of the output: "ft" (frequency first) or "tf" (time first). Default: ft.
        nfft (int): Length of the transform, at least window_length, which is the default; windows are filled up
            with zeros. There are nfft // 2 + 1 bins from 0 Hz to half the sample rate.
        power (int): 2 for squared magnitudes, 1 for magnitudes. Default: 2.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        reflect_padding (bool): Beyond its ends the signal is mirrored about its first and last sample; otherwise it
            is silent there. Without effect if center_windows is False. Default: True.
        window_fn (list of float): Weights of the samples of a window, window_length of them. By default a Hann
            window, sin^2(pi (i + 1/2) / window_length).
        window_length (int): Samples in a window. Default: 512.
        window_step (int): Samples from one window to the next. Default: 256.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        center_windows: bool = True,
        layout: Layout = "ft",
        nfft: int | None = None,
        power: int = 2,
        preserve: bool = False,
        reflect_padding: bool = True,
        window_fn: Floats | None = None,
        window_length: int = 512,
        window_step: int = 256,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class Sphere(OperatorClass):
    """Makes images look as if wrapped around a ball.

    A pixel at distance ``r`` from the centre of the image comes from distance ``r * r / R`` in the same direction,
    where ``R`` is half of the longer side, rounded down to whole pixels.

    Inputs:
        images: Images of type UINT8 or FLOAT. Layouts: HWC.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        fill_value (float): Value of what comes from outside of the image; its fraction is cut off for UINT8 images.
            Default: 0.0.
        interp_type (DALIInterpType): INTERP_NN or INTERP_LINEAR. Default: DALIInterpType.INTERP_NN.
        mask (int or DataNode): Images whose mask is 0 stay as they are. Default: 1.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        fill_value: float = 0.0,
        interp_type: DALIInterpType = DALIInterpType.INTERP_NN,
        mask: int | DataNode = 1,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        images: Input,
        /,
        *,
        mask: int | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class Squeeze(OperatorClass):
    """Removes axes of extent 1 (or any axes that do not change the number of elements, in empty data).

    Inputs:
        data: Data with axes of extent 1.

    Args:
        axes (list of int or DataNode): Axes to remove, counted from 0.
        axis_names (layout): Axes to remove, by their letters in the layout.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        axes: Ints | DataNode | None = None,
        axis_names: Layout | None = None,
        bytes_per_sample_hint: Ints = (0,),
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        axes: Ints | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class Stack(OperatorClass):
    """Joins tensors of one shape along a new axis.

    Inputs:
        data: Tensors of one type and number of axes.

    Args:
        axis (int): Position of the new axis in the output; negative numbers count from the end. Default: 0.
        axis_name (str): Letter of the new axis in the layout; without it the output has no layout.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        axis: int = 0,
        axis_name: Str | None = None,
        bytes_per_sample_hint: Ints = (0,),
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *inputs: Input,
        name: str | None = None,
    ) -> DataNode: ...

class SubscriptDimCheck(OperatorClass):
    """Passes its input on if it has enough axes; ``x[:, :]`` on a node makes it.

    Inputs:
        data: Any data.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        num_subscripts (int): Number of axes the data must have at least.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        num_subscripts: int,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class TFRecordReader(OperatorClass):
    """Reads records of type tf.train.Example from TFRecord files.

    The call returns a dictionary: the name of each feature with its output. An output has type int64, float32 or,
    for
    strings, uint8 (the bytes of the string):

    * ``FixedLenFeature(shape, ...)``: the values in that shape, which they must fill.
    * ``VarLenFeature(...)``: shape (values,), or (values / n, *partial_shape) where a partial shape of n elements
    was
      given.
    * a string: shape (bytes,). A feature with several strings can be read as its first one, with shape [].

    A feature that a record does not have, or that has no value there, gives an empty array.

    A damaged record fails alone, and ``on_error`` of the pipeline decides what becomes of it. The source of a
    sample is
    its file and the offset of its record there.

    Raises:
        ArgumentError: files that cannot be read, index files that do not belong to them, no records at all.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dont_use_mmap (bool): Read containers (files with many samples) with plain I/O, instead of mapping them and
            handing out views of the mapped memory. Files with one sample each are always read. Default: False.
        features (dict of str to adali.tfrecord.Feature): What to extract: names of features, each with an
            adali.tfrecord.FixedLenFeature or VarLenFeature.
        fetch_bytes (int): With fetch_concurrency above 1: how many bytes of samples may be under way or waiting,
            beyond the one whose turn is next. Not in DALI. Default: 268435456.
        fetch_concurrency (int): How many samples are loaded at the same time, by threads of their own that work
            ahead; with 1, one after the other. Their order does not change. Worth it where latency is high: network
            file systems, object stores. Not in DALI. Default: 1.
        index_path (list of str): Index files, one for each file of path, as `adali index` or DALI's tfrecord2idx
            write them. Without them (not in DALI) the files are walked through when the reader is made: a few bytes
            of each record are read.
        initial_fill (int): Size, in samples, of the window from which random_shuffle draws. Only sample numbers are
            held in it, so a large window costs neither memory nor a slow start. Default: 1024.
        lazy_init (bool): Look for the data when it is first needed (the first read, or a question about the epoch's
            size) and not when the pipeline is built. Default: False.
        num_shards (int): Number of parts that the data is divided into, for instance one a process. Default: 1.
        pad_last_batch (bool): Repeat the last sample of the shard until every shard has as many batches and the
            last one is full. Default: False.
        path (list of str): The TFRecord files.
        prefetch_queue_depth (int): How many batches are read ahead of the iterations under way. Default: 1.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        random_shuffle (bool): Shuffle: each sample is drawn from a window of initial_fill samples that moves over
            the data. Default: False.
        read_ahead (bool): Ask the system to read containers into memory when they are opened; a hint. Default:
            False.
        sampler (object): An object that says which samples are delivered in an epoch and in which order, see
            adali.samplers. Not together with random_shuffle or shuffle_after_epoch; every epoch is divided into
            shards anew, so that stick_to_shard makes no difference. Not in DALI.
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        shard_id (int): Number of the shard to read, from 0. Default: 0.
        shuffle_after_epoch (bool): Before each epoch, put the files into a new random order, the same for all
            shards, and then divide the data into shards; samples stay in order within their file. May be combined
            with random_shuffle. Not together with stick_to_shard. Default: False.
        shuffle_after_epoch_seed (int): Seed of that shuffling, to be the same for all shards; a fixed one by
            default.
        skip_cached_images (bool): Do not read what a decoder's cache holds. Decoders have no cache here, so that
            everything is read. Default: False.
        stick_to_shard (bool): Read the same shard in every epoch; otherwise each epoch goes on with the next shard.
            Default: False.
        tensor_init_bytes (int): Expected size of a sample in bytes; a hint. Default: 1048576.
        use_o_direct (bool): Read without the system's cache, where the file system can do that. Needs
            dont_use_mmap=True. Default: False.
        verify_checksums (bool): Compare the checksums of each record, so that damaged data fails by name. Not in
            DALI, which does not. Default: True.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dont_use_mmap: bool = False,
        features: Mapping[str, Feature],
        fetch_bytes: int = 268435456,
        fetch_concurrency: int = 1,
        index_path: Strs | None = None,
        initial_fill: int = 1024,
        lazy_init: bool = False,
        num_shards: int = 1,
        pad_last_batch: bool = False,
        path: Strs,
        prefetch_queue_depth: int = 1,
        preserve: bool = False,
        random_shuffle: bool = False,
        read_ahead: bool = False,
        sampler: Any = None,
        seed: int = -1,
        shard_id: int = 0,
        shuffle_after_epoch: bool = False,
        shuffle_after_epoch_seed: int | None = None,
        skip_cached_images: bool = False,
        stick_to_shard: bool = False,
        tensor_init_bytes: int = 1048576,
        use_o_direct: bool = False,
        verify_checksums: bool = True,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *,
        name: str | None = None,
    ) -> Any: ...

class TensorResize(OperatorClass):
    """Resizes any axes of arrays, to given sizes or by given factors.

    Axes that are not named keep their size (in the modes "not_larger" and "not_smaller" they take part with that
    size
    as the one asked for). The layout stays.

    Inputs:
        data: Arrays of any number of dimensions.

    Args:
        alignment (list of float or DataNode): Where a size had to be rounded, the point of the region that keeps
            its place in the output: 0 for the start, 0.5 for the centre, 1 for the end. Default: (0.5,).
        antialias (bool): Stretch the filter when scaling down, so that every input pixel counts. Nearest neighbour
            has no such filter. Default: True.
        axes (list of int): The axes to resize by number; negative numbers count from the end.
        axis_names (layout): The axes to resize by their letters in the layout. Excludes axes.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output: that of the input (default) or FLOAT.
        interp_type (DALIInterpType or DataNode): Interpolation, both for scaling down and up. Default:
            DALIInterpType.INTERP_LINEAR.
        mag_filter (DALIInterpType or DataNode): Interpolation for axes that are not scaled down; interp_type by
            default. Default: DALIInterpType.INTERP_LINEAR.
        max_size (list of float): Upper limit of the output's sides, one value or one for each axis. Where the
            aspect ratio is kept, it is kept under this limit too.
        min_filter (DALIInterpType or DataNode): Interpolation for axes that are scaled down; interp_type by
            default. Default: DALIInterpType.INTERP_LINEAR.
        minibatch_size (int): Images in one launch of a GPU kernel; without effect on the CPU. Default: 32.
        mode (str): "default": as large as asked, axes without a size are scaled by the (geometric) mean of the
            others; "stretch": axes without a size keep theirs; "not_larger": the aspect ratio is kept and no side
            exceeds its size; "not_smaller": the aspect ratio is kept and no side falls below its size. Default:
            default.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        roi_end (list of float or DataNode): Where the region ends; given together with roi_start.
        roi_relative (bool): Whether the region is given as fractions of the input's sides. Default: False.
        roi_start (list of float or DataNode): Where the region of the input starts, in the order of size, in pixels
            (or see roi_relative). An axis whose region ends before it starts is mirrored (but not an axis without a
            size in the modes default and stretch).
        scales (list of float or DataNode): Sizes as multiples of the (whole) input's, one value for each axis of
            axes (or axis_names; all by default), or one for all of them.
        size_rounding (str): How sizes computed from scales become whole: "round" (halves up), "truncate" or "ceil".
            Default: round.
        sizes (list of float or DataNode): Sizes of the output, one value for each axis of axes (or axis_names; all
            by default), or one for all of them. Excludes scales.
        subpixel_scale (bool): When a computed size is not whole, move the region's edges a little so that the scale
            stays exact; otherwise the scale changes a little. Default: True.
        temp_buffer_hint (int): First size of a GPU buffer in bytes; without effect on the CPU. Default: 0.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        alignment: Floats | DataNode = (0.5,),
        antialias: bool = True,
        axes: Ints | None = None,
        axis_names: Layout | None = None,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        interp_type: DALIInterpType | DataNode = DALIInterpType.INTERP_LINEAR,
        mag_filter: DALIInterpType | DataNode = DALIInterpType.INTERP_LINEAR,
        max_size: Floats | None = None,
        min_filter: DALIInterpType | DataNode = DALIInterpType.INTERP_LINEAR,
        minibatch_size: int = 32,
        mode: Str = "default",
        preserve: bool = False,
        roi_end: Floats | DataNode | None = None,
        roi_relative: bool = False,
        roi_start: Floats | DataNode | None = None,
        scales: Floats | DataNode | None = None,
        size_rounding: Str = "round",
        sizes: Floats | DataNode | None = None,
        subpixel_scale: bool = True,
        temp_buffer_hint: int = 0,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        alignment: Floats | DataNode | None = None,
        interp_type: DALIInterpType | DataNode | None = None,
        mag_filter: DALIInterpType | DataNode | None = None,
        min_filter: DALIInterpType | DataNode | None = None,
        roi_end: Floats | DataNode | None = None,
        roi_start: Floats | DataNode | None = None,
        scales: Floats | DataNode | None = None,
        sizes: Floats | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class TensorSubscript(OperatorClass):
    """Takes a part of each sample by NumPy's rules of basic indexing; ``x[1:, 0]`` on a node makes it.

    Inputs:
        data: Data with at least as many axes as there are subscripts.

    Args:
        at_0 (int or DataNode): Index on axis 0.
        at_1 (int or DataNode): Index on axis 1.
        at_10 (int or DataNode): Index on axis 10.
        at_11 (int or DataNode): Index on axis 11.
        at_12 (int or DataNode): Index on axis 12.
        at_13 (int or DataNode): Index on axis 13.
        at_14 (int or DataNode): Index on axis 14.
        at_15 (int or DataNode): Index on axis 15.
        at_16 (int or DataNode): Index on axis 16.
        at_17 (int or DataNode): Index on axis 17.
        at_18 (int or DataNode): Index on axis 18.
        at_19 (int or DataNode): Index on axis 19.
        at_2 (int or DataNode): Index on axis 2.
        at_20 (int or DataNode): Index on axis 20.
        at_21 (int or DataNode): Index on axis 21.
        at_22 (int or DataNode): Index on axis 22.
        at_23 (int or DataNode): Index on axis 23.
        at_24 (int or DataNode): Index on axis 24.
        at_25 (int or DataNode): Index on axis 25.
        at_26 (int or DataNode): Index on axis 26.
        at_27 (int or DataNode): Index on axis 27.
        at_28 (int or DataNode): Index on axis 28.
        at_29 (int or DataNode): Index on axis 29.
        at_3 (int or DataNode): Index on axis 3.
        at_30 (int or DataNode): Index on axis 30.
        at_31 (int or DataNode): Index on axis 31.
        at_4 (int or DataNode): Index on axis 4.
        at_5 (int or DataNode): Index on axis 5.
        at_6 (int or DataNode): Index on axis 6.
        at_7 (int or DataNode): Index on axis 7.
        at_8 (int or DataNode): Index on axis 8.
        at_9 (int or DataNode): Index on axis 9.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        hi_0 (int or DataNode): End of the range on axis 0.
        hi_1 (int or DataNode): End of the range on axis 1.
        hi_10 (int or DataNode): End of the range on axis 10.
        hi_11 (int or DataNode): End of the range on axis 11.
        hi_12 (int or DataNode): End of the range on axis 12.
        hi_13 (int or DataNode): End of the range on axis 13.
        hi_14 (int or DataNode): End of the range on axis 14.
        hi_15 (int or DataNode): End of the range on axis 15.
        hi_16 (int or DataNode): End of the range on axis 16.
        hi_17 (int or DataNode): End of the range on axis 17.
        hi_18 (int or DataNode): End of the range on axis 18.
        hi_19 (int or DataNode): End of the range on axis 19.
        hi_2 (int or DataNode): End of the range on axis 2.
        hi_20 (int or DataNode): End of the range on axis 20.
        hi_21 (int or DataNode): End of the range on axis 21.
        hi_22 (int or DataNode): End of the range on axis 22.
        hi_23 (int or DataNode): End of the range on axis 23.
        hi_24 (int or DataNode): End of the range on axis 24.
        hi_25 (int or DataNode): End of the range on axis 25.
        hi_26 (int or DataNode): End of the range on axis 26.
        hi_27 (int or DataNode): End of the range on axis 27.
        hi_28 (int or DataNode): End of the range on axis 28.
        hi_29 (int or DataNode): End of the range on axis 29.
        hi_3 (int or DataNode): End of the range on axis 3.
        hi_30 (int or DataNode): End of the range on axis 30.
        hi_31 (int or DataNode): End of the range on axis 31.
        hi_4 (int or DataNode): End of the range on axis 4.
        hi_5 (int or DataNode): End of the range on axis 5.
        hi_6 (int or DataNode): End of the range on axis 6.
        hi_7 (int or DataNode): End of the range on axis 7.
        hi_8 (int or DataNode): End of the range on axis 8.
        hi_9 (int or DataNode): End of the range on axis 9.
        lo_0 (int or DataNode): Start of the range on axis 0.
        lo_1 (int or DataNode): Start of the range on axis 1.
        lo_10 (int or DataNode): Start of the range on axis 10.
        lo_11 (int or DataNode): Start of the range on axis 11.
        lo_12 (int or DataNode): Start of the range on axis 12.
        lo_13 (int or DataNode): Start of the range on axis 13.
        lo_14 (int or DataNode): Start of the range on axis 14.
        lo_15 (int or DataNode): Start of the range on axis 15.
        lo_16 (int or DataNode): Start of the range on axis 16.
        lo_17 (int or DataNode): Start of the range on axis 17.
        lo_18 (int or DataNode): Start of the range on axis 18.
        lo_19 (int or DataNode): Start of the range on axis 19.
        lo_2 (int or DataNode): Start of the range on axis 2.
        lo_20 (int or DataNode): Start of the range on axis 20.
        lo_21 (int or DataNode): Start of the range on axis 21.
        lo_22 (int or DataNode): Start of the range on axis 22.
        lo_23 (int or DataNode): Start of the range on axis 23.
        lo_24 (int or DataNode): Start of the range on axis 24.
        lo_25 (int or DataNode): Start of the range on axis 25.
        lo_26 (int or DataNode): Start of the range on axis 26.
        lo_27 (int or DataNode): Start of the range on axis 27.
        lo_28 (int or DataNode): Start of the range on axis 28.
        lo_29 (int or DataNode): Start of the range on axis 29.
        lo_3 (int or DataNode): Start of the range on axis 3.
        lo_30 (int or DataNode): Start of the range on axis 30.
        lo_31 (int or DataNode): Start of the range on axis 31.
        lo_4 (int or DataNode): Start of the range on axis 4.
        lo_5 (int or DataNode): Start of the range on axis 5.
        lo_6 (int or DataNode): Start of the range on axis 6.
        lo_7 (int or DataNode): Start of the range on axis 7.
        lo_8 (int or DataNode): Start of the range on axis 8.
        lo_9 (int or DataNode): Start of the range on axis 9.
        num_subscripts (int): Number of subscripts, to check the number of axes against.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        step_0 (int or DataNode): Step of the range on axis 0.
        step_1 (int or DataNode): Step of the range on axis 1.
        step_10 (int or DataNode): Step of the range on axis 10.
        step_11 (int or DataNode): Step of the range on axis 11.
        step_12 (int or DataNode): Step of the range on axis 12.
        step_13 (int or DataNode): Step of the range on axis 13.
        step_14 (int or DataNode): Step of the range on axis 14.
        step_15 (int or DataNode): Step of the range on axis 15.
        step_16 (int or DataNode): Step of the range on axis 16.
        step_17 (int or DataNode): Step of the range on axis 17.
        step_18 (int or DataNode): Step of the range on axis 18.
        step_19 (int or DataNode): Step of the range on axis 19.
        step_2 (int or DataNode): Step of the range on axis 2.
        step_20 (int or DataNode): Step of the range on axis 20.
        step_21 (int or DataNode): Step of the range on axis 21.
        step_22 (int or DataNode): Step of the range on axis 22.
        step_23 (int or DataNode): Step of the range on axis 23.
        step_24 (int or DataNode): Step of the range on axis 24.
        step_25 (int or DataNode): Step of the range on axis 25.
        step_26 (int or DataNode): Step of the range on axis 26.
        step_27 (int or DataNode): Step of the range on axis 27.
        step_28 (int or DataNode): Step of the range on axis 28.
        step_29 (int or DataNode): Step of the range on axis 29.
        step_3 (int or DataNode): Step of the range on axis 3.
        step_30 (int or DataNode): Step of the range on axis 30.
        step_31 (int or DataNode): Step of the range on axis 31.
        step_4 (int or DataNode): Step of the range on axis 4.
        step_5 (int or DataNode): Step of the range on axis 5.
        step_6 (int or DataNode): Step of the range on axis 6.
        step_7 (int or DataNode): Step of the range on axis 7.
        step_8 (int or DataNode): Step of the range on axis 8.
        step_9 (int or DataNode): Step of the range on axis 9.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        at_0: int | DataNode | None = None,
        at_1: int | DataNode | None = None,
        at_10: int | DataNode | None = None,
        at_11: int | DataNode | None = None,
        at_12: int | DataNode | None = None,
        at_13: int | DataNode | None = None,
        at_14: int | DataNode | None = None,
        at_15: int | DataNode | None = None,
        at_16: int | DataNode | None = None,
        at_17: int | DataNode | None = None,
        at_18: int | DataNode | None = None,
        at_19: int | DataNode | None = None,
        at_2: int | DataNode | None = None,
        at_20: int | DataNode | None = None,
        at_21: int | DataNode | None = None,
        at_22: int | DataNode | None = None,
        at_23: int | DataNode | None = None,
        at_24: int | DataNode | None = None,
        at_25: int | DataNode | None = None,
        at_26: int | DataNode | None = None,
        at_27: int | DataNode | None = None,
        at_28: int | DataNode | None = None,
        at_29: int | DataNode | None = None,
        at_3: int | DataNode | None = None,
        at_30: int | DataNode | None = None,
        at_31: int | DataNode | None = None,
        at_4: int | DataNode | None = None,
        at_5: int | DataNode | None = None,
        at_6: int | DataNode | None = None,
        at_7: int | DataNode | None = None,
        at_8: int | DataNode | None = None,
        at_9: int | DataNode | None = None,
        bytes_per_sample_hint: Ints = (0,),
        hi_0: int | DataNode | None = None,
        hi_1: int | DataNode | None = None,
        hi_10: int | DataNode | None = None,
        hi_11: int | DataNode | None = None,
        hi_12: int | DataNode | None = None,
        hi_13: int | DataNode | None = None,
        hi_14: int | DataNode | None = None,
        hi_15: int | DataNode | None = None,
        hi_16: int | DataNode | None = None,
        hi_17: int | DataNode | None = None,
        hi_18: int | DataNode | None = None,
        hi_19: int | DataNode | None = None,
        hi_2: int | DataNode | None = None,
        hi_20: int | DataNode | None = None,
        hi_21: int | DataNode | None = None,
        hi_22: int | DataNode | None = None,
        hi_23: int | DataNode | None = None,
        hi_24: int | DataNode | None = None,
        hi_25: int | DataNode | None = None,
        hi_26: int | DataNode | None = None,
        hi_27: int | DataNode | None = None,
        hi_28: int | DataNode | None = None,
        hi_29: int | DataNode | None = None,
        hi_3: int | DataNode | None = None,
        hi_30: int | DataNode | None = None,
        hi_31: int | DataNode | None = None,
        hi_4: int | DataNode | None = None,
        hi_5: int | DataNode | None = None,
        hi_6: int | DataNode | None = None,
        hi_7: int | DataNode | None = None,
        hi_8: int | DataNode | None = None,
        hi_9: int | DataNode | None = None,
        lo_0: int | DataNode | None = None,
        lo_1: int | DataNode | None = None,
        lo_10: int | DataNode | None = None,
        lo_11: int | DataNode | None = None,
        lo_12: int | DataNode | None = None,
        lo_13: int | DataNode | None = None,
        lo_14: int | DataNode | None = None,
        lo_15: int | DataNode | None = None,
        lo_16: int | DataNode | None = None,
        lo_17: int | DataNode | None = None,
        lo_18: int | DataNode | None = None,
        lo_19: int | DataNode | None = None,
        lo_2: int | DataNode | None = None,
        lo_20: int | DataNode | None = None,
        lo_21: int | DataNode | None = None,
        lo_22: int | DataNode | None = None,
        lo_23: int | DataNode | None = None,
        lo_24: int | DataNode | None = None,
        lo_25: int | DataNode | None = None,
        lo_26: int | DataNode | None = None,
        lo_27: int | DataNode | None = None,
        lo_28: int | DataNode | None = None,
        lo_29: int | DataNode | None = None,
        lo_3: int | DataNode | None = None,
        lo_30: int | DataNode | None = None,
        lo_31: int | DataNode | None = None,
        lo_4: int | DataNode | None = None,
        lo_5: int | DataNode | None = None,
        lo_6: int | DataNode | None = None,
        lo_7: int | DataNode | None = None,
        lo_8: int | DataNode | None = None,
        lo_9: int | DataNode | None = None,
        num_subscripts: int | None = None,
        preserve: bool = False,
        step_0: int | DataNode | None = None,
        step_1: int | DataNode | None = None,
        step_10: int | DataNode | None = None,
        step_11: int | DataNode | None = None,
        step_12: int | DataNode | None = None,
        step_13: int | DataNode | None = None,
        step_14: int | DataNode | None = None,
        step_15: int | DataNode | None = None,
        step_16: int | DataNode | None = None,
        step_17: int | DataNode | None = None,
        step_18: int | DataNode | None = None,
        step_19: int | DataNode | None = None,
        step_2: int | DataNode | None = None,
        step_20: int | DataNode | None = None,
        step_21: int | DataNode | None = None,
        step_22: int | DataNode | None = None,
        step_23: int | DataNode | None = None,
        step_24: int | DataNode | None = None,
        step_25: int | DataNode | None = None,
        step_26: int | DataNode | None = None,
        step_27: int | DataNode | None = None,
        step_28: int | DataNode | None = None,
        step_29: int | DataNode | None = None,
        step_3: int | DataNode | None = None,
        step_30: int | DataNode | None = None,
        step_31: int | DataNode | None = None,
        step_4: int | DataNode | None = None,
        step_5: int | DataNode | None = None,
        step_6: int | DataNode | None = None,
        step_7: int | DataNode | None = None,
        step_8: int | DataNode | None = None,
        step_9: int | DataNode | None = None,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        at_0: int | DataNode | None = None,
        at_1: int | DataNode | None = None,
        at_10: int | DataNode | None = None,
        at_11: int | DataNode | None = None,
        at_12: int | DataNode | None = None,
        at_13: int | DataNode | None = None,
        at_14: int | DataNode | None = None,
        at_15: int | DataNode | None = None,
        at_16: int | DataNode | None = None,
        at_17: int | DataNode | None = None,
        at_18: int | DataNode | None = None,
        at_19: int | DataNode | None = None,
        at_2: int | DataNode | None = None,
        at_20: int | DataNode | None = None,
        at_21: int | DataNode | None = None,
        at_22: int | DataNode | None = None,
        at_23: int | DataNode | None = None,
        at_24: int | DataNode | None = None,
        at_25: int | DataNode | None = None,
        at_26: int | DataNode | None = None,
        at_27: int | DataNode | None = None,
        at_28: int | DataNode | None = None,
        at_29: int | DataNode | None = None,
        at_3: int | DataNode | None = None,
        at_30: int | DataNode | None = None,
        at_31: int | DataNode | None = None,
        at_4: int | DataNode | None = None,
        at_5: int | DataNode | None = None,
        at_6: int | DataNode | None = None,
        at_7: int | DataNode | None = None,
        at_8: int | DataNode | None = None,
        at_9: int | DataNode | None = None,
        hi_0: int | DataNode | None = None,
        hi_1: int | DataNode | None = None,
        hi_10: int | DataNode | None = None,
        hi_11: int | DataNode | None = None,
        hi_12: int | DataNode | None = None,
        hi_13: int | DataNode | None = None,
        hi_14: int | DataNode | None = None,
        hi_15: int | DataNode | None = None,
        hi_16: int | DataNode | None = None,
        hi_17: int | DataNode | None = None,
        hi_18: int | DataNode | None = None,
        hi_19: int | DataNode | None = None,
        hi_2: int | DataNode | None = None,
        hi_20: int | DataNode | None = None,
        hi_21: int | DataNode | None = None,
        hi_22: int | DataNode | None = None,
        hi_23: int | DataNode | None = None,
        hi_24: int | DataNode | None = None,
        hi_25: int | DataNode | None = None,
        hi_26: int | DataNode | None = None,
        hi_27: int | DataNode | None = None,
        hi_28: int | DataNode | None = None,
        hi_29: int | DataNode | None = None,
        hi_3: int | DataNode | None = None,
        hi_30: int | DataNode | None = None,
        hi_31: int | DataNode | None = None,
        hi_4: int | DataNode | None = None,
        hi_5: int | DataNode | None = None,
        hi_6: int | DataNode | None = None,
        hi_7: int | DataNode | None = None,
        hi_8: int | DataNode | None = None,
        hi_9: int | DataNode | None = None,
        lo_0: int | DataNode | None = None,
        lo_1: int | DataNode | None = None,
        lo_10: int | DataNode | None = None,
        lo_11: int | DataNode | None = None,
        lo_12: int | DataNode | None = None,
        lo_13: int | DataNode | None = None,
        lo_14: int | DataNode | None = None,
        lo_15: int | DataNode | None = None,
        lo_16: int | DataNode | None = None,
        lo_17: int | DataNode | None = None,
        lo_18: int | DataNode | None = None,
        lo_19: int | DataNode | None = None,
        lo_2: int | DataNode | None = None,
        lo_20: int | DataNode | None = None,
        lo_21: int | DataNode | None = None,
        lo_22: int | DataNode | None = None,
        lo_23: int | DataNode | None = None,
        lo_24: int | DataNode | None = None,
        lo_25: int | DataNode | None = None,
        lo_26: int | DataNode | None = None,
        lo_27: int | DataNode | None = None,
        lo_28: int | DataNode | None = None,
        lo_29: int | DataNode | None = None,
        lo_3: int | DataNode | None = None,
        lo_30: int | DataNode | None = None,
        lo_31: int | DataNode | None = None,
        lo_4: int | DataNode | None = None,
        lo_5: int | DataNode | None = None,
        lo_6: int | DataNode | None = None,
        lo_7: int | DataNode | None = None,
        lo_8: int | DataNode | None = None,
        lo_9: int | DataNode | None = None,
        step_0: int | DataNode | None = None,
        step_1: int | DataNode | None = None,
        step_10: int | DataNode | None = None,
        step_11: int | DataNode | None = None,
        step_12: int | DataNode | None = None,
        step_13: int | DataNode | None = None,
        step_14: int | DataNode | None = None,
        step_15: int | DataNode | None = None,
        step_16: int | DataNode | None = None,
        step_17: int | DataNode | None = None,
        step_18: int | DataNode | None = None,
        step_19: int | DataNode | None = None,
        step_2: int | DataNode | None = None,
        step_20: int | DataNode | None = None,
        step_21: int | DataNode | None = None,
        step_22: int | DataNode | None = None,
        step_23: int | DataNode | None = None,
        step_24: int | DataNode | None = None,
        step_25: int | DataNode | None = None,
        step_26: int | DataNode | None = None,
        step_27: int | DataNode | None = None,
        step_28: int | DataNode | None = None,
        step_29: int | DataNode | None = None,
        step_3: int | DataNode | None = None,
        step_30: int | DataNode | None = None,
        step_31: int | DataNode | None = None,
        step_4: int | DataNode | None = None,
        step_5: int | DataNode | None = None,
        step_6: int | DataNode | None = None,
        step_7: int | DataNode | None = None,
        step_8: int | DataNode | None = None,
        step_9: int | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class ToDecibels(OperatorClass):
    """Converts magnitudes to decibels.

    Computes multiplier * log10(max(x / reference, min_ratio)), with min_ratio = 10 ** (cutoff_db / multiplier), but
    no
    less than the smallest float32. NaN becomes the lowest value. The output is float32; shape and layout stay.

    Fails on other types than float32.

    Inputs:
        data: float32 magnitudes, not negative.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        cutoff_db (float): Lowest value of the output, in dB. Default: -200.0.
        multiplier (float): Factor of the decimal logarithm: 10 for powers, 20 for amplitudes. Default: 10.0.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        reference (float): Magnitude that becomes 0 dB; if not given, the largest of the sample. Default: 0.0.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        cutoff_db: float = -200.0,
        multiplier: float = 10.0,
        preserve: bool = False,
        reference: float = 0.0,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class TransformTranslation(OperatorClass):
    """Makes the matrix of a shift, FLOAT of shape (n, n + 1); applied to the input's transform if there is one.

    Inputs:
        matrix: Optional; a transform to combine with: FLOAT of shape (n, n + 1), or (frames, n, n + 1).

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        offset (list of float or DataNode): How far to shift, one number for each dimension.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        reverse_order (bool): Whether the input's transform is applied after this one, and not before it. Without
            effect if there is none. Default: False.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        offset: Floats | DataNode | None = None,
        preserve: bool = False,
        reverse_order: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *inputs: Input,
        offset: Floats | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class Transpose(OperatorClass):
    """Reorders the axes: axis ``i`` of the output is axis ``perm[i]`` of the input.

    Inputs:
        data: Any data.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        output_layout (layout): Layout of the output; ``transpose_layout`` is ignored then.
        perm (list of int): For each axis of the output, the axis of the input; reversed by default.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        transpose_layout (bool): Permute the layout, too; otherwise it stays that of the input. Default: True.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        output_layout: Layout | None = None,
        perm: Ints | None = None,
        preserve: bool = False,
        transpose_layout: bool = True,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class Uniform(OperatorClass):
    """Generates uniformly distributed numbers.

    They come from the interval ``range``, or from the list ``values`` with equal probability. The output is FLOAT
    by
    default; it has the shape ``shape``, or that of the optional input, or is one number.

    Inputs:
        shape_like: Optional; each output sample gets the shape of this one. Its values are not used.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output. Numbers are rounded (halves away from zero) and clamped to the
            range of an integer type.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        range (list of float or DataNode): Interval ``[min, max)`` of a continuous distribution. With an integer
            ``dtype`` the rounded numbers may reach ``max``. Ignored when ``values`` is given. Default: (-1.0, 1.0).
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        shape (list of int or DataNode): Shape of each sample; a single number by default.
        values (list of float or DataNode): The values of a discrete distribution.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        preserve: bool = False,
        range: Floats | DataNode = (-1.0, 1.0),
        seed: int = -1,
        shape: Ints | DataNode | None = None,
        values: Floats | DataNode | None = None,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *inputs: Input,
        range: Floats | DataNode | None = None,
        shape: Ints | DataNode | None = None,
        values: Floats | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class VideoReader(OperatorClass):
    """Reads sequences of frames from videos of any format that FFmpeg knows.

    The outputs are

    * the frames, (frames, height, width, 3), layout FHWC;
    * the label, int32 of shape (1,), with ``labels`` (an empty list stands for the numbers of the files),
      ``file_list`` or ``file_root``;
    * with ``enable_frame_num``, the numbers of the frames;
    * with ``enable_timestamps``, their times.

    In DALI this runs on the GPU only; here it is the same reader as experimental.readers.video, whose page says how
    videos are found, divided into sequences, counted and decoded, under the older arguments. A variable frame rate
    makes no difference.

    Raises:
        ArgumentError: arguments that exclude each other, a list or folder that cannot be read, or nothing to read.

    Args:
        additional_decode_surfaces (int): Concerns the decoder of a GPU; without effect. Default: 2.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        channels (int): Number of channels; there are always 3. Default: 3.
        dont_use_mmap (bool): Read containers (files with many samples) with plain I/O, instead of mapping them and
            handing out views of the mapped memory. Files with one sample each are always read. Default: False.
        dtype (DALIDataType): Type of the frames: UINT8 or FLOAT. Default: DALIDataType.UINT8.
        enable_frame_num (str): An output with the numbers of frames, int32: "scalar" (or True) for that of the
            first frame, of shape (1,); "sequence" for those of all frames, -1 for one that is filled in; "none" (or
            False) for no such output. Default: none.
        enable_timestamps (bool): An output with the times of the frames in seconds, float64 of shape (frames,), -1
            for one that is filled in. The first frame of the video is at 0. Default: False.
        fetch_bytes (int): With fetch_concurrency above 1: how many bytes of samples may be under way or waiting,
            beyond the one whose turn is next. Not in DALI. Default: 268435456.
        fetch_concurrency (int): How many samples are loaded at the same time, by threads of their own that work
            ahead; with 1, one after the other. Their order does not change. Worth it where latency is high: network
            file systems, object stores. Not in DALI. Default: 1.
        file_list (str): A text file with a file name, a label and optionally start and end on each line, divided by
            white space: the frames from start until before end are read. Lines whose start and end are the same are
            left out.
        file_list_frame_num (bool): Start and end in the list are numbers of frames from 0, of which negative ones
            count from the end; the start is rounded up and the end down. Otherwise they are times in seconds.
            Default: False.
        file_list_include_preceding_frame (bool): Round a start time down to the frame before it and an end time up
            to the frame after it, rather than the other way round. Without effect on numbers of frames. Default:
            False.
        file_root (str): Folder that holds one folder of videos for each class.
        filenames (list of str): Names of the videos.
        image_type (DALIImageType): Colours of the frames: RGB or YCbCr. Default: DALIImageType.RGB.
        initial_fill (int): Size, in samples, of the window from which random_shuffle draws. Only sample numbers are
            held in it, so a large window costs neither memory nor a slow start. Default: 1024.
        labels (list of int): Labels of the videos in filenames.
        lazy_init (bool): Look for the data when it is first needed (the first read, or a question about the epoch's
            size) and not when the pipeline is built. Default: False.
        normalized (bool): Values from 0 to 1 instead of 0 to 255; needs dtype FLOAT. Default: False.
        num_shards (int): Number of parts that the data is divided into, for instance one a process. Default: 1.
        pad_last_batch (bool): Repeat the last sample of the shard until every shard has as many batches and the
            last one is full. Default: False.
        pad_sequences (bool): Also read the sequences that go beyond the end; frames that are missing are black.
            Default: False.
        prefetch_queue_depth (int): How many batches are read ahead of the iterations under way. Default: 1.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        random_shuffle (bool): Shuffle: each sample is drawn from a window of initial_fill samples that moves over
            the data. Default: False.
        read_ahead (bool): Ask the system to read containers into memory when they are opened; a hint. Default:
            False.
        sampler (object): An object that says which samples are delivered in an epoch and in which order, see
            adali.samplers. Not together with random_shuffle or shuffle_after_epoch; every epoch is divided into
            shards anew, so that stick_to_shard makes no difference. Not in DALI.
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        sequence_length (int): Number of frames in a sequence.
        shard_id (int): Number of the shard to read, from 0. Default: 0.
        skip_cached_images (bool): Do not read what a decoder's cache holds. Decoders have no cache here, so that
            everything is read. Default: False.
        skip_vfr_check (bool): Without effect: videos of a variable frame rate are read as they are, frame by frame,
            so nothing is checked. Default: False.
        step (int): From the first frame of a sequence to the first frame of the next one, in frames. By default
            (-1) sequences follow one another: sequence_length * stride. Default: -1.
        stick_to_shard (bool): Read the same shard in every epoch; otherwise each epoch goes on with the next shard.
            Default: False.
        stride (int): From each frame of a sequence to the next one, in frames. Default: 1.
        tensor_init_bytes (int): Expected size of a sample in bytes; a hint. Default: 1048576.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        additional_decode_surfaces: int = 2,
        bytes_per_sample_hint: Ints = (0,),
        channels: int = 3,
        dont_use_mmap: bool = False,
        dtype: DType = DALIDataType.UINT8,
        enable_frame_num: Str = "none",
        enable_timestamps: bool = False,
        fetch_bytes: int = 268435456,
        fetch_concurrency: int = 1,
        file_list: Str | None = None,
        file_list_frame_num: bool = False,
        file_list_include_preceding_frame: bool = False,
        file_root: Str | None = None,
        filenames: Strs | None = None,
        image_type: DALIImageType = DALIImageType.RGB,
        initial_fill: int = 1024,
        labels: Ints | None = None,
        lazy_init: bool = False,
        normalized: bool = False,
        num_shards: int = 1,
        pad_last_batch: bool = False,
        pad_sequences: bool = False,
        prefetch_queue_depth: int = 1,
        preserve: bool = False,
        random_shuffle: bool = False,
        read_ahead: bool = False,
        sampler: Any = None,
        seed: int = -1,
        sequence_length: int,
        shard_id: int = 0,
        skip_cached_images: bool = False,
        skip_vfr_check: bool = False,
        step: int = -1,
        stick_to_shard: bool = False,
        stride: int = 1,
        tensor_init_bytes: int = 1048576,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *,
        name: str | None = None,
    ) -> Any: ...

class VideoReaderResize(OperatorClass):
    """Reads sequences of frames from videos, and resizes the frames: readers.video and resize in one.

    The outputs are those of readers.video. Sizes, regions and filters may be data of the graph.

    Raises:
        ArgumentError: arguments that exclude each other, no size, a list or folder that cannot be read, or nothing
            to
            read.

    Args:
        additional_decode_surfaces (int): Concerns the decoder of a GPU; without effect. Default: 2.
        antialias (bool): Stretch the filter when scaling down, so that every input pixel counts. Nearest neighbour
            has no such filter. Default: True.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        channels (int): Number of channels; there are always 3. Default: 3.
        dont_use_mmap (bool): Read containers (files with many samples) with plain I/O, instead of mapping them and
            handing out views of the mapped memory. Files with one sample each are always read. Default: False.
        dtype (DALIDataType): Type of the frames: UINT8 or FLOAT. Default: DALIDataType.UINT8.
        enable_frame_num (str): An output with the numbers of frames, int32: "scalar" (or True) for that of the
            first frame, of shape (1,); "sequence" for those of all frames, -1 for one that is filled in; "none" (or
            False) for no such output. Default: none.
        enable_timestamps (bool): An output with the times of the frames in seconds, float64 of shape (frames,), -1
            for one that is filled in. The first frame of the video is at 0. Default: False.
        fetch_bytes (int): With fetch_concurrency above 1: how many bytes of samples may be under way or waiting,
            beyond the one whose turn is next. Not in DALI. Default: 268435456.
        fetch_concurrency (int): How many samples are loaded at the same time, by threads of their own that work
            ahead; with 1, one after the other. Their order does not change. Worth it where latency is high: network
            file systems, object stores. Not in DALI. Default: 1.
        file_list (str): A text file with a file name, a label and optionally start and end on each line, divided by
            white space: the frames from start until before end are read. Lines whose start and end are the same are
            left out.
        file_list_frame_num (bool): Start and end in the list are numbers of frames from 0, of which negative ones
            count from the end; the start is rounded up and the end down. Otherwise they are times in seconds.
            Default: False.
        file_list_include_preceding_frame (bool): Round a start time down to the frame before it and an end time up
            to the frame after it, rather than the other way round. Without effect on numbers of frames. Default:
            False.
        file_root (str): Folder that holds one folder of videos for each class.
        filenames (list of str): Names of the videos.
        image_type (DALIImageType): Colours of the frames: RGB or YCbCr. Default: DALIImageType.RGB.
        initial_fill (int): Size, in samples, of the window from which random_shuffle draws. Only sample numbers are
            held in it, so a large window costs neither memory nor a slow start. Default: 1024.
        interp_type (DALIInterpType or DataNode): Interpolation, both for scaling down and up. Default:
            DALIInterpType.INTERP_LINEAR.
        labels (list of int): Labels of the videos in filenames.
        lazy_init (bool): Look for the data when it is first needed (the first read, or a question about the epoch's
            size) and not when the pipeline is built. Default: False.
        mag_filter (DALIInterpType or DataNode): Interpolation for axes that are not scaled down; interp_type by
            default. Default: DALIInterpType.INTERP_LINEAR.
        max_size (list of float): Upper limit of the output's sides, one value or one for each axis. Where the
            aspect ratio is kept, it is kept under this limit too.
        min_filter (DALIInterpType or DataNode): Interpolation for axes that are scaled down; interp_type by
            default. Default: DALIInterpType.INTERP_LINEAR.
        minibatch_size (int): Images in one launch of a GPU kernel; without effect on the CPU. Default: 32.
        mode (str): "default": as large as asked, axes without a size are scaled by the (geometric) mean of the
            others; "stretch": axes without a size keep theirs; "not_larger": the aspect ratio is kept and no side
            exceeds its size; "not_smaller": the aspect ratio is kept and no side falls below its size. Default:
            default.
        normalized (bool): Values from 0 to 1 instead of 0 to 255; needs dtype FLOAT. Default: False.
        num_shards (int): Number of parts that the data is divided into, for instance one a process. Default: 1.
        pad_last_batch (bool): Repeat the last sample of the shard until every shard has as many batches and the
            last one is full. Default: False.
        pad_sequences (bool): Also read the sequences that go beyond the end; frames that are missing are black.
            Default: False.
        prefetch_queue_depth (int): How many batches are read ahead of the iterations under way. Default: 1.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        random_shuffle (bool): Shuffle: each sample is drawn from a window of initial_fill samples that moves over
            the data. Default: False.
        read_ahead (bool): Ask the system to read containers into memory when they are opened; a hint. Default:
            False.
        resize_longer (float or DataNode): Length of the longest side of the output; the aspect ratio is kept.
            Default: 0.0.
        resize_shorter (float or DataNode): Length of the shortest side of the output; the aspect ratio is kept.
            max_size limits the other sides. Default: 0.0.
        resize_x (float or DataNode): Width of the output; 0 leaves it to mode, negative mirrors. Default: 0.0.
        resize_y (float or DataNode): Height of the output; 0 leaves it to mode, negative mirrors. Default: 0.0.
        resize_z (float or DataNode): Depth of the output; 0 leaves it to mode, negative mirrors. Default: 0.0.
        roi_end (list of float or DataNode): Where the region ends; given together with roi_start.
        roi_relative (bool): Whether the region is given as fractions of the input's sides. Default: False.
        roi_start (list of float or DataNode): Where the region of the input starts, in the order of size, in pixels
            (or see roi_relative). An axis whose region ends before it starts is mirrored (but not an axis without a
            size in the modes default and stretch).
        sampler (object): An object that says which samples are delivered in an epoch and in which order, see
            adali.samplers. Not together with random_shuffle or shuffle_after_epoch; every epoch is divided into
            shards anew, so that stick_to_shard makes no difference. Not in DALI.
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        sequence_length (int): Number of frames in a sequence.
        shard_id (int): Number of the shard to read, from 0. Default: 0.
        size (list of float or DataNode): Size of the output, one value for each spatial axis (one value stands for
            all); 0 leaves an axis to mode. A negative value mirrors the axis.
        skip_cached_images (bool): Do not read what a decoder's cache holds. Decoders have no cache here, so that
            everything is read. Default: False.
        skip_vfr_check (bool): Without effect: videos of a variable frame rate are read as they are, frame by frame,
            so nothing is checked. Default: False.
        step (int): From the first frame of a sequence to the first frame of the next one, in frames. By default
            (-1) sequences follow one another: sequence_length * stride. Default: -1.
        stick_to_shard (bool): Read the same shard in every epoch; otherwise each epoch goes on with the next shard.
            Default: False.
        stride (int): From each frame of a sequence to the next one, in frames. Default: 1.
        subpixel_scale (bool): When a computed size is not whole, move the region's edges a little so that the scale
            stays exact; otherwise the scale changes a little. Default: True.
        temp_buffer_hint (int): First size of a GPU buffer in bytes; without effect on the CPU. Default: 0.
        tensor_init_bytes (int): Expected size of a sample in bytes; a hint. Default: 1048576.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        additional_decode_surfaces: int = 2,
        antialias: bool = True,
        bytes_per_sample_hint: Ints = (0,),
        channels: int = 3,
        dont_use_mmap: bool = False,
        dtype: DType = DALIDataType.UINT8,
        enable_frame_num: Str = "none",
        enable_timestamps: bool = False,
        fetch_bytes: int = 268435456,
        fetch_concurrency: int = 1,
        file_list: Str | None = None,
        file_list_frame_num: bool = False,
        file_list_include_preceding_frame: bool = False,
        file_root: Str | None = None,
        filenames: Strs | None = None,
        image_type: DALIImageType = DALIImageType.RGB,
        initial_fill: int = 1024,
        interp_type: DALIInterpType | DataNode = DALIInterpType.INTERP_LINEAR,
        labels: Ints | None = None,
        lazy_init: bool = False,
        mag_filter: DALIInterpType | DataNode = DALIInterpType.INTERP_LINEAR,
        max_size: Floats | None = None,
        min_filter: DALIInterpType | DataNode = DALIInterpType.INTERP_LINEAR,
        minibatch_size: int = 32,
        mode: Str = "default",
        normalized: bool = False,
        num_shards: int = 1,
        pad_last_batch: bool = False,
        pad_sequences: bool = False,
        prefetch_queue_depth: int = 1,
        preserve: bool = False,
        random_shuffle: bool = False,
        read_ahead: bool = False,
        resize_longer: float | DataNode = 0.0,
        resize_shorter: float | DataNode = 0.0,
        resize_x: float | DataNode = 0.0,
        resize_y: float | DataNode = 0.0,
        resize_z: float | DataNode = 0.0,
        roi_end: Floats | DataNode | None = None,
        roi_relative: bool = False,
        roi_start: Floats | DataNode | None = None,
        sampler: Any = None,
        seed: int = -1,
        sequence_length: int,
        shard_id: int = 0,
        size: Floats | DataNode | None = None,
        skip_cached_images: bool = False,
        skip_vfr_check: bool = False,
        step: int = -1,
        stick_to_shard: bool = False,
        stride: int = 1,
        subpixel_scale: bool = True,
        temp_buffer_hint: int = 0,
        tensor_init_bytes: int = 1048576,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *,
        interp_type: DALIInterpType | DataNode | None = None,
        mag_filter: DALIInterpType | DataNode | None = None,
        min_filter: DALIInterpType | DataNode | None = None,
        resize_longer: float | DataNode | None = None,
        resize_shorter: float | DataNode | None = None,
        resize_x: float | DataNode | None = None,
        resize_y: float | DataNode | None = None,
        resize_z: float | DataNode | None = None,
        roi_end: Floats | DataNode | None = None,
        roi_start: Floats | DataNode | None = None,
        size: Floats | DataNode | None = None,
        name: str | None = None,
    ) -> Any: ...

class WarpAffine(OperatorClass):
    """Applies an affine transform to images: ``out(x, y) = in(m11 x + m12 y + m13, m21 x + m22 y + m23)``.

    Coordinates are in pixels; (0, 0) is the corner of the first pixel, (0.5, 0.5) its centre. For volumes points
    are
    (x, y, z). The output has the size of the input unless ``size`` is given.

    Inputs:
        images: Images, volumes or sequences of them: UINT8, INT16, INT32 or FLOAT. Layouts: HWC, FHWC, DHWC, FDHWC.
        matrix_input: Optional; the matrices, FLOAT of shape (2, 3) or (3, 4), or one more axis for those of frames.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output: that of the input (the default) or FLOAT; for FLOAT input also
            UINT8, INT16 or INT32.
        fill_value (float): Value of what lies outside of the input; by default its border pixels are repeated.
        interp_type (DALIInterpType): INTERP_LINEAR or INTERP_NN. Default: DALIInterpType.INTERP_LINEAR.
        inverse_map (bool): Whether the matrix leads from the output to the input; if not, it is inverted first.
            Default: True.
        matrix (list of float or DataNode): Rows of the matrix: (m11, m12, m13, m21, m22, m23), 12 numbers for
            volumes; as an argument input of shape (2, 3) or (3, 4). Ignored where there is a second input.
        output_dtype (DALIDataType): Deprecated; use ``dtype``.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        size (list of float or DataNode): Size of the output in pixels, without channels: (height, width), or
            (depth, height, width) for volumes. A constant is rounded to whole numbers, at least 1; an argument
            input is cut off.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        fill_value: float | None = None,
        interp_type: DALIInterpType = DALIInterpType.INTERP_LINEAR,
        inverse_map: bool = True,
        matrix: Floats | DataNode | None = None,
        output_dtype: DType | None = None,
        preserve: bool = False,
        size: Floats | DataNode | None = None,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        images: Input,
        /,
        *inputs: Input,
        matrix: Floats | DataNode | None = None,
        size: Floats | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class Water(OperatorClass):
    """Makes images look as if seen through water.

    The pixel at (x, y) comes from ``(x + ampl_x * sin(freq_x * y + phase_x), y + ampl_y * cos(freq_y * x +
    phase_y))``,
    where the corner of the first pixel is (0, 0).

    Inputs:
        images: Images of type UINT8 or FLOAT. Layouts: HWC.

    Args:
        ampl_x (float): Amplitude of the horizontal shift in pixels. Default: 10.0.
        ampl_y (float): Amplitude of the vertical shift in pixels. Default: 10.0.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        fill_value (float): Value of what comes from outside of the image; its fraction is cut off for UINT8 images.
            Default: 0.0.
        freq_x (float): Frequency of the horizontal shift, in radians a row. Default: 0.04908738657832146.
        freq_y (float): Frequency of the vertical shift, in radians a column. Default: 0.04908738657832146.
        interp_type (DALIInterpType): INTERP_NN or INTERP_LINEAR. Default: DALIInterpType.INTERP_NN.
        mask (int or DataNode): Images whose mask is 0 stay as they are. Default: 1.
        phase_x (float): Phase of the horizontal shift in radians. Default: 0.0.
        phase_y (float): Phase of the vertical shift in radians. Default: 0.0.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        ampl_x: float = 10.0,
        ampl_y: float = 10.0,
        bytes_per_sample_hint: Ints = (0,),
        fill_value: float = 0.0,
        freq_x: float = 0.04908738657832146,
        freq_y: float = 0.04908738657832146,
        interp_type: DALIInterpType = DALIInterpType.INTERP_NN,
        mask: int | DataNode = 1,
        phase_x: float = 0.0,
        phase_y: float = 0.0,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        images: Input,
        /,
        *,
        mask: int | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class Zeros(OperatorClass):
    """Makes data of the given shape and type, filled with zeros.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output. Default: DALIDataType.INT32.
        layout (layout): Layout of the output.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        shape (list of int or DataNode): Shape of the output; a single number by default.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType = DALIDataType.INT32,
        layout: Layout | None = None,
        preserve: bool = False,
        shape: Ints | DataNode | None = None,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *,
        shape: Ints | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class ZerosLike(OperatorClass):
    """Makes data like the input, filled with zeros.

    Inputs:
        data_like: Its shape, type and layout are those of the output.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output; that of the input by default.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data_like: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class nvJPEGDecoder(OperatorClass):
    """Decodes an image: JPEG, PNG, BMP, TIFF, WebP, PNM or JPEG 2000.

    The output is (height, width, channels), layout HWC. Bytes that are no image, or a truncated one, are an error
    of
    their sample (``ImageDecodeError``).

    Inputs:
        encoded: The bytes of one image file, uint8.

    Args:
        adjust_orientation (bool): Turn the image upright as its EXIF orientation says. Default: True.
        affine (bool): Tie each thread to one core. Accepted and without effect. Default: True.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        cache_batch_copy (bool): Copy several images from the cache at once. Accepted and without effect. Default:
            True.
        cache_debug (bool): Report what the cache does. Accepted and without effect. Default: False.
        cache_size (int): Size of the cache of decoded images in megabytes. Accepted and without effect. Default: 0.
        cache_threshold (int): Images of fewer bytes are not cached. Accepted and without effect. Default: 0.
        cache_type (str): What is cached: "threshold" or "largest". Accepted and without effect. Default: .
        device_memory_padding (int): Device memory to allocate at first, in bytes. Concerns device="mixed" only.
            Default: 16777216.
        device_memory_padding_jpeg2k (int): The same for JPEG 2000. Concerns device="mixed" only. Default: 0.
        dtype (DALIDataType): Type of the output. The range of the stored samples is scaled to that of the type
            (0..1 for FLOAT). Default: DALIDataType.UINT8.
        host_memory_padding (int): Pinned host memory to allocate at first, in bytes. Concerns device="mixed" only.
            Default: 8388608.
        host_memory_padding_jpeg2k (int): The same for JPEG 2000. Concerns device="mixed" only. Default: 0.
        hw_decoder_load (float): Share of the images that the hardware decoder gets, where the device has one; 0
            leaves it out. Concerns device="mixed" only. Default: 0.65.
        hybrid_huffman_threshold (int): Pixels from which on the GPU decodes Huffman codes. Concerns device="mixed"
            only. Default: 1000000.
        jpeg_fancy_upsampling (bool): Interpolate the chroma of a JPEG with device="mixed" as the CPU does; on the
            CPU it always is. Default: False.
        memory_stats (bool): Deprecated and ignored. Default: False.
        output_type (DALIImageType): Colours of the output: RGB, BGR, GRAY, YCbCr (ITU-R BT.601, computed from RGB),
            or ANY_DATA, which keeps the channels of the file. Default: DALIImageType.RGB.
        preallocate_height_hint (int): Expected height of the images in pixels; with both, the hardware decoder
            allocates at first. Concerns device="mixed" only. Default: 0.
        preallocate_width_hint (int): Expected width of the images in pixels. Concerns device="mixed" only. Default:
            0.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        split_stages (bool): Deprecated and ignored. Default: False.
        use_chunk_allocator (bool): Deprecated and ignored. Default: False.
        use_fast_idct (bool): Decode JPEGs on the CPU with the faster, less exact inverse DCT. Default: False.
        device (str): cpu or mixed.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        adjust_orientation: bool = True,
        affine: bool = True,
        bytes_per_sample_hint: Ints = (0,),
        cache_batch_copy: bool = True,
        cache_debug: bool = False,
        cache_size: int = 0,
        cache_threshold: int = 0,
        cache_type: Str = "",
        device_memory_padding: int = 16777216,
        device_memory_padding_jpeg2k: int = 0,
        dtype: DType = DALIDataType.UINT8,
        host_memory_padding: int = 8388608,
        host_memory_padding_jpeg2k: int = 0,
        hw_decoder_load: float = 0.65,
        hybrid_huffman_threshold: int = 1000000,
        jpeg_fancy_upsampling: bool = False,
        memory_stats: bool = False,
        output_type: DALIImageType = DALIImageType.RGB,
        preallocate_height_hint: int = 0,
        preallocate_width_hint: int = 0,
        preserve: bool = False,
        split_stages: bool = False,
        use_chunk_allocator: bool = False,
        use_fast_idct: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        encoded: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class nvJPEGDecoderCrop(OperatorClass):
    """Decodes a window of an image, of a given size and relative position.

    Only the window is decoded. It must lie inside the image. The output is (height, width, channels) of the window,
    layout HWC.

    Inputs:
        encoded: The bytes of one image file, uint8.

    Args:
        adjust_orientation (bool): Turn the image upright as its EXIF orientation says. Default: True.
        affine (bool): Tie each thread to one core. Accepted and without effect. Default: True.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        crop (list of float or DataNode): Size of the window in pixels: (height, width), (depth, height, width) for
            volumes or (frames, height, width) for sequences. An extent of 0 keeps that of the input. Fractions are
            cut off. Excludes crop_d, crop_h and crop_w.
        crop_d (float or DataNode): Depth of the window in voxels (or frames of a sequence); 0 keeps all of them.
            Default: 0.0.
        crop_h (float or DataNode): Height of the window in pixels; 0 keeps that of the input. Given together with
            crop_w. Default: 0.0.
        crop_pos_x (float or DataNode): Where the window lies, from 0 (left edges meet) to 1 (right edges meet): x =
            crop_pos_x * (W - width). Default: 0.5.
        crop_pos_y (float or DataNode): Where the window lies, from 0 (upper edges meet) to 1 (lower edges meet): y
            = crop_pos_y * (H - height). Default: 0.5.
        crop_pos_z (float or DataNode): Where the window of a volume lies, from 0 (front) to 1 (back): z =
            crop_pos_z * (D - depth). Default: 0.5.
        crop_w (float or DataNode): Width of the window in pixels; 0 keeps that of the input. Given together with
            crop_h. Default: 0.0.
        device_memory_padding (int): Device memory to allocate at first, in bytes. Concerns device="mixed" only.
            Default: 16777216.
        device_memory_padding_jpeg2k (int): The same for JPEG 2000. Concerns device="mixed" only. Default: 0.
        dtype (DALIDataType): Type of the output. The range of the stored samples is scaled to that of the type
            (0..1 for FLOAT). Default: DALIDataType.UINT8.
        host_memory_padding (int): Pinned host memory to allocate at first, in bytes. Concerns device="mixed" only.
            Default: 8388608.
        host_memory_padding_jpeg2k (int): The same for JPEG 2000. Concerns device="mixed" only. Default: 0.
        hw_decoder_load (float): Share of the images that the hardware decoder gets, where the device has one; 0
            leaves it out. Concerns device="mixed" only. Default: 0.65.
        hybrid_huffman_threshold (int): Pixels from which on the GPU decodes Huffman codes. Concerns device="mixed"
            only. Default: 1000000.
        jpeg_fancy_upsampling (bool): Interpolate the chroma of a JPEG with device="mixed" as the CPU does; on the
            CPU it always is. Default: False.
        memory_stats (bool): Deprecated and ignored. Default: False.
        output_type (DALIImageType): Colours of the output: RGB, BGR, GRAY, YCbCr (ITU-R BT.601, computed from RGB),
            or ANY_DATA, which keeps the channels of the file. Default: DALIImageType.RGB.
        preallocate_height_hint (int): Expected height of the images in pixels; with both, the hardware decoder
            allocates at first. Concerns device="mixed" only. Default: 0.
        preallocate_width_hint (int): Expected width of the images in pixels. Concerns device="mixed" only. Default:
            0.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        rounding (str): How the window's corner becomes a whole number: "round" (halves away from zero) or
            "truncate" (to zero). Default: round.
        split_stages (bool): Deprecated and ignored. Default: False.
        use_chunk_allocator (bool): Deprecated and ignored. Default: False.
        use_fast_idct (bool): Decode JPEGs on the CPU with the faster, less exact inverse DCT. Default: False.
        device (str): cpu or mixed.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        adjust_orientation: bool = True,
        affine: bool = True,
        bytes_per_sample_hint: Ints = (0,),
        crop: Floats | DataNode | None = None,
        crop_d: float | DataNode = 0.0,
        crop_h: float | DataNode = 0.0,
        crop_pos_x: float | DataNode = 0.5,
        crop_pos_y: float | DataNode = 0.5,
        crop_pos_z: float | DataNode = 0.5,
        crop_w: float | DataNode = 0.0,
        device_memory_padding: int = 16777216,
        device_memory_padding_jpeg2k: int = 0,
        dtype: DType = DALIDataType.UINT8,
        host_memory_padding: int = 8388608,
        host_memory_padding_jpeg2k: int = 0,
        hw_decoder_load: float = 0.65,
        hybrid_huffman_threshold: int = 1000000,
        jpeg_fancy_upsampling: bool = False,
        memory_stats: bool = False,
        output_type: DALIImageType = DALIImageType.RGB,
        preallocate_height_hint: int = 0,
        preallocate_width_hint: int = 0,
        preserve: bool = False,
        rounding: Str = "round",
        split_stages: bool = False,
        use_chunk_allocator: bool = False,
        use_fast_idct: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        encoded: Input,
        /,
        *,
        crop: Floats | DataNode | None = None,
        crop_d: float | DataNode | None = None,
        crop_h: float | DataNode | None = None,
        crop_pos_x: float | DataNode | None = None,
        crop_pos_y: float | DataNode | None = None,
        crop_pos_z: float | DataNode | None = None,
        crop_w: float | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class nvJPEGDecoderRandomCrop(OperatorClass):
    """Decodes a random window of an image, with a random area and aspect ratio.

    Only the window is decoded, which for a JPEG takes less time than the whole. The output is (height, width,
    channels) of the window, layout HWC.

    Inputs:
        encoded: The bytes of one image file, uint8.

    Args:
        adjust_orientation (bool): Turn the image upright as its EXIF orientation says. Default: True.
        affine (bool): Tie each thread to one core. Accepted and without effect. Default: True.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        device_memory_padding (int): Device memory to allocate at first, in bytes. Concerns device="mixed" only.
            Default: 16777216.
        device_memory_padding_jpeg2k (int): The same for JPEG 2000. Concerns device="mixed" only. Default: 0.
        dtype (DALIDataType): Type of the output. The range of the stored samples is scaled to that of the type
            (0..1 for FLOAT). Default: DALIDataType.UINT8.
        host_memory_padding (int): Pinned host memory to allocate at first, in bytes. Concerns device="mixed" only.
            Default: 8388608.
        host_memory_padding_jpeg2k (int): The same for JPEG 2000. Concerns device="mixed" only. Default: 0.
        hw_decoder_load (float): Share of the images that the hardware decoder gets, where the device has one; 0
            leaves it out. Concerns device="mixed" only. Default: 0.65.
        hybrid_huffman_threshold (int): Pixels from which on the GPU decodes Huffman codes. Concerns device="mixed"
            only. Default: 1000000.
        jpeg_fancy_upsampling (bool): Interpolate the chroma of a JPEG with device="mixed" as the CPU does; on the
            CPU it always is. Default: False.
        memory_stats (bool): Deprecated and ignored. Default: False.
        num_attempts (int): How often an area and an aspect ratio are drawn before giving up. Default: 10.
        output_type (DALIImageType): Colours of the output: RGB, BGR, GRAY, YCbCr (ITU-R BT.601, computed from RGB),
            or ANY_DATA, which keeps the channels of the file. Default: DALIImageType.RGB.
        preallocate_height_hint (int): Expected height of the images in pixels; with both, the hardware decoder
            allocates at first. Concerns device="mixed" only. Default: 0.
        preallocate_width_hint (int): Expected width of the images in pixels. Concerns device="mixed" only. Default:
            0.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        random_area (list of float): Range of the window's area as a fraction of the image's. Default: (0.08, 1.0).
        random_aspect_ratio (list of float): Range of the window's width divided by its height. Default: (0.75,
            1.3333333333333333).
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        split_stages (bool): Deprecated and ignored. Default: False.
        use_chunk_allocator (bool): Deprecated and ignored. Default: False.
        use_fast_idct (bool): Decode JPEGs on the CPU with the faster, less exact inverse DCT. Default: False.
        device (str): cpu or mixed.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        adjust_orientation: bool = True,
        affine: bool = True,
        bytes_per_sample_hint: Ints = (0,),
        device_memory_padding: int = 16777216,
        device_memory_padding_jpeg2k: int = 0,
        dtype: DType = DALIDataType.UINT8,
        host_memory_padding: int = 8388608,
        host_memory_padding_jpeg2k: int = 0,
        hw_decoder_load: float = 0.65,
        hybrid_huffman_threshold: int = 1000000,
        jpeg_fancy_upsampling: bool = False,
        memory_stats: bool = False,
        num_attempts: int = 10,
        output_type: DALIImageType = DALIImageType.RGB,
        preallocate_height_hint: int = 0,
        preallocate_width_hint: int = 0,
        preserve: bool = False,
        random_area: Floats = (0.08, 1.0),
        random_aspect_ratio: Floats = (0.75, 1.3333333333333333),
        seed: int = -1,
        split_stages: bool = False,
        use_chunk_allocator: bool = False,
        use_fast_idct: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        encoded: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class nvJPEGDecoderSlice(OperatorClass):
    """Decodes a window of an image; the window is given as for ``slice``, with the axes H and W (0 and 1).

    Only the window is decoded. It must lie inside the image and hold at least one pixel. The output is (height,
    width, channels) of the window, layout HWC.

    Inputs:
        encoded: The bytes of one image file, uint8.
        anchor: Optional: start of the window, one value for each sliced axis.
        shape: Optional, together with anchor: size of the window, of the same type.

    Args:
        adjust_orientation (bool): Turn the image upright as its EXIF orientation says. Default: True.
        affine (bool): Tie each thread to one core. Accepted and without effect. Default: True.
        axes (list of int or DataNode): The sliced axes by number; negative numbers count from the end. Excludes
            axis_names. Default: (1, 0).
        axis_names (layout): The sliced axes by their letters in the layout. Excludes axes. Default: WH.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        device_memory_padding (int): Device memory to allocate at first, in bytes. Concerns device="mixed" only.
            Default: 16777216.
        device_memory_padding_jpeg2k (int): The same for JPEG 2000. Concerns device="mixed" only. Default: 0.
        dtype (DALIDataType): Type of the output. The range of the stored samples is scaled to that of the type
            (0..1 for FLOAT). Default: DALIDataType.UINT8.
        end (list of int or DataNode): End of the window in samples, one value for each sliced axis (one value
            stands for all).
        host_memory_padding (int): Pinned host memory to allocate at first, in bytes. Concerns device="mixed" only.
            Default: 8388608.
        host_memory_padding_jpeg2k (int): The same for JPEG 2000. Concerns device="mixed" only. Default: 0.
        hw_decoder_load (float): Share of the images that the hardware decoder gets, where the device has one; 0
            leaves it out. Concerns device="mixed" only. Default: 0.65.
        hybrid_huffman_threshold (int): Pixels from which on the GPU decodes Huffman codes. Concerns device="mixed"
            only. Default: 1000000.
        jpeg_fancy_upsampling (bool): Interpolate the chroma of a JPEG with device="mixed" as the CPU does; on the
            CPU it always is. Default: False.
        memory_stats (bool): Deprecated and ignored. Default: False.
        normalized_anchor (bool): Whether a positional anchor of a float type is a fraction of the axis; integers
            never are. Default: True.
        normalized_shape (bool): Whether a positional shape of a float type is a fraction of the axis; integers
            never are. Default: True.
        output_type (DALIImageType): Colours of the output: RGB, BGR, GRAY, YCbCr (ITU-R BT.601, computed from RGB),
            or ANY_DATA, which keeps the channels of the file. Default: DALIImageType.RGB.
        preallocate_height_hint (int): Expected height of the images in pixels; with both, the hardware decoder
            allocates at first. Concerns device="mixed" only. Default: 0.
        preallocate_width_hint (int): Expected width of the images in pixels. Concerns device="mixed" only. Default:
            0.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        rel_end (list of float or DataNode): End as a fraction of the axis, one value for each sliced axis (one
            value stands for all).
        rel_shape (list of float or DataNode): Size as a fraction of the axis, one value for each sliced axis (one
            value stands for all).
        rel_start (list of float or DataNode): Start as a fraction of the axis, one value for each sliced axis (one
            value stands for all).
        shape (list of int or DataNode): Size of the window in samples, one value for each sliced axis (one value
            stands for all).
        split_stages (bool): Deprecated and ignored. Default: False.
        start (list of int or DataNode): Start of the window in samples, one value for each sliced axis (one value
            stands for all).
        use_chunk_allocator (bool): Deprecated and ignored. Default: False.
        use_fast_idct (bool): Decode JPEGs on the CPU with the faster, less exact inverse DCT. Default: False.
        device (str): cpu or mixed.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        adjust_orientation: bool = True,
        affine: bool = True,
        axes: Ints | DataNode = (1, 0),
        axis_names: Layout = "WH",
        bytes_per_sample_hint: Ints = (0,),
        device_memory_padding: int = 16777216,
        device_memory_padding_jpeg2k: int = 0,
        dtype: DType = DALIDataType.UINT8,
        end: Ints | DataNode | None = None,
        host_memory_padding: int = 8388608,
        host_memory_padding_jpeg2k: int = 0,
        hw_decoder_load: float = 0.65,
        hybrid_huffman_threshold: int = 1000000,
        jpeg_fancy_upsampling: bool = False,
        memory_stats: bool = False,
        normalized_anchor: bool = True,
        normalized_shape: bool = True,
        output_type: DALIImageType = DALIImageType.RGB,
        preallocate_height_hint: int = 0,
        preallocate_width_hint: int = 0,
        preserve: bool = False,
        rel_end: Floats | DataNode | None = None,
        rel_shape: Floats | DataNode | None = None,
        rel_start: Floats | DataNode | None = None,
        shape: Ints | DataNode | None = None,
        split_stages: bool = False,
        start: Ints | DataNode | None = None,
        use_chunk_allocator: bool = False,
        use_fast_idct: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        encoded: Input,
        /,
        *inputs: Input,
        axes: Ints | DataNode | None = None,
        end: Ints | DataNode | None = None,
        rel_end: Floats | DataNode | None = None,
        rel_shape: Floats | DataNode | None = None,
        rel_start: Floats | DataNode | None = None,
        shape: Ints | DataNode | None = None,
        start: Ints | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...
