# Generated from the operators' schemas by `python -m adali.graph.stubs`; do not edit.
"""Operators of the experimental family."""

from typing import Any

from adali.fn._types import DType, DTypes, Floats, Input, Ints, Layout, Str
from adali.fn.experimental import decoders as decoders
from adali.fn.experimental import inputs as inputs
from adali.fn.experimental import readers as readers
from adali.graph.node import DataNode
from adali.types import DALIDataType, DALIImageType, DALIInterpType

def audio_resample(
    data: Input,
    /,
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
) -> DataNode:
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

def debayer(
    image: Input,
    /,
    *,
    algorithm: Str | None = None,
    blue_position: Ints | DataNode,
    bytes_per_sample_hint: Ints = (0,),
    preserve: bool = False,
    device: str | None = None,
    name: str | None = None,
) -> DataNode:
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

def dilate(
    images: Input,
    /,
    *,
    anchor: Ints | DataNode = (-1, -1),
    border_mode: Str = "constant",
    bytes_per_sample_hint: Ints = (0,),
    iterations: int = 1,
    mask_size: Ints | DataNode = (3, 3),
    preserve: bool = False,
    device: str | None = None,
    name: str | None = None,
) -> DataNode:
    """Gives each pixel the greatest value under a rectangular mask (dilation).

    Dark spots that are smaller than the mask disappear.

    (The real DALI has this operator on the GPU only.)

    Raises:
        ValueError: another type, a mask without extent, or an anchor outside of it.

    Inputs:
        images: UINT8, INT16, UINT16, INT32, FLOAT or FLOAT64, each channel by itself. Layouts: HW, HWC, FHWC, CHW,
            FCHW.

    Args:
        anchor (list of int or DataNode): The element (x, y) of the mask over the output's position; -1 is the
            middle, rounded down. Default: (-1, -1).
        border_mode (str): What lies outside of the image: 'constant' (nothing: only pixels of the image count),
            'replicate' (aa|abcd|dd), 'reflect' (ba|abcd|dc), 'reflect_101' (cb|abcd|cb) or 'wrap' (cd|abcd|ab).
            Default: constant.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        iterations (int): How often it is done. Each time beyond the first enlarges the mask by its own width and
            height less 1. Default: 1.
        mask_size (list of int or DataNode): Width and height of the mask, a rectangle; one number for a square.
            Default: (3, 3).
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

def equalize(
    image: Input,
    /,
    *,
    bytes_per_sample_hint: Ints = (0,),
    preserve: bool = False,
    device: str | None = None,
    name: str | None = None,
) -> DataNode:
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

def erode(
    images: Input,
    /,
    *,
    anchor: Ints | DataNode = (-1, -1),
    border_mode: Str = "constant",
    bytes_per_sample_hint: Ints = (0,),
    iterations: int = 1,
    mask_size: Ints | DataNode = (3, 3),
    preserve: bool = False,
    device: str | None = None,
    name: str | None = None,
) -> DataNode:
    """Gives each pixel the least value under a rectangular mask (erosion).

    Bright spots that are smaller than the mask disappear.

    (The real DALI has this operator on the GPU only.)

    Raises:
        ValueError: another type, a mask without extent, or an anchor outside of it.

    Inputs:
        images: UINT8, INT16, UINT16, INT32, FLOAT or FLOAT64, each channel by itself. Layouts: HW, HWC, FHWC, CHW,
            FCHW.

    Args:
        anchor (list of int or DataNode): The element (x, y) of the mask over the output's position; -1 is the
            middle, rounded down. Default: (-1, -1).
        border_mode (str): What lies outside of the image: 'constant' (nothing: only pixels of the image count),
            'replicate' (aa|abcd|dd), 'reflect' (ba|abcd|dc), 'reflect_101' (cb|abcd|cb) or 'wrap' (cd|abcd|ab).
            Default: constant.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        iterations (int): How often it is done. Each time beyond the first enlarges the mask by its own width and
            height less 1. Default: 1.
        mask_size (list of int or DataNode): Width and height of the mask, a rectangle; one number for a square.
            Default: (3, 3).
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

def filter(
    data: Input,
    filter: Input,
    /,
    *inputs: Input,
    anchor: Ints | DataNode = (-1,),
    border: Str = "reflect_101",
    bytes_per_sample_hint: Ints = (0,),
    dtype: DType | None = None,
    mode: Str = "same",
    preserve: bool = False,
    device: str | None = None,
    name: str | None = None,
) -> DataNode:
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

def inflate(
    data: Input,
    /,
    *,
    algorithm: Str = "LZ4",
    bytes_per_sample_hint: Ints = (0,),
    check_output_size: bool = False,
    chunk_offsets: Ints | DataNode | None = None,
    chunk_sizes: Ints | DataNode | None = None,
    dtype: DType = DALIDataType.UINT8,
    layout: Layout = "",
    preserve: bool = False,
    sequence_axis_name: Layout = "F",
    shape: Ints | DataNode,
    device: str | None = None,
    name: str | None = None,
) -> DataNode:
    """Decompresses data.

    With ``chunk_offsets`` or ``chunk_sizes`` a sample consists of chunks that were compressed one by one and have
    the
    same shape; the output has one more axis in front, for them. (The real DALI has this operator on the GPU only.)

    On the CPU it needs the package lz4 (``pip install "adali[lz4]"``). On the GPU a warp decompresses each chunk,
    and
    the host waits until all are done, since only then it is known whether they were whole.

    Raises:
        ValueError: data that is not of this format or has another size than the shape says, or chunks that reach
            out
            of the input.

    Inputs:
        data: Compressed bytes, UINT8, one axis: one chunk, or several one behind another.

    Args:
        algorithm (str): How the data was compressed: 'LZ4' (its block format, without a frame). Default: LZ4.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        check_output_size (bool): No effect: here the size of what comes out is always checked, on the GPU too.
            Default: False.
        chunk_offsets (list of int or DataNode): Where the chunks begin in the input, in bytes. Without
            ``chunk_sizes`` each reaches to the next, the last to the end.
        chunk_sizes (list of int or DataNode): Sizes of the chunks in bytes. Without ``chunk_offsets`` they follow
            each other from the beginning.
        dtype (DALIDataType): Type of the output. Default: DALIDataType.UINT8.
        layout (layout): Layout of the output, of one chunk if there are several. Default: .
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        sequence_axis_name (layout): Name of the axis of chunks, in front of ``layout``, where chunks are given.
            Default: F.
        shape (list of int or DataNode): Shape of the output, of one chunk if there are several.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

def median_blur(
    images: Input,
    /,
    *,
    bytes_per_sample_hint: Ints = (0,),
    preserve: bool = False,
    window_size: Ints | DataNode = (3, 3),
    device: str | None = None,
    name: str | None = None,
) -> DataNode:
    """Gives each pixel the median of the rectangle around it; beyond the border the outermost pixels are repeated.

    (The real DALI has this operator on the GPU only.)

    Raises:
        ValueError: a window that is even or not positive, or data that is no numbers.

    Inputs:
        images: Any integers or floats, each channel by itself. Layouts: HW, HWC, FHWC, CHW, FCHW.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        window_size (list of int or DataNode): Width and height of the window, both odd; one number for a square.
            Default: (3, 3).
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

def numba_function(
    *inputs: Input,
    batch_processing: bool = False,
    blocks: Ints | None = None,
    bytes_per_sample_hint: Ints = (0,),
    in_types: DTypes,
    ins_ndim: Ints,
    out_types: DTypes,
    outs_ndim: Ints,
    preserve: bool = False,
    run_fn: Any,
    setup_fn: Any = None,
    threads_per_block: Ints | None = None,
    device: str | None = None,
    name: str | None = None,
) -> Any:
    """Compiles a Python function with numba and calls it for each sample, or for each batch.

    ``run_fn(out0, ..., in0, ...)`` gets arrays and fills in the outputs; with ``batch_processing`` they are lists
    of
    arrays, one for each sample. ``setup_fn(outs, ins)`` is called once a batch and fills in the shapes of the
    outputs:
    ``outs[i][sample][axis]``; ``ins`` holds those of the inputs. Without it, each output has the shape of the input
    of
    the same number. Both may be plain functions that numba compiles in its nopython mode, or already compiled ones.
    The
    GIL is released, unless the function was compiled without ``nogil``. Memory of outputs is not cleared.

    On the GPU ``run_fn`` is a kernel for ``numba.cuda`` (a plain function, or one that ``numba.cuda.jit`` made). It
    is
    launched for each sample with ``blocks`` and ``threads_per_block`` on the pipeline's stream, and compiled when
    the
    first batch comes. ``setup_fn`` runs on the host.

    Raises:
        ArgumentError: types and numbers of axes that do not fit each other, or code that numba cannot compile.
        TypeError: an input of another type or number of axes than was said.
        ValueError: ``setup_fn`` gives a negative extent.

    Inputs:
        input: Passed to the function after the outputs, in the order given.

    Args:
        batch_processing (bool): Call it once a batch with lists of arrays. Not on the GPU. Default: False.
        blocks (list of int): For GPU only: the grid, three numbers.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        in_types (list of DALIDataType): Type of each input.
        ins_ndim (list of int): Number of axes of each input.
        out_types (list of DALIDataType): Type of each output.
        outs_ndim (list of int): Number of axes of each output.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        run_fn (object): The function that computes.
        setup_fn (object): The function that tells the shapes of the outputs.
        threads_per_block (list of int): For GPU only: the block, three numbers.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

def peek_image_shape(
    encoded: Input,
    /,
    *,
    adjust_orientation: bool = True,
    bytes_per_sample_hint: Ints = (0,),
    dtype: DType = DALIDataType.INT64,
    image_type: DALIImageType = DALIImageType.RGB,
    preserve: bool = False,
    device: str | None = None,
    name: str | None = None,
) -> DataNode:
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

def remap(
    images: Input,
    mapx: Input,
    mapy: Input,
    /,
    *,
    bytes_per_sample_hint: Ints = (0,),
    interp: DALIInterpType = DALIInterpType.INTERP_LINEAR,
    pixel_origin: Str = "corner",
    preserve: bool = False,
    device: str | None = None,
    name: str | None = None,
) -> DataNode:
    """Takes every pixel of the output from the point of the input that two maps give.

    ``out(x, y) = in(mapx(x, y), mapy(x, y))``. The output has the height and width of the maps. What lies outside
    of
    the input is 0, also for the interpolation at its border. Integers are rounded and clamped. (The real DALI has
    this
    operator on the GPU only.)

    Raises:
        ValueError: images of another type, maps that are not FLOAT, have different shapes, or do not fit the number
            of
            frames.

    Inputs:
        images: Images of type UINT8, INT16, UINT16 or FLOAT, or sequences of them. Layouts: HWC, FHWC.
        mapx: x coordinates, FLOAT, of the output's height and width, with one channel or none; one map a frame, or
            one for all.
        mapy: y coordinates, FLOAT, of the output's height and width, with one channel or none; one map a frame, or
            one for all.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        interp (DALIInterpType): INTERP_NN, INTERP_LINEAR, INTERP_CUBIC (Keys, a = -1/2) or INTERP_LANCZOS3.
            Default: DALIInterpType.INTERP_LINEAR.
        pixel_origin (str): Which point of the first pixel is (0, 0): its 'corner', or its 'center' as in OpenCV.
            Default: corner.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

def resize(
    images: Input,
    /,
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
) -> Any:
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

def tensor_resize(
    data: Input,
    /,
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
) -> DataNode:
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

def warp_perspective(
    images: Input,
    /,
    *inputs: Input,
    border_mode: Str = "constant",
    bytes_per_sample_hint: Ints = (0,),
    fill_value: Floats | None = None,
    interp_type: DALIInterpType = DALIInterpType.INTERP_LINEAR,
    inverse_map: bool = True,
    matrix: Floats | DataNode | None = None,
    pixel_origin: Str = "corner",
    preserve: bool = False,
    size: Floats | DataNode | None = None,
    device: str | None = None,
    name: str | None = None,
) -> DataNode:
    """Applies a perspective transform to images, as OpenCV's ``warpPerspective`` does.

    The pixel at (x, y) comes from ``(u / w, v / w)`` where ``(u, v, w) = matrix @ (x, y, 1)``.

    Inputs:
        images: Images of up to 4 channels or sequences of them: UINT8, UINT16, INT16 or FLOAT. Layouts: HW, HWC,
            FHWC, CHW, FCHW.
        matrix_input: Optional; the matrices, FLOAT of shape (3, 3), or (frames, 3, 3).

    Args:
        border_mode (str): What lies outside of the input: constant, replicate, reflect, reflect_101, wrap. Default:
            constant.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        fill_value (list of float): Value of a constant border, one number or one for each channel; 0.
        interp_type (DALIInterpType): INTERP_LINEAR, INTERP_NN or INTERP_CUBIC. Default:
            DALIInterpType.INTERP_LINEAR.
        inverse_map (bool): Whether the matrix leads from the output to the input; if not, it is inverted first.
            Default: True.
        matrix (list of float or DataNode): Rows of the 3x3 matrix; as an argument input of shape (3, 3). Ignored
            where there is a second input.
        pixel_origin (str): Where in the first pixel the point (0, 0) lies: its "corner" or its "center". Default:
            corner.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        size (list of float or DataNode): Size (height, width) of the output in pixels; that of the input.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """
