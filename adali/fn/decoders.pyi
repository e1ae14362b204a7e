# Generated from the operators' schemas by `python -m adali.graph.stubs`; do not edit.
"""Operators of the decoders family."""

from adali.fn._types import DType, Floats, Input, Ints, Layout, Str
from adali.graph.node import DataNode
from adali.types import DALIDataType, DALIImageType

def audio(
    encoded: Input,
    /,
    *,
    bytes_per_sample_hint: Ints = (0,),
    downmix: bool = False,
    dtype: DType = DALIDataType.FLOAT,
    preserve: bool = False,
    quality: float = 50.0,
    sample_rate: float | DataNode = 0.0,
    device: str | None = None,
    name: str | None = None,
) -> list[DataNode]:
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

def image(
    encoded: Input,
    /,
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
) -> DataNode:
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

def image_crop(
    encoded: Input,
    /,
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
) -> DataNode:
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

def image_random_crop(
    encoded: Input,
    /,
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
) -> DataNode:
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

def image_slice(
    encoded: Input,
    /,
    *inputs: Input,
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
) -> DataNode:
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

def numpy(
    data: Input,
    /,
    *,
    bytes_per_sample_hint: Ints = (0,),
    dtype: DType | None = None,
    preserve: bool = False,
    device: str | None = None,
    name: str | None = None,
) -> DataNode:
    """Decodes NumPy's file format: an array of the shape and (without ``dtype``) the type that the file says.

    Arrays in C and in Fortran order, of either byte order, and versions 1 to 3 of the format are read; elements are
    booleans, integers or floats.

    Fails on bytes that are no such file, on one that is cut off and on one that has bytes behind the array.

    Inputs:
        data: Bytes of a .npy file: uint8, one dimension.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output; values are rounded and clamped to integers. By default that of the
            file.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

def video(
    encoded: Input,
    /,
    *,
    affine: bool = True,
    build_index: bool = True,
    bytes_per_sample_hint: Ints = (0,),
    end_frame: int | DataNode | None = None,
    fill_value: Ints = (0,),
    frames: Ints | DataNode | None = None,
    pad_mode: Str | DataNode = "constant",
    preserve: bool = False,
    sequence_length: int | DataNode | None = None,
    start_frame: int | DataNode | None = None,
    stride: int | DataNode | None = None,
    device: str | None = None,
    name: str | None = None,
) -> DataNode:
    """Decodes a video in memory: all of its frames, or some of them.

    The output is (frames, height, width, 3), uint8, RGB, layout FHWC. Which frames are wanted is said by
    ``frames``, or
    by ``start_frame``, ``stride``, and ``end_frame`` or ``sequence_length``; by default all. Only what is needed
    for
    them is decoded, from the key frames before them on.

    PyAV does the work (extra ``video``), for H.264, HEVC, MPEG-4, VP8, VP9, AV1, MJPEG and whatever else its FFmpeg
    has. Frames have the size that they are stored in: neither rotation nor the shape of pixels is applied. With
    ``device="mixed"`` the host decodes one video after another, each with all threads, and the batch is copied.

    Fails on bytes that are no video or a damaged one, on a start_frame that the video does not have, and on an
    end_frame that is not behind it.

    Inputs:
        encoded: Bytes of a video file: uint8, one dimension.

    Args:
        affine (bool): Concerns the decoder of a GPU; without effect. Default: True.
        build_index (bool): Without effect: the container is always gone through first, so that only what is needed
            is decoded. Default: True.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        end_frame (int or DataNode): The frame before which to stop; by default the end. Not together with
            sequence_length.
        fill_value (list of int): The values of a frame that is filled in with pad_mode="constant", 0 to 255: one,
            or one for each channel. Default: (0,).
        frames (list of int or DataNode): Numbers of the frames, in any order. Not together with start_frame,
            end_frame, sequence_length and stride.
        pad_mode (str or DataNode): What becomes of frames that the video does not have: "none", they are left out
            at the end of a range, and fail elsewhere; "constant", they are filled with fill_value; "edge" or
            "repeat", the first or last frame is repeated; "reflect_1001" or "symmetric", frames come again in
            reverse order; "reflect_101" or "reflect", the same without the last one. Default: constant.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        sequence_length (int or DataNode): Number of frames. Not together with end_frame.
        start_frame (int or DataNode): The first frame; 0 by default.
        stride (int or DataNode): From each frame to the next one, in frames; 1 by default.
        device (str): cpu or mixed.
        name (str): name of the operator in the graph.
    """
