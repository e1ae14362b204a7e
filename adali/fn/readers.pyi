# Generated from the operators' schemas by `python -m adali.graph.stubs`; do not edit.
"""Operators of the readers family."""

from collections.abc import Mapping
from typing import Any

from adali.fn._types import DTypes, Ints, Str, Strs
from adali.graph.node import DataNode
from adali.tfrecord import Feature

def caffe(
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
) -> Any:
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

def caffe2(
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
) -> Any:
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

def file(
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
) -> list[DataNode]:
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

def mxnet(
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
) -> list[DataNode]:
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

def tfrecord(
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
) -> Any:
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

def webdataset(
    *,
    bytes_per_sample_hint: Ints = (0,),
    case_sensitive_extensions: bool = True,
    dont_use_mmap: bool = False,
    dtypes: DTypes | None = None,
    ext: Strs,
    fetch_bytes: int = 268435456,
    fetch_concurrency: int = 1,
    index_paths: Strs | None = None,
    initial_fill: int = 1024,
    lazy_init: bool = False,
    missing_component_behavior: Str = "",
    num_shards: int = 1,
    pad_last_batch: bool = False,
    paths: Strs,
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
) -> Any:
    """Reads samples of several files each from tar archives (ustar, GNU and pax).

    Consecutive files whose names, with their folders, are equal up to the first dot of the file's own name are one
    sample: ``train/17.jpg`` and ``train/17.cls`` have extensions ``jpg`` and ``cls``. Hidden files (whose own name
    begins with a dot) and what is no regular file do not count.

    There is one output for each item of ``ext``, of shape (bytes / size of an element,) in the type that ``dtypes``
    says. If several files of a sample fit an output, the first one in the archive is taken.

    A damaged sample fails alone, and ``on_error`` of the pipeline decides what becomes of it. The source of a
    sample is
    its archive, and the offset and name of its file for the first output.

    Raises:
        ArgumentError: archives or index files that cannot be read, arguments that do not fit each other, no
            samples.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        case_sensitive_extensions (bool): Whether the extensions in ext tell upper from lower case. Default: True.
        dont_use_mmap (bool): Read containers (files with many samples) with plain I/O, instead of mapping them and
            handing out views of the mapped memory. Files with one sample each are always read. Default: False.
        dtypes (list of DALIDataType): Type of each output's elements; by default uint8 for all of them.
        ext (list of str): For each output the extension of the files that go to it, or several with ';' in between:
            ["jpg;jpeg;png", "cls"]. The extension is all that follows the first dot of a file's name.
        fetch_bytes (int): With fetch_concurrency above 1: how many bytes of samples may be under way or waiting,
            beyond the one whose turn is next. Not in DALI. Default: 268435456.
        fetch_concurrency (int): How many samples are loaded at the same time, by threads of their own that work
            ahead; with 1, one after the other. Their order does not change. Worth it where latency is high: network
            file systems, object stores. Not in DALI. Default: 1.
        index_paths (list of str): Index files, one for each archive, as `adali index` or DALI's wds2idx write them.
            Without them the archives are walked through when the reader is made, which reads a block of each file
            in them.
        initial_fill (int): Size, in samples, of the window from which random_shuffle draws. Only sample numbers are
            held in it, so a large window costs neither memory nor a slow start. Default: 1024.
        lazy_init (bool): Look for the data when it is first needed (the first read, or a question about the epoch's
            size) and not when the pipeline is built. Default: False.
        missing_component_behavior (str): What to do with a sample without a file for some output: "empty" (the
            default) gives an empty array, "skip" leaves the sample out, and "error" refuses it: build() fails or,
            with on_error="skip" or "replace", that sample does. Default: .
        num_shards (int): Number of parts that the data is divided into, for instance one a process. Default: 1.
        pad_last_batch (bool): Repeat the last sample of the shard until every shard has as many batches and the
            last one is full. Default: False.
        paths (list of str): The archives.
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
