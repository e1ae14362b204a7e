"""Scripts written for nvidia.dali, run on adali; each in a process of its own, where nothing was imported before."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

IMAGES = Path(__file__).parent.parent / "adali" / "cli" / "images"

SCRIPT = """
import sys
import nvidia.dali.fn as fn
import nvidia.dali.types as types
from nvidia.dali import pipeline_def, ops
from nvidia.dali.pipeline import Pipeline

class Old(Pipeline):
    def __init__(self, folder):
        super().__init__(4, 2, None, seed=1)
        self.input = ops.FileReader(file_root=folder)
        self.decode = ops.ImageDecoder(device="cpu", output_type=types.RGB)
        self.resize = ops.Resize(resize_x=32, resize_y=32)

    def define_graph(self):
        jpegs, labels = self.input()
        return self.resize(self.decode(jpegs)), labels

@pipeline_def(batch_size=4, num_threads=2, device_id=None)
def new(folder):
    jpegs, labels = fn.readers.file(file_root=folder)
    return fn.resize(fn.decoders.image(jpegs), size=[32, 32]), labels

old, modern = Old(sys.argv[1]), new(sys.argv[1])
old.build()
a, b = old.run(), modern.run()
assert (a[0].as_array() == b[0].as_array()).all()
print(a[0].as_array().shape, a[1].as_array().ravel().tolist(), __name__, sys.argv[2:])
"""


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "adali.dropin", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=cwd)


def script(folder: Path, text: str, name: str = "script.py") -> str:
    path = folder / name
    path.write_text(textwrap.dedent(text))
    return str(path)


def output(folder: Path, text: str, *arguments: str) -> str:
    """What a script prints; it must end well."""
    done = run(script(folder, text), *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_unmodified_script_runs(tmp_path: Path) -> None:
    printed = output(tmp_path, SCRIPT, str(IMAGES), "--flag")
    assert printed.strip() == "(4, 32, 32, 3) [0, 0, 0, 0] __main__ ['--flag']"


def test_submodules_can_be_imported(tmp_path: Path) -> None:
    printed = output(
        tmp_path,
        """
        import nvidia.dali.auto_aug.rand_augment
        from nvidia.dali.auto_aug import auto_augment
        from nvidia.dali.auto_aug.core import augmentation
        from nvidia.dali.auto_aug.core.policy import Policy
        import nvidia.dali.fn.readers as readers
        from nvidia.dali.fn.random import uniform
        from nvidia.dali.pipeline.experimental import pipeline_def
        from nvidia.dali.data_node import DataNode, newaxis
        from nvidia.dali.tensors import TensorListCPU
        from nvidia.dali.external_source import external_source
        from nvidia.dali.pickling import pickle_by_value
        from nvidia.dali import *
        import nvidia.dali as dali
        print(nvidia.dali.auto_aug.rand_augment.rand_augment.__module__, auto_augment.auto_augment.__name__)
        print(dali.__version__, dali.types.FLOAT, dali.ops.readers.File.__name__, Pipeline is dali.Pipeline)
        print("FileReader" in dali.ops.cpu_ops(), dali.StreamPolicy.SINGLE.name, dali.backend.GetCUDADeviceCount() >= 0)
        assert dali.fn.readers is readers and dali.backend.TensorListCPU is TensorListCPU
        """,
    )
    assert printed.splitlines() == [
        "adali.auto_aug.rand_augment auto_augment",
        "2.4.0 DALIDataType.FLOAT File True",
        "True SINGLE True",
    ]


def test_composed_operators(tmp_path: Path) -> None:
    printed = output(
        tmp_path,
        """
        import sys
        from nvidia.dali import ops, Pipeline
        pipe = Pipeline(3, 2, None)
        with pipe:
            files, _ = ops.readers.File(file_root=sys.argv[1])()
            pipe.set_outputs(ops.Compose([ops.decoders.Image(device="cpu"), ops.Resize(size=[4, 5])])(files))
        print(pipe.run()[0].shape())
        try:
            ops.Compose([3])
        except TypeError as e:
            print(e)
        """,
        str(IMAGES),
    )
    assert printed.splitlines() == [
        "[(4, 5, 3), (4, 5, 3), (4, 5, 3)]",
        "Compose takes operators and functions, got 3 at place 0",
    ]


# ---- what is missing -------------------------------------------------------------------------------------------------


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    done = run(script(tmp_path, "from nvidia.dali import fn\nprint(1)\nfn.readers.nothing_like_this()\n"))
    assert done.returncode == 1
    assert done.stdout == "1\n"
    assert "NotImplementedError: adali does not have nvidia.dali.fn.readers.nothing_like_this" in done.stderr


def test_missing_imports_are_named(tmp_path: Path) -> None:
    printed = output(
        tmp_path,
        """
        for text in (
            "import nvidia.dali.nothing",
            "from nvidia.dali import nothing",
            "from nvidia.dali.nothing import at_all",
            "import importlib; importlib.import_module('nvidia.dali.nothing')",
            "import nvidia.dali as d; d.nothing",
        ):
            try:
                exec(text)
            except NotImplementedError as e:
                print(e)
        """,
    )
    assert printed.splitlines() == ["adali does not have nvidia.dali.nothing"] * 5


def test_scripts_can_ask_for_what_is_missing(tmp_path: Path) -> None:
    printed = output(
        tmp_path,
        """
        import nvidia.dali.fn as fn
        print(hasattr(fn, "resize"), hasattr(fn, "nothing"), getattr(fn, "nothing", "default"))
        try:
            from nvidia.dali.plugin.nothing import Iterator
        except ImportError as e:
            print("fallback:", e)
        try:
            from nvidia.dali.fn import nothing
        except NotImplementedError as e:
            print("error:", e)
        """,
    )
    assert printed.splitlines() == [
        "True False default",
        "fallback: adali does not have nvidia.dali.plugin.nothing",
        "error: adali does not have nvidia.dali.fn.nothing",
    ]


def test_the_list_of_what_is_missing(tmp_path: Path) -> None:
    """docs/dropin_missing.md is what a walk over the public names of the real DALI finds."""
    printed = output(
        tmp_path,
        f"""
        import sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        import surface
        print(surface.page(), end="")
        """,
    )
    from surface import PAGE

    assert printed == PAGE.read_text(encoding="utf-8"), "write it anew with `python tests/golden_index.py`"


# ---- the report ------------------------------------------------------------------------------------------------------


def test_the_report_lists_what_is_missing_without_running(tmp_path: Path) -> None:
    path = script(
        tmp_path,
        """\
        import nvidia.dali.fn as fn
        from nvidia.dali.plugin.mxnet import X
        print('ran')
        fn.resize(1)
        fn.nothing.at.all
        """,
    )
    done = run("--report", path)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"{path}:2: nvidia.dali.plugin.mxnet.X",
        f"{path}:5: nvidia.dali.fn.nothing",
        "2 names that adali lacks",
    ]
    done = run("--report", script(tmp_path, SCRIPT))
    assert (done.returncode, done.stdout) == (0, "adali has everything this script names\n")


def test_the_report_follows_names(tmp_path: Path) -> None:
    path = script(
        tmp_path,
        """\
        import importlib
        import nvidia.dali
        import nvidia.dali as dali, nvidia.dali.ops as my_ops
        from nvidia.dali import fn as f, Pipeline as Pipe, pipeline_def
        from nvidia.dali.fn import *
        def later():
            from nvidia.dali import types as t
            return t.NOTHING
        r = f.readers
        s = r
        s.nothing()
        resize(1, nothing=2)
        my_ops.Nothing()
        nvidia.dali.types.NOTHING
        Pipe.nothing
        Pipe(batch_size=1, nothing=1)
        importlib.import_module("nvidia.dali.math").nothing
        @pipeline_def(debug=True, enable_conditionals=True, nothing=2)
        def p(nothing):
            f.resize(nothing, size=1, nothing=3)
            nothing.nothing.nothing
            return dali.math.sqrt(nothing)
        """,
    )
    assert [line.split(":", 1)[1] for line in run("--report", path).stdout.splitlines()[:-1]] == [
        "8: nvidia.dali.types.NOTHING",
        "11: nvidia.dali.fn.readers.nothing",
        "12: nvidia.dali.fn.resize(nothing=)",
        "13: nvidia.dali.ops.Nothing",
        "14: nvidia.dali.types.NOTHING",
        "15: nvidia.dali.Pipeline.nothing",
        "16: nvidia.dali.Pipeline(nothing=)",
        "17: nvidia.dali.math.nothing",
        "18: nvidia.dali.pipeline_def(nothing=)",
        "20: nvidia.dali.fn.resize(nothing=)",
    ]


def test_reports_that_cannot_be_made(tmp_path: Path) -> None:
    for arguments in (["--report"], ["--report", "a", "b"], ["--report", str(tmp_path / "none.py")]):
        assert run(*arguments).returncode == 2
    done = run("--report", script(tmp_path, "def"))
    assert done.returncode == 2
    assert "invalid syntax" in done.stderr


# ---- as with python --------------------------------------------------------------------------------------------------


def python(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=cwd)


@pytest.mark.parametrize(
    "text",
    [
        """\
        'Doc.'
        import sys, __main__, atexit, threading, pickle, helper
        print(sys.argv, __name__, __file__, sys.path[0], __package__, __spec__, __doc__)
        print(sorted(k for k in globals() if k not in ('__loader__', '__annotations__')), helper.value)
        class A: pass
        print(type(pickle.loads(pickle.dumps(A()))) is A, __main__.A is A)
        x = [1]
        atexit.register(lambda: print('bye', x))
        threading.Thread(target=lambda: print('thread', x)).start()
        sys.exit(7)
        """,
        "raise SystemExit('a message')",
        "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError('x') from e",
        "x = (",
        "import nothing_like_this",
        "import sys; sys.excepthook = lambda *a: print('hook', a[0].__name__); raise RuntimeError",
        "raise KeyboardInterrupt",
    ],
)
def test_scripts_run_as_with_python(tmp_path: Path, text: str) -> None:
    script(tmp_path, "value = 5", "helper.py")
    script(tmp_path, text)
    arguments = ("script.py", "-a", "b c")
    theirs, ours = python(*arguments, cwd=tmp_path), run(*arguments, cwd=tmp_path)
    assert (ours.returncode, ours.stdout, ours.stderr) == (theirs.returncode, theirs.stdout, theirs.stderr)


def test_missing_scripts_and_wrong_options(tmp_path: Path) -> None:
    theirs, ours = python(str(tmp_path / "none.py")), run(str(tmp_path / "none.py"))
    assert (ours.returncode, ours.stderr) == (theirs.returncode, theirs.stderr)
    assert run().returncode == run("--nothing").returncode == 2
    assert run("--help").stdout.startswith("usage: python -m adali.dropin SCRIPT")


def test_modules_and_folders(tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    text = "import sys, nvidia.dali\nprint(__name__, sys.argv[1:], nvidia.dali.adali_version)\n"
    script(package, text, "__main__.py")
    script(package, text, "other.py")
    import adali

    wanted = f"__main__ ['x'] {adali.__version__}\n"
    assert run("package", "x", cwd=tmp_path).stdout == wanted
    assert run("-m", "package", "x", cwd=tmp_path).stdout == wanted
    assert run("-m", "package.other", "x", cwd=tmp_path).stdout == wanted


def test_processes_that_a_script_spawns_have_the_aliases(tmp_path: Path) -> None:
    printed = output(
        tmp_path,
        """
        import multiprocessing
        from nvidia.dali import types

        def work(x):
            return str(types.DALIDataType(x))

        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.map(work, [9, 0]))
        """,
    )
    assert printed.strip() == "['DALIDataType.FLOAT', 'DALIDataType.UINT8']"


# ---- install ---------------------------------------------------------------------------------------------------------


def test_install_and_uninstall(tmp_path: Path) -> None:
    code = """
        import sys
        import adali.dropin
        adali.dropin.install()
        adali.dropin.install()  # once more is nothing
        import nvidia.dali.fn
        names = [n for n in sys.modules if n == "nvidia.dali" or n.startswith("nvidia.dali.")]
        wanted = "pipeline ops fn types backend tensors math data_node auto_aug plugin experimental".split()
        assert all(f"nvidia.dali.{n}" in names for n in wanted), names
        adali.dropin.uninstall()
        assert not [n for n in sys.modules if n.startswith("nvidia.dali")]
        try:
            import nvidia.dali
        except ImportError:
            print("gone")
        else:
            print("gone" if "adali" not in repr(nvidia.dali) else "still there")
        adali.dropin.install()
    """
    done = python(script(tmp_path, code))
    assert done.stdout == "gone\n", done.stderr


def test_the_real_dali_is_not_replaced(tmp_path: Path) -> None:
    code = """
        import sys, types
        sys.modules["nvidia.dali"] = types.ModuleType("nvidia.dali")
        import adali.dropin
        adali.dropin.install()
    """
    done = python(script(tmp_path, code))
    assert "RuntimeError: nvidia.dali is imported already" in done.stderr
