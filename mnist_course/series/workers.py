"""Work through notebooks, several at a time, each on its share of the cores; show how far they are."""

import os
import shutil
import sys
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import suppress
from queue import SimpleQueue

import psutil

from mnist_course.series.processes import end, guarded, mark_of
from mnist_lib.runtime import cores

MOST, MEMORY = 4, 1.5e9  # notebooks at a time, if not told otherwise; bytes for each


def work_through(paths, work, alone=(), workers=None):
    """Call ``work`` for each notebook, several at a time; print one line for each that ends.

    Parameters
    ----------
    paths : sequence of Path
        The notebooks, in the order of reading.
    work : callable
        ``work(path, mark)`` executes one notebook, in a thread, and returns the entry of ``execute``.
    alone : collection of Path
        Those that measure time. They come last, one by one, with all cores.
    workers : int, optional
        How many at a time; they share the cores. 1 means in order, each with all cores. If left out, one for each
        core, but at most 4, and no more than memory is free for; 1 where a program may not choose its cores.

    Returns
    -------
    entries : list of dict
        In the order of reading. After Ctrl-C only of those that had begun, the unfinished ones "interrupted".
    interrupted : bool
        Whether Ctrl-C ended it.

    Raises
    ------
    ValueError
        If ``workers`` is less than 1.
    """
    if workers is None:
        room = int(psutil.virtual_memory().available // MEMORY)
        workers = max(1, min(cores(), MOST, room)) if hasattr(os, "sched_setaffinity") else 1
    if workers < 1:
        raise ValueError(f"workers is {workers}; expected 1 or more notebooks at a time.")
    last = [path for path in paths if path in alone and workers > 1]
    first = [path for path in paths if path not in last]
    entries = {}
    with guarded() as mark:
        meter = _Meter(paths, mark)
        done = _crew(first, work, workers, meter, entries) and _crew(last, work, 1, meter, entries)
    return [entries[path] for path in paths if path in entries], not done


def _crew(paths, work, workers, meter, entries):
    """Let one crew do its notebooks, and fill ``entries``; return whether it was left to finish."""
    workers = max(1, min(workers, len(paths)))
    places = SimpleQueue()
    for place in range(workers):
        places.put(place)
    pool = ThreadPoolExecutor(workers, initializer=lambda: _take_cores(places.get(), workers))
    pending = {pool.submit(work, path, meter.mark(path)): path for path in paths}
    try:
        while pending:
            wait(pending, timeout=0.1, return_when=FIRST_COMPLETED)
            for future in [future for future in pending if future.done()]:
                entries[pending[future]] = meter.report(future.result())
                del pending[future]
            meter.look()
        return True
    except BaseException as stop:
        pool.shutdown(wait=False, cancel_futures=True)
        while not all(future.done() for future in pending):
            end(meter.run)
            wait(pending, timeout=0.2)
        if not isinstance(stop, KeyboardInterrupt):
            raise
        for future, path in pending.items():
            if not future.cancelled():
                entries[path] = meter.report(_interrupted(future.result()))
        return False
    finally:
        pool.shutdown()


def _take_cores(place, places):
    """Keep this thread, and the kernels that it starts, to one of ``places`` equal shares of the cores."""
    with suppress(AttributeError, OSError):  # not every system lets a program choose
        available = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, available[place % len(available) :: places])


def _interrupted(entry):
    if entry["status"] == "failed":  # whatever the end of its kernel looked like
        error = {"cell": entry["error"]["cell"], "name": "Interrupted", "value": "stopped before its end"}
        entry.update(status="interrupted", error=error)
    return entry


class _Meter:
    """Measures the memory of all kernels with their child processes; shows what runs, and what has ended."""

    def __init__(self, paths, run):
        self.run, self._peaks, self._begun = run, {}, {}
        self._width = max(len(path.stem) for path in paths)
        self._processes, self._next = [], 0

    def mark(self, path):
        """Return the mark of one notebook's processes."""
        return f"{self.run}/{path.stem}/"

    def look(self):
        """To be called about ten times a second."""
        now = time.perf_counter()
        if now > self._next:  # looking for processes costs more than reading their memory
            children = psutil.Process().children(recursive=True)
            self._processes, self._next = [(child, mark_of(child)) for child in children], now + 0.5
            self._show_running(now)
        memory = Counter()
        for process, mark in self._processes:
            with suppress(psutil.Error):  # it has ended
                memory[mark] += process.memory_info().rss
        for mark, size in memory.items():
            self._peaks[mark] = max(size, self._peaks.get(mark, 0))

    def _show_running(self, now):
        if not sys.stdout.isatty():
            return
        running = []
        for mark in sorted({mark for _, mark in self._processes if mark.startswith(self.run)}):
            seconds = now - self._begun.setdefault(mark, now)
            running.append(f"{mark.split('/')[1]} {seconds:.0f} s {self._peaks.get(mark, 0) / 1e6:,.0f} MB")
        line = ", ".join(running)[: shutil.get_terminal_size().columns - 1]
        print(f"\r\033[K{line}", end="", flush=True)

    def report(self, entry):
        """Complete an entry, print it, and return it."""
        entry["peak_mb"] = round(self._peaks.get(f"{self.run}/{entry['name']}/", 0) / 1e6)
        if sys.stdout.isatty():
            print("\r\033[K", end="")
        name, error = entry["name"].ljust(self._width), entry.get("error")
        print(f"{name}  {entry['status']:7s} {entry['seconds']:6.1f} s  {entry['peak_mb']:6,} MB", flush=True)
        if error:
            where = f"cell {error['cell']}: " if error["cell"] else ""
            print(f"    {where}{error['name']}: {error['value']}", flush=True)
        for note in entry.pop("notes", ()):
            print(f"    {note}", flush=True)
        return entry
