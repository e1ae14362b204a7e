# Generated from the operators' schemas by `python -m adali.graph.stubs`; do not edit.
"""Operators of the readers family."""

from typing import Any

from adali.fn._types import Ints, Str, Strs
from adali.graph.frontend import OperatorClass
from adali.graph.node import DataNode

class File(OperatorClass):
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
