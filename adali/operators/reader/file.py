"""readers.file: the contents of files, with labels."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from adali.operators.base import Arg, ArgKind, Array, operator
from adali.operators.reader.files import FilesReader, matcher
from adali.operators.reader.loader import READER_ARGS
from adali.storage import Request, any_url, dirname, is_url, join, local_path
from adali.types import DALIDataType

__all__ = ["FileReader"]

_EXTENSIONS = "jpg jpeg png bmp tif tiff pnm ppm pgm pbm jp2 webp flac ogg wav"
DEFAULT_FILTERS = tuple(f"*.{extension}" for extension in _EXTENSIONS.split())

_LINE = re.compile(r"(.*\S)\s+([0-9]+)\s*", re.DOTALL)
_INT32 = range(-(1 << 31), 1 << 31)


@operator(
    "readers__File",
    args=(
        *READER_ARGS,
        Arg("case_sensitive_filter", ArgKind.BOOL, False, "Whether filters tell upper from lower case."),
        Arg(
            "dir_filters",
            ArgKind.STRS,
            None,
            "Glob patterns; only directories of file_root that match one of them are read. Not used with file_list "
            "or files.",
        ),
        Arg(
            "file_filters",
            ArgKind.STRS,
            DEFAULT_FILTERS,
            "Glob patterns; only files that match one of them are read. Not used with file_list or files.",
        ),
        Arg(
            "file_list",
            ArgKind.STR,
            None,
            "A text file with a file name, white space and a label (a non-negative integer) on each line. Names may "
            "contain spaces inside; empty lines are left out; there are no comments. Names are relative to file_root "
            "or, without it, to the folder of the list. Not together with files.",
        ),
        Arg("file_root", ArgKind.STR, None, "Folder that holds the files, or one folder of files for each class."),
        Arg("files", ArgKind.STRS, None, "Names of the files, relative to file_root if that is given."),
        Arg("labels", ArgKind.INTS, None, "Labels of the files; by default their positions in the list."),
        Arg(
            "shuffle_after_epoch",
            ArgKind.BOOL,
            False,
            "Shuffle all the data before each epoch and then divide it into shards. Not together with random_shuffle "
            "or stick_to_shard.",
        ),
        Arg(
            "shuffle_after_epoch_seed",
            ArgKind.INT,
            None,
            "Seed of that shuffling, to be the same for all shards; a fixed one by default.",
        ),
    ),
    num_outputs=2,
    legacy=("FileReader",),
    random=True,
)
class FileReader(FilesReader):
    """Reads whole files and gives their contents and labels.

    The first output holds the bytes of a file, uint8 of shape (bytes,); the second its label, int32 of shape (1,).

    Files are found in one of three ways:

    * ``file_root`` alone: it holds one folder for each class. Folders and the files in them are taken in the order of
      their names (byte by byte), and the number of the folder is the label. Folders without matching files count.
      Deeper folders, and files beside the class folders, are not read.
    * ``file_list``: a text file of names and labels.
    * ``files``, with or without ``labels``.

    Files, lists and folders may be URLs (``s3://``, ``https://``, ...; see docs/readers.md). Empty folders do not exist
    in an object store, and so do not count there.

    Everything listed is one epoch. It is divided into ``num_shards`` parts of which this reader delivers number
    ``shard_id``: sample ``i`` of ``n`` is in shard ``k`` if ``n * k // num_shards <= i < n * (k + 1) // num_shards``.

    A file that cannot be read fails alone, and ``on_error`` of the pipeline decides what becomes of it. The source of
    a sample is the file's name as it was listed or given.

    Raises:
        ArgumentError: arguments that exclude each other, a folder or list that cannot be read, a line that is no name
            with a label, or no file at all.
    """

    output_types = (DALIDataType.UINT8, DALIDataType.INT32)
    shuffles_listing = True

    def setup(self) -> None:
        args = self.args
        if args["files"] is not None and args["file_list"] is not None:
            raise self.error("give either files or file_list, not both")
        if args["labels"] is not None and args["files"] is None:
            raise self.error("labels are only used together with files")
        if args["files"] is None and args["file_list"] is None and args["file_root"] is None:
            raise self.error("file_root is needed where neither files nor file_list is given")
        for name in ("files", "file_filters", "dir_filters"):
            if args[name] is not None and not args[name]:
                raise self.error(f"{name} is empty")
        if args["labels"] is not None and len(args["labels"]) != len(args["files"]):
            raise self.error(f"there are {len(args['files'])} files but {len(args['labels'])} labels")
        super().setup()

    def prepare(self) -> None:
        root = self.args["file_root"]
        if self.args["files"] is not None:
            names = list(self.args["files"])
            labels = self.args["labels"]
            labels = list(range(len(names))) if labels is None else list(labels)
            found = ""
        elif self.args["file_list"] is not None:
            names, labels = self._read_list(self.args["file_list"])
            if root is None:
                root = dirname(self.args["file_list"])
            found = f"the list {self.args['file_list']!r} names no file"
        else:
            names, labels = self._find(root)
            filters = ", ".join(self.args["file_filters"])
            found = f"the folders in {root!r} hold no file that matches {filters}"
            if self.args["dir_filters"] is not None:
                found += f" (folders looked at: {', '.join(self.args['dir_filters'])})"
        if not names:
            raise self.error(found)
        for name, label in zip(names, labels, strict=True):
            if label not in _INT32:
                raise self.error(f"label {label} of {name!r} does not fit into 32 bits")
        self._root = root or ""
        self.remote = is_url(self._root) or any_url(names)
        self._names = names
        self._labels = labels

    def _read_list(self, path: str) -> tuple[list[str], list[int]]:
        try:
            lines = self.files.text(path).split(b"\n")
        except OSError as e:
            raise self.error(f"cannot read file_list: {e}") from e
        names, labels = [], []
        for number, raw in enumerate(lines, 1):
            line = os.fsdecode(raw)
            if not line.strip():
                continue
            match = _LINE.fullmatch(line)
            if match is None:
                raise self.error(f"line {number} of {path!r} is no file name followed by a label: {line!r}")
            names.append(match[1])
            labels.append(int(match[2]))
        return names, labels

    def _find(self, root: str) -> tuple[list[str], list[int]]:
        sensitive = self.args["case_sensitive_filter"]
        wanted = matcher(self.args["file_filters"], sensitive)
        dir_filters = self.args["dir_filters"]
        wanted_dir = None if dir_filters is None else matcher(dir_filters, sensitive)
        try:
            folders = self._list_remote(root) if is_url(root) else _list_local(local_path(root), wanted_dir)
            names: list[str] = []
            labels: list[int] = []
            chosen = [folder for folder in folders if wanted_dir is None or wanted_dir(folder)]
            for label, folder in enumerate(sorted(chosen, key=os.fsencode)):
                found = sorted((name for name in folders[folder] if wanted(name)), key=os.fsencode)
                names += [join(folder, name) for name in found]
                labels += [label] * len(found)
        except OSError as e:
            raise self.error(f"cannot list the files of file_root {root!r}: {e}") from e
        return names, labels

    def _list_remote(self, root: str) -> dict[str, list[str]]:
        folders: dict[str, list[str]] = {}
        for name in self.files.list(root):
            folder, slash, rest = name.partition("/")
            if slash:
                files = folders.setdefault(folder, [])
                if rest and "/" not in rest:
                    files.append(rest)
        return folders

    @property
    def size(self) -> int:
        """Number of files."""
        return len(self._names)

    def locate(self, source: str) -> str:
        return join(self._root, source)

    def source_of(self, index: int) -> str:
        name: str = self._names[index]
        return name

    def labels(self) -> npt.NDArray[Any]:
        return np.asarray(self._labels, np.int32)

    def requests(self, index: int) -> Sequence[Request]:
        path = join(self._root, self._names[index])
        return ((path, 0, None),) if is_url(path) else ()

    def load(self, index: int) -> tuple[tuple[Array, ...], str]:
        name = self._names[index]
        data = self.files.read(join(self._root, name))
        return (data, np.array([self._labels[index]], np.int32)), name


def _list_local(root: str, wanted: Callable[[str], Any] | None) -> dict[str, list[str]]:
    """Folder -> names of its files, for the folders wanted."""
    folders: dict[str, list[str]] = {}
    with os.scandir(root) as entries:
        chosen = [e.name for e in entries if (wanted is None or wanted(e.name)) and e.is_dir()]
    for folder in chosen:
        # A link that leads nowhere is listed too, so that it fails by name and is not left out silently.
        with os.scandir(os.path.join(root, folder)) as entries:
            folders[folder] = [
                e.name for e in entries if e.is_file() or (e.is_symlink() and not os.path.exists(e.path))
            ]
    return folders
