"""What readers of single files without labels share: file_root with a filter, file_list, or files."""

from __future__ import annotations

import os
from collections.abc import Sequence

from adali.operators.base import Arg, ArgKind, InputChunk
from adali.operators.reader.files import FilesReader, matcher
from adali.operators.reader.loader import READER_ARGS, Row
from adali.operators.reader.order import Turn
from adali.storage import Request, any_url, dirname, is_url, join, local_path

__all__ = ["SHUFFLE_ARGS", "ListedReader", "listed_args"]

#: Further arguments of readers of files with one sample each.
SHUFFLE_ARGS = (
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
)


def listed_args(pattern: str) -> tuple[Arg, ...]:
    """The arguments of such a reader."""
    return (
        *READER_ARGS,
        *SHUFFLE_ARGS,
        Arg(
            "file_filter",
            ArgKind.STR,
            pattern,
            "Glob pattern, which tells upper from lower case; only files of file_root that match it are read. Not used "
            "with file_list or files.",
        ),
        Arg(
            "file_list",
            ArgKind.STR,
            None,
            "A text file with a file name on each line; empty lines are left out, and every other character counts. "
            "Names are relative to file_root or, without it, to the folder of the list. Not together with files.",
        ),
        Arg("file_root", ArgKind.STR, None, "Folder that holds the files, and folders of files."),
        Arg("files", ArgKind.STRS, None, "Names of the files, relative to file_root if that is given."),
    )


class ListedReader(FilesReader):
    """Base of readers of single files."""

    shuffles_listing = True

    def setup(self) -> None:
        args = self.args
        if args["files"] is not None and args["file_list"] is not None:
            raise self.error("give either files or file_list, not both")
        if all(args[name] is None for name in ("files", "file_list", "file_root")):
            raise self.error("file_root is needed where neither files nor file_list is given")
        if args["files"] is not None and not args["files"]:
            raise self.error("files is empty")
        super().setup()

    def prepare(self) -> None:
        root = self.args["file_root"]
        if self.args["files"] is not None:
            names = list(self.args["files"])
            found = ""
        elif self.args["file_list"] is not None:
            path = self.args["file_list"]
            try:
                lines = self.files.text(path).split(b"\n")
            except OSError as e:
                raise self.error(f"cannot read file_list: {e}") from e
            names = [os.fsdecode(line) for line in lines if line]
            root = dirname(path) if root is None else root
            found = f"the list {path!r} names no file"
        else:
            names = self._find(root)
            found = f"file_root {root!r} holds no file that matches {self.args['file_filter']}"
        if not names:
            raise self.error(found)
        self._root = root or ""
        self._names = names
        self.remote = is_url(self._root) or any_url(names)

    def _find(self, root: str) -> list[str]:
        wanted = matcher((self.args["file_filter"],), case_sensitive=True)
        try:
            if is_url(root):
                names = [name for name in self.files.list(root) if name.count("/") < 2]
                names = [name if "/" in name else "./" + name for name in names]
            else:
                names = _list_two_levels(local_path(root))
        except OSError as e:
            raise self.error(f"cannot list the files of file_root {root!r}: {e}") from e
        return sorted((name for name in names if wanted(name.rpartition("/")[2])), key=os.fsencode)

    @property
    def size(self) -> int:
        return len(self._names)

    def path(self, index: int) -> str:
        """Where a file lies."""
        name = self._names[index]
        # Stores do not know what "./" means.
        return join(self._root, name.removeprefix("./") if self.remote else name)

    def locate(self, source: str) -> str:
        return join(self._root, source.removeprefix("./"))

    def source_of(self, index: int) -> str:
        name: str = self._names[index]
        return name

    def _chunk(self, loaded: Sequence[tuple[Turn, Row | Exception]], last: Turn) -> InputChunk:
        return super()._chunk(alike(loaded), last)

    def requests(self, index: int) -> Sequence[Request]:
        path = self.path(index)
        return ((path, 0, None),) if is_url(path) else ()


def alike(loaded: Sequence[tuple[Turn, Row | Exception]]) -> list[tuple[Turn, Row | Exception]]:
    """Samples of which those that do not fit into one batch with the first good one are failures."""
    first: Row | None = None
    rows: list[tuple[Turn, Row | Exception]] = []
    for turn, result in loaded:
        if not isinstance(result, Exception):
            first = first or result
            for mine, other in zip(result[0], first[0], strict=True):
                if (mine.dtype, mine.ndim) != (other.dtype, other.ndim):
                    result = ValueError(
                        f"its array has {mine.ndim} dimensions and type {mine.dtype}, but that of {first[1]!r} in the "
                        f"same batch has {other.ndim} and {other.dtype}"
                    )
                    break
        rows.append((turn, result))
    return rows


def _list_two_levels(root: str) -> list[str]:
    """Files in a folder, as "./name", and in its folders, as "folder/name"."""
    names = []
    with os.scandir(root) as entries:
        rows = list(entries)
    for row in rows:
        if not row.is_dir():
            names.append("./" + row.name)
            continue
        with os.scandir(row.path) as entries:
            names += [f"{row.name}/{entry.name}" for entry in entries if not entry.is_dir()]
    return names
