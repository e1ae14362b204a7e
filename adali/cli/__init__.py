"""The command ``adali``: ``demo``, ``bench``, ``index``, ``graph`` and ``serve``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from adali.cli.serve_options import add_serve

__all__ = ["CommandError", "main"]

#: Sample images that come with the package, one folder for each class.
IMAGES = Path(__file__).with_name("images")


class CommandError(Exception):
    """The command cannot do what was asked for; its text is all that the user needs to see."""


def positive(text: str) -> int:
    """An integer of at least 1, for argparse."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a positive whole number, got {text!r}")
    return value


def make_parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    from adali import __version__

    parser = argparse.ArgumentParser(
        prog="adali", description="Image pipelines with DALI's API, as an async Python library."
    )
    parser.add_argument("--version", action="version", version=f"adali {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "folder",
        nargs="?",
        metavar="FOLDER",
        help="images, in one sub-folder for each class; by default those that come with the package",
    )
    common.add_argument("--batch-size", type=positive, metavar="N", help="samples in a batch")
    common.add_argument("--num-threads", type=positive, metavar="N", help="worker threads (default: one for each CPU)")

    demo = commands.add_parser(
        "demo",
        parents=[common],
        help="run the ResNet-50 training pipeline and draw one of its batches",
        description="Runs the ResNet-50 training pipeline (shuffled files, random crop, resize to 224 x 224, random "
        "mirror, normalise) and writes a picture of one batch and of the graph. Files that cannot be decoded are "
        "skipped, counted and listed.",
    )
    demo.add_argument("--epochs", type=positive, metavar="N", help="passes over the data")
    demo.add_argument(
        "--output", type=Path, default=Path("demo-output"), metavar="DIR", help="where to write (default: demo-output)"
    )

    bench = commands.add_parser(
        "bench",
        parents=[common],
        help="tell where the time of the training pipeline goes",
        description="Runs the training pipeline as fast as it goes and prints the time of each stage and operator, "
        "how full the queues are, which stage is the bottleneck, and the CPU time for 1000 images.",
    )
    bench.add_argument("--pipeline", choices=("training", "validation"), default="training", help="which of the two")
    bench.add_argument("--images", type=positive, default=2000, metavar="N", help="how many to measure (default: 2000)")
    bench.add_argument("--json", action="store_true", help="print the numbers as JSON")

    index = commands.add_parser(
        "index",
        help="write index files of TFRecord, WebDataset and RecordIO files",
        description="Writes the index files that readers take, in the format of DALI's tfrecord2idx, wds2idx and "
        "rec2idx. The index of train.tar is train.idx.",
    )
    index.add_argument("files", nargs="+", type=Path, metavar="FILE", help="the files to index")
    index.add_argument(
        "-o", "--output", type=Path, metavar="INDEX", help="the index file (one FILE only); default: FILE with .idx"
    )
    index.add_argument(
        "--format",
        choices=("tfrecord", "webdataset", "recordio"),
        help="format of the files; by default known by their names or first bytes",
    )
    index.add_argument("--verify", action="store_true", help="compare the checksums of all data, too (TFRecord)")
    index.add_argument(
        "--skip-damaged", action="store_true", help="leave damaged records out, instead of writing no index"
    )

    graph = commands.add_parser(
        "graph",
        help="draw the graph of a pipeline",
        description="Draws the graph of a pipeline: a Pipeline object, a subclass of Pipeline, or a function decorated "
        "with @pipeline_def.",
    )
    graph.add_argument("pipeline", metavar="MODULE:NAME", help="where it is, for instance training:pipe")
    graph.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="the .svg or .dot file to write"
    )
    graph.add_argument(
        "--arg",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="argument for the function or class (repeatable)",
    )
    graph.add_argument("--tensors", action="store_true", help="in a .dot file, draw the batches, too")
    graph.add_argument("--ids", action="store_true", help="in a .dot file, number the operators")
    graph.add_argument("--no-colors", action="store_true", help="in a .dot file, do not colour by device")
    add_serve(commands, positive)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        The exit status: 0, 1 when the work failed, 130 when it was interrupted. Wrong arguments exit with 2.
    """
    options = make_parser().parse_args(argv)
    # Each command brings what it needs: `adali --help` imports neither NumPy nor OpenCV.
    try:
        if options.command == "demo":
            from adali.cli.demo import demo

            demo(options)
        elif options.command == "bench":
            from adali.cli.bench import bench

            bench(options)
        elif options.command == "index":
            from adali.cli.index import index

            index(options)
        elif options.command == "serve":
            from adali.cli.serve import serve

            return serve(options)
        else:
            from adali.cli.graph import graph

            graph(options)
    except CommandError as e:
        print(f"adali {options.command}: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 130
    return 0
