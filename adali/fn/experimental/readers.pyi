# Generated from the operators' schemas by `python -m adali.graph.stubs`; do not edit.
"""Operators of the readers family."""

from typing import Any

from adali.fn._types import DTypes, Ints, Str, Strs

def fits(
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
) -> Any:
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
