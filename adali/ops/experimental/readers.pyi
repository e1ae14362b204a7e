# Generated from the operators' schemas by `python -m adali.graph.stubs`; do not edit.
"""Operators of the readers family."""

from typing import Any

from adali.fn._types import DTypes, Ints, Str, Strs
from adali.graph.frontend import OperatorClass
from adali.graph.node import DataNode
from adali.types import DALIImageType

class Fits(OperatorClass):
    """Reads images from FITS files, one output for each of ``hdu_indices``.

    The files are found as in readers.numpy. The shape of an output is that of the image, the last axis being
    NAXIS1,
    the one that changes fastest in the file. Scaling (BZERO, BSCALE) is applied, compressed images are expanded.
    The
    work is done by astropy, which the extra ``fits`` installs. With ``device="gpu"`` the host does it, too, and
    copies
    batches from pinned memory on the pipeline's stream. (DALI reads with GPUDirect Storage.)

    A file that cannot be read, is cut off or has no image in one of the HDUs is the failure of its sample.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dont_use_mmap (bool): Read containers (files with many samples) with plain I/O, instead of mapping them and
            handing out views of the mapped memory. Files with one sample each are always read. Default: False.
        dtypes (list of DALIDataType): Types of the outputs; values are rounded and clamped to integers. By default
            those of the images.
        fetch_bytes (int): With fetch_concurrency above 1: how many bytes of samples may be under way or waiting,
            beyond the one whose turn is next. Not in DALI. Default: 268435456.
        fetch_concurrency (int): How many samples are loaded at the same time, by threads of their own that work
            ahead; with 1, one after the other. Their order does not change. Worth it where latency is high: network
            file systems, object stores. Not in DALI. Default: 1.
        file_filter (str): Glob pattern, which tells upper from lower case; only files of file_root that match it
            are read. Not used with file_list or files. Default: *.fits.
        file_list (str): A text file with a file name on each line; empty lines are left out, and every other
            character counts. Names are relative to file_root or, without it, to the folder of the list. Not
            together with files.
        file_root (str): Folder that holds the files, and folders of files.
        files (list of str): Names of the files, relative to file_root if that is given.
        hdu_indices (list of int): Numbers of the HDUs to read, counted from 1; each is one output. Default: (2,).
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
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dont_use_mmap: bool = False,
        dtypes: DTypes | None = None,
        fetch_bytes: int = 268435456,
        fetch_concurrency: int = 1,
        file_filter: Str = "*.fits",
        file_list: Str | None = None,
        file_root: Str | None = None,
        files: Strs | None = None,
        hdu_indices: Ints = (2,),
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

class Video(OperatorClass):
    """Reads sequences of frames from videos of any format that FFmpeg knows.

    The outputs are

    * the frames, (frames, height, width, 3), uint8, layout FHWC;
    * the label, int32 of shape (1,), with ``labels``, ``file_list`` or ``file_root``;
    * with ``enable_frame_num``, the numbers of the frames;
    * with ``enable_timestamps``, their times.

    Videos are found by exactly one of ``filenames``, ``file_list`` and ``file_root`` (folders and the files in them
    in
    the order of their names; the number of the folder is the label; what is no video is left out). All of them may
    be
    URLs. A video gives a sequence for each ``step`` frames; no sequence goes beyond the video, or its part in a
    list,
    unless ``pad_mode`` fills it in.

    Frames are counted as they are shown, and times are those of the container, so that a variable frame rate makes
    no
    difference. The container of each video is read once, when the pipeline is built, to know its frames. Sequences
    are
    decoded on the worker threads, from the key frame before them. PyAV does the work (extra ``video``), for H.264,
    HEVC, MPEG-4, VP8, VP9, AV1, MJPEG and whatever else its FFmpeg has.

    With ``device="gpu"`` the host decodes, too, and the frames are copied to the device.

    A video that cannot be opened is one sample that fails; a frame that cannot be decoded is the failure of its
    sequence.

    Raises:
        ArgumentError: arguments that exclude each other, a list or folder that cannot be read, or nothing to read.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dont_use_mmap (bool): Read containers (files with many samples) with plain I/O, instead of mapping them and
            handing out views of the mapped memory. Files with one sample each are always read. Default: False.
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
            white space: the frames from start until before end are read.
        file_list_format (str): What start and end are: "timestamps" in seconds, or "frames", numbers from 0 of
            which negative ones count from the end. Default: timestamps.
        file_list_include_end (bool): With True, the frame at end is read, too. DALI documents True as its default,
            but leaves that frame out whatever is given; without this argument it is left out here as well.
        file_list_rounding (str): Which frame is meant by a time or number between two frames: "start_down_end_up",
            "start_up_end_down", "all_up" or "all_down". Default: start_down_end_up.
        file_root (str): Folder that holds one folder of videos for each class.
        filenames (list of str): Names of the videos.
        fill_value (list of int): The values of a frame that is filled in with pad_mode="constant", 0 to 255: one,
            or one for each channel. Default: (0,).
        image_type (DALIImageType): Colours of the frames: RGB or YCbCr. Default: DALIImageType.RGB.
        initial_fill (int): Size, in samples, of the window from which random_shuffle draws. Only sample numbers are
            held in it, so a large window costs neither memory nor a slow start. Default: 1024.
        labels (list of int): Labels of the videos in filenames.
        lazy_init (bool): Look for the data when it is first needed (the first read, or a question about the epoch's
            size) and not when the pipeline is built. Default: False.
        num_shards (int): Number of parts that the data is divided into, for instance one a process. Default: 1.
        pad_last_batch (bool): Repeat the last sample of the shard until every shard has as many batches and the
            last one is full. Default: False.
        pad_mode (str or DataNode): What a sequence does that goes beyond the end: "none", there is no such
            sequence; "constant", it is filled with fill_value; "edge" or "repeat", the last frame is repeated;
            "reflect_1001" or "symmetric", frames come again in reverse order; "reflect_101" or "reflect", the same
            without the last one. A constant: how many sequences there are depends on it. Default: none.
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
        step (int): From the first frame of a sequence to the first frame of the next one, in frames. By default
            (-1) sequences follow one another: sequence_length * stride. Default: -1.
        stick_to_shard (bool): Read the same shard in every epoch; otherwise each epoch goes on with the next shard.
            Default: False.
        stride (int): From each frame of a sequence to the next one, in frames. Default: 1.
        tensor_init_bytes (int): Expected size of a sample in bytes; a hint. Default: 1048576.
        uniform_sample (bool): Make one sequence of each line or file, its frames being spread evenly from the first
            to the last one. step, stride and pad_mode play no part then. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dont_use_mmap: bool = False,
        enable_frame_num: Str = "none",
        enable_timestamps: bool = False,
        fetch_bytes: int = 268435456,
        fetch_concurrency: int = 1,
        file_list: Str | None = None,
        file_list_format: Str = "timestamps",
        file_list_include_end: bool | None = None,
        file_list_rounding: Str = "start_down_end_up",
        file_root: Str | None = None,
        filenames: Strs | None = None,
        fill_value: Ints = (0,),
        image_type: DALIImageType = DALIImageType.RGB,
        initial_fill: int = 1024,
        labels: Ints | None = None,
        lazy_init: bool = False,
        num_shards: int = 1,
        pad_last_batch: bool = False,
        pad_mode: Str | DataNode = "none",
        prefetch_queue_depth: int = 1,
        preserve: bool = False,
        random_shuffle: bool = False,
        read_ahead: bool = False,
        sampler: Any = None,
        seed: int = -1,
        sequence_length: int,
        shard_id: int = 0,
        skip_cached_images: bool = False,
        step: int = -1,
        stick_to_shard: bool = False,
        stride: int = 1,
        tensor_init_bytes: int = 1048576,
        uniform_sample: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *,
        pad_mode: Str | DataNode | None = None,
        name: str | None = None,
    ) -> Any: ...
