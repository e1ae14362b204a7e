"""Worker processes for sources whose Python code holds the GIL.

They are spawned, never forked. A result travels in memory that has no name: the worker makes a memory file, fills it,
and sends its descriptor along; both ends close it, and the arrays keep it mapped. So nothing is ever left in
``/dev/shm``, whoever is killed. Where the system has no memory files, results travel through the pipe.

A worker that dies is replaced. What it was working on is done once more, and fails if that kills the next one as well.
A worker ends by itself when its parent is gone.
"""

from __future__ import annotations

import contextlib
import importlib
import mmap
import multiprocessing
import multiprocessing.connection
import multiprocessing.reduction
import os
import pickle
import threading
import traceback
import types
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from adali.errors import ArgumentError

__all__ = ["Processes", "WorkerDiedError", "packed", "received", "sendable"]

_ALIGNMENT = 64
_CAN_SEND_MEMORY = hasattr(os, "memfd_create")


class WorkerDiedError(RuntimeError):
    """A worker process ended in the middle of its work, twice."""


class _RemoteTraceback(Exception):
    """The traceback of a worker's exception, as the cause of the exception here."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return f'\n"""\n{self.text}"""'


def packed(work: Any, pickler: Any) -> tuple[Any, bytes]:
    """What a worker is to do, in a form that can be sent: the name of the unpickler, or None, and the data.

    Args:
        work: see :class:`Processes`.
        pickler: a module or object with ``dumps`` and ``loads``, a tuple of one and the keyword arguments of both, or
            None for pickle.

    Raises:
        ArgumentError: it cannot be pickled.
    """
    module, *options = pickler if isinstance(pickler, (tuple, list)) else (pickler,)
    dump_options, load_options = ([o or {} for o in options] + [{}, {}])[:2]
    try:
        if module is None:
            return None, pickle.dumps(work)
        loader = module.__name__ if isinstance(module, types.ModuleType) else module
        return (loader, load_options), module.dumps(work, **dump_options)
    except Exception as e:
        raise ArgumentError(
            f"external_source: the source cannot be sent to worker processes ({type(e).__name__}: {e}). Define its "
            "functions and classes at the top of a module, give py_callback_pickler (cloudpickle, for instance), or "
            "let it run in threads: py_start_method='fork'"
        ) from e


def _unpacked(loader: Any, data: bytes) -> Any:
    if loader is None:
        return pickle.loads(data)
    module, options = loader
    if isinstance(module, str):
        module = importlib.import_module(module)
    return module.loads(data, **options)


# ---- the worker ----------------------------------------------------------------------------------------------------


def _work(connection: Any, loader: Any, data: bytes) -> None:
    """The main function of a worker."""
    parent = multiprocessing.parent_process()
    if parent is not None:

        def watch() -> None:
            multiprocessing.connection.wait([parent.sentinel])
            os._exit(1)

        threading.Thread(target=watch, name="adali-parent", daemon=True).start()
    try:
        work, problem = _unpacked(loader, data), None
    except BaseException as e:
        work, problem = None, e
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            message = connection.recv()
            if message is None:
                return
            number, tasks = message
            buffers: list[pickle.PickleBuffer] = []
            try:
                if problem is not None:
                    raise problem
                body = pickle.dumps((True, work(tasks)), protocol=5, buffer_callback=buffers.append)
            except BaseException as e:
                buffers = []
                body = _failure(e)
            _send(connection, number, body, buffers)


def _failure(error: BaseException) -> bytes:
    return pickle.dumps((False, sendable(error)))


def sendable(error: BaseException) -> tuple[BaseException, str]:
    """An exception that survives pickling, and its traceback as text."""
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    if isinstance(error, (SystemExit, KeyboardInterrupt)):
        error = RuntimeError(f"the source raised {type(error).__name__}: {error}")
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # some exceptions can only be made, not pickled
        error = RuntimeError(f"{type(error).__name__}: {error}")
    return error, text


def received(error: BaseException, text: str) -> BaseException:
    """The same exception in the parent, with the worker's traceback as its cause."""
    error.__cause__ = _RemoteTraceback(text)
    return error


def _send(connection: Any, number: int, body: bytes, buffers: list[pickle.PickleBuffer]) -> None:
    views = [buffer.raw() for buffer in buffers]
    sizes = [view.nbytes for view in views]
    size = sum(_aligned(n) for n in sizes)
    if not size or not _CAN_SEND_MEMORY:
        connection.send((number, body, sizes, [bytearray(v) for v in views]))
        return
    fd = os.memfd_create("adali", os.MFD_CLOEXEC)
    try:
        os.ftruncate(fd, size)
        with mmap.mmap(fd, size) as memory:
            start = 0
            for view, n in zip(views, sizes, strict=True):
                memory[start : start + n] = view
                start += _aligned(n)
        connection.send((number, body, sizes, None))
        multiprocessing.reduction.send_handle(connection, fd, None)
    finally:
        os.close(fd)


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT


# ---- the parent ----------------------------------------------------------------------------------------------------


class _Job:
    """Tasks for one worker, and the future of their results."""

    def __init__(self, number: int, tasks: Any) -> None:
        self.number = number
        self.tasks = tasks
        self.future: Future[Any] = Future()
        self.retried = False


class _Worker:
    """One worker process, from the parent's side, and the thread that listens to it."""

    def __init__(self, pool: Processes, index: int) -> None:
        self.pool = pool
        self.index = index
        self.jobs: dict[int, _Job] = {}
        self.lock = threading.Lock()  # of the jobs
        self.pipe_lock = threading.Lock()  # taken before the other one
        self.spawn()
        self.listener = threading.Thread(target=self._listen, name=f"adali-process-{index}", daemon=True)
        self.listener.start()

    def spawn(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        loader, data = self.pool.work
        self.process = context.Process(
            target=_work, args=(other, loader, data), name=f"adali-source-{self.index}", daemon=True
        )
        try:
            self.process.start()
        finally:
            other.close()

    def send(self, job: _Job) -> None:
        with self.pipe_lock:
            with self.lock:
                self.jobs[job.number] = job
            # If the worker is dead the listener sees the end of the pipe, and the job with it.
            with contextlib.suppress(OSError):
                self.connection.send((job.number, job.tasks))

    def _listen(self) -> None:
        while True:
            try:
                number, body, sizes, parts = self.connection.recv()
                if parts is None:
                    parts = _mapped(multiprocessing.reduction.recv_handle(self.connection), sizes)
            except (EOFError, OSError):
                if not self._replace():
                    return
                continue
            with self.lock:
                job = self.jobs.pop(number)
            _settle(job, body, parts)
            del body, parts, job

    def _replace(self) -> bool:
        """Make a new process in place of the one that died, and give it what that had not done."""
        with self.pipe_lock, self.lock:
            if self.pool.closing:
                return False
            self.process.join()
            code = self.process.exitcode
            jobs, self.jobs = list(self.jobs.values()), {}
            self.connection.close()
            error = WorkerDiedError(f"a worker process of the source ended with exit code {code}")
            try:
                self.spawn()
            except BaseException as e:
                error.__cause__ = e
                self.pool.broken = error
                for job in jobs:
                    if job.future.set_running_or_notify_cancel():
                        job.future.set_exception(error)
                return False
        for place, job in enumerate(jobs):  # the first one is what it was working on
            if not self.pool.repeatable or (place == 0 and job.retried):
                if job.future.set_running_or_notify_cancel():
                    job.future.set_exception(error)
            else:
                job.retried = job.retried or place == 0
                self.send(job)
        return True

    def begin_to_close(self) -> None:
        with self.pipe_lock, contextlib.suppress(OSError):
            self.connection.send(None)

    def close(self, timeout: float) -> None:
        self.process.join(timeout)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()
        self.listener.join()
        self.connection.close()
        self.process.close()
        for job in self.jobs.values():
            job.future.cancel()


def _mapped(fd: int, sizes: Sequence[int]) -> list[memoryview]:
    try:
        memory = memoryview(mmap.mmap(fd, sum(_aligned(n) for n in sizes)))
    finally:
        os.close(fd)
    views, start = [], 0
    for n in sizes:
        views.append(memory[start : start + n])
        start += _aligned(n)
    return views


def _settle(job: _Job, body: bytes, buffers: Sequence[Any]) -> None:
    if not job.future.set_running_or_notify_cancel():
        return
    try:
        good, result = pickle.loads(body, buffers=buffers)
    except BaseException as e:
        job.future.set_exception(e)
        return
    if good:
        job.future.set_result(result)
        return
    job.future.set_exception(received(*result))


class Processes:
    """A few spawned processes that do one kind of work.

    Args:
        count: how many.
        work: a function of a list of tasks, as :func:`packed` gives it. Its result may hold arrays; they arrive in
            memory of their own that nobody else uses.
        repeatable: whether a task may be done again after it killed a worker.
    """

    def __init__(self, count: int, work: tuple[Any, bytes], *, repeatable: bool) -> None:
        self.work = work
        self.repeatable = repeatable
        self.closing = False
        self.broken: BaseException | None = None
        self._number = 0
        self._workers: list[_Worker] = []
        try:
            for i in range(count):
                self._workers.append(_Worker(self, i))
        except BaseException:
            self.close(0.0)
            raise

    def __len__(self) -> int:
        return len(self._workers)

    @property
    def pids(self) -> list[int]:
        """Process numbers of the workers."""
        return [w.process.pid for w in self._workers if w.process.pid is not None]

    def submit(self, tasks: Any) -> Future[Any]:
        """Give tasks to the worker that has the least to do."""
        if self.broken is not None:
            raise self.broken
        if self.closing:
            raise RuntimeError("the worker processes are closed")
        self._number += 1
        job = _Job(self._number, tasks)
        min(self._workers, key=lambda w: len(w.jobs)).send(job)
        return job.future

    def close(self, timeout: float = 5.0) -> None:
        """End the processes after what they do; kill those that have not ended in ``timeout`` seconds."""
        self.closing = True
        for worker in self._workers:
            worker.begin_to_close()
        for worker in self._workers:
            worker.close(timeout)
        self._workers = []
