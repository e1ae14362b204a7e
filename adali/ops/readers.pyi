# Generated from the operators' schemas by `python -m adali.graph.stubs`; do not edit.
"""Operators of the readers family."""

from collections.abc import Mapping
from typing import Any

from adali.fn._types import DType, DTypes, Floats, Ints, Str, Strs
from adali.graph.frontend import OperatorClass
from adali.graph.node import DataNode
from adali.tfrecord import Feature
from adali.types import DALIDataType, DALIImageType, DALIInterpType

class COCO(OperatorClass):
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

class Caffe(OperatorClass):
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

class Caffe2(OperatorClass):
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

class Dataset(OperatorClass):
    """Reads samples from a data set of PyTorch or Hugging Face, or any object that behaves like one.

    ``dataset`` is

    * an object with ``__getitem__`` and ``__len__`` (map-style). It is sharded, shuffled and padded like all data
    here;
      with ``fetch_concurrency`` several threads call it at a time. Or
    * an object with ``__iter__`` only (a stream). One iteration is an epoch. Each shard keeps every
    ``num_shards``-th
      sample (an object with a method ``shard(num_shards=, index=)`` is asked to divide itself); ``random_shuffle``
      draws from a window of ``initial_fill`` samples, which are held in memory. The length of an epoch is not known
          in
      advance, and shards may differ by a sample, and so by a batch. With ``pad_last_batch`` every shard has as many
      batches, all of them full, so that every rank takes as many steps: each one walks through the whole stream and
          so
      knows, at its end, how long the others are (``shard()`` is not asked then). The stream must be the same in all
      shards. An object with a method ``set_epoch`` is told the number of each epoch. After a checkpoint, what was
      delivered before is read again and thrown away.

    A sample is a tuple or list with ``num_outputs`` items, a dictionary with the keys of ``columns``, or one value.
    A value may be an array, a tensor of any framework on the CPU, an image of Pillow, a number (int64, float32,
    bool),
    or bytes or text (which become uint8 of shape (bytes,)).

    What ``__getitem__`` raises is the failure of its sample; what iterating raises is an error of the pipeline and
    ends
    the epoch.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        columns (list of str): Keys of the outputs where a sample is a dictionary.
        dataset (object): The data set; it is used as it is, and never copied or sent elsewhere.
        dont_use_mmap (bool): Read containers (files with many samples) with plain I/O, instead of mapping them and
            handing out views of the mapped memory. Files with one sample each are always read. Default: False.
        fetch_bytes (int): With fetch_concurrency above 1: how many bytes of samples may be under way or waiting,
            beyond the one whose turn is next. Not in DALI. Default: 268435456.
        fetch_concurrency (int): How many samples are loaded at the same time, by threads of their own that work
            ahead; with 1, one after the other. Their order does not change. Worth it where latency is high: network
            file systems, object stores. Not in DALI. Default: 1.
        initial_fill (int): Size, in samples, of the window from which random_shuffle draws. Only sample numbers are
            held in it, so a large window costs neither memory nor a slow start. Default: 1024.
        layouts (list of str): Layout of each output; by default none.
        lazy_init (bool): Look for the data when it is first needed (the first read, or a question about the epoch's
            size) and not when the pipeline is built. Default: False.
        num_outputs (int): Number of outputs where a sample is a tuple or a list; not with columns. Default: 1.
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
        dataset: Any = None,
        *,
        bytes_per_sample_hint: Ints = (0,),
        columns: Strs | None = None,
        dont_use_mmap: bool = False,
        fetch_bytes: int = 268435456,
        fetch_concurrency: int = 1,
        initial_fill: int = 1024,
        layouts: Strs | None = None,
        lazy_init: bool = False,
        num_outputs: int = 1,
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

class MXNet(OperatorClass):
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

class NemoAsr(OperatorClass):
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

class Numpy(OperatorClass):
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

class Parquet(OperatorClass):
    """Reads columns of Parquet files, one output for each column and one sample for each row. DALI has no such reader.

    A number becomes a scalar of its type; a string or binary value its bytes, uint8 of shape (bytes,), such as
    encoded
    images; a (fixed-size) list of numbers an array with as many dimensions as it is nested, if it is rectangular. A
    date, time or decimal, and a missing value, is the failure of its sample. The bytes of images in data sets of
    Hugging Face are the column ``"image.bytes"``.

    Files, which may be URLs, are taken in the order of their names (byte by byte). Only their footers are read when
    the
    pipeline is built; row groups are read when their first row is wanted, the wanted columns alone, and
    ``row_group_cache`` of them are kept. ``shuffle_after_epoch`` shuffles whole files; ``random_shuffle`` draws
    from a
    window of ``initial_fill`` rows. pyarrow (extra ``parquet``) does the reading.

    With ``on_error="skip"`` or ``"replace"``, a file whose footer cannot be read is left out and logged.

    Raises:
        ArgumentError: there is no file, a file is none of Parquet's, or has not the columns.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        columns (list of str): Names of the columns; each is one output. ``a.b`` is field b of a.
        dont_use_mmap (bool): Read containers (files with many samples) with plain I/O, instead of mapping them and
            handing out views of the mapped memory. Files with one sample each are always read. Default: False.
        fetch_bytes (int): With fetch_concurrency above 1: how many bytes of samples may be under way or waiting,
            beyond the one whose turn is next. Not in DALI. Default: 268435456.
        fetch_concurrency (int): How many samples are loaded at the same time, by threads of their own that work
            ahead; with 1, one after the other. Their order does not change. Worth it where latency is high: network
            file systems, object stores. Not in DALI. Default: 1.
        file_filter (str): Glob pattern; only files of file_root that match it are read. Default: *.parquet.
        file_root (str): Folder that holds the files, at any depth; or the folder of ``files``.
        files (list of str): Names of the files, relative to file_root if that is given.
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
        row_group_cache (int): How many row groups are held in memory. Shuffling over more of them than that reads
            them again and again. Default: 4.
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
        columns: Strs,
        dont_use_mmap: bool = False,
        fetch_bytes: int = 268435456,
        fetch_concurrency: int = 1,
        file_filter: Str = "*.parquet",
        file_root: Str | None = None,
        files: Strs | None = None,
        initial_fill: int = 1024,
        lazy_init: bool = False,
        num_shards: int = 1,
        pad_last_batch: bool = False,
        prefetch_queue_depth: int = 1,
        preserve: bool = False,
        random_shuffle: bool = False,
        read_ahead: bool = False,
        row_group_cache: int = 4,
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

class Sequence(OperatorClass):
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

class TFRecord(OperatorClass):
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

class Video(OperatorClass):
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

class VideoResize(OperatorClass):
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

class Webdataset(OperatorClass):
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

    def __init__(
        self,
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
    ) -> None: ...
    def __call__(
        self,
        *,
        name: str | None = None,
    ) -> Any: ...
