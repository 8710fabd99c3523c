"""What a kernel costs: CPU time and memory of its process and of every process that it starts."""

from __future__ import annotations

import threading
from pathlib import Path

import psutil

INTERVAL = 0.2  # seconds between two samples


class Meter:
    """Watches a tree of processes from a thread of its own, until it is stopped."""

    def __init__(self, pid: int):
        self.peak_bytes = 0
        self._kernel = psutil.Process(pid)
        self._cpu: dict[psutil.Process, float] = {}  # CPU-seconds of each process ever seen, by itself
        self._waited = 0.0  # CPU-seconds of the living processes and the children that they waited for
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    @property
    def cpu_seconds(self) -> float:
        """CPU-seconds so far.

        A child that lives between two samples shows only in what its parent waited for (which not every
        system counts), a child that nobody waited for only in the samples. So the larger sum holds.
        """
        with self._lock:
            return max(sum(self._cpu.values()), self._waited)

    def sample(self) -> None:
        """Measure now; what was measured before stays when the kernel has ended."""
        with self._lock:
            try:
                self._measure(self._kernel.children(recursive=True))
            except psutil.NoSuchProcess:
                return

    def end(self) -> None:
        """Stop watching, and end the kernel and every process that it has started."""
        self._stopped.set()
        self._thread.join()
        self.sample()
        for process in self._cpu:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue  # it ended by itself

    def _watch(self) -> None:
        while not self._stopped.wait(INTERVAL):
            self.sample()

    def _measure(self, children: list[psutil.Process]) -> None:
        held, waited = 0, 0.0
        for child in children:
            try:
                waited += self._note_cpu(child)
                held += _own_bytes(child)
            except psutil.NoSuchProcess:
                continue  # it ended while it was being measured
        self._waited = max(self._waited, waited + self._note_cpu(self._kernel))
        now = self._kernel.memory_info().rss + held
        self.peak_bytes = max(self.peak_bytes, now, _high_water(self._kernel.pid))

    def _note_cpu(self, process: psutil.Process) -> float:
        times = process.cpu_times()
        own = times.user + times.system
        self._cpu[process] = own
        return own + getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)


def _own_bytes(child: psutil.Process) -> int:
    """Give the memory that a child does not share: the shared pages are counted once, with the kernel."""
    try:
        return child.memory_full_info().uss
    except psutil.AccessDenied:  # macOS tells it of one's own process only
        return child.memory_info().rss


def _high_water(pid: int) -> int:
    """Give the most bytes that a process ever held, where the system keeps count (Linux); else 0."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
