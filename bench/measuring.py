"""Measuring: each run in a process of its own, one after the other, so that nothing lends a hand.

A run is a Python module called with a name and a file; it prints one JSON line of what it took.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

Figures: TypeAlias = dict[str, float]

_ROOT = Path(__file__).parent.parent
_STATUS = Path("/proc/self/status")
_PEAK = "VmHWM:"
_KB_IN_MB = 1024


def run_alone(arguments: Sequence[str], *, python: str = sys.executable) -> Figures:
    """Run ``python arguments`` to its end and return the JSON line it printed last."""
    done = subprocess.run(  # noqa: S603 — our own modules with our own arguments
        [python, *arguments],
        cwd=_ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def take_turns(runs: Mapping[str, Callable[[], Figures]], *, rounds: int) -> dict[str, Figures]:
    """Every run once a round, so that a busy minute hits them all; the medians of each."""
    taken: dict[str, list[Figures]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            taken[name].append(run())
    return {name: medians(figures) for name, figures in taken.items()}


def medians(runs: Sequence[Figures]) -> Figures:
    """Figure by figure."""
    return {name: round(statistics.median(one[name] for one in runs), 3) for name in runs[0]}


def print_cost(work: Callable[[], object]) -> None:
    """Do the work and print what it took: seconds, and this process's peak memory since it began.

    What was imported before counts as memory, not as time.
    """
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    figures = {
        "cpu_seconds": time.process_time() - cpu,
        "wall_seconds": time.perf_counter() - wall,
        "peak_mb": peak_mb(),
    }
    print(json.dumps(figures))


def peak_mb() -> float:
    """Peak resident memory. What ``getrusage`` tells includes the parent's on Linux."""
    if _STATUS.exists():
        for line in _STATUS.read_text(encoding="ascii").splitlines():
            if line.startswith(_PEAK):
                return round(int(line.removeprefix(_PEAK).split()[0]) / _KB_IN_MB, 1)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KB_IN_MB, 1)


def print_result(bench: str, figures: Mapping[str, object]) -> None:
    """The one line of a bench, with what the machine was like."""
    machine = {
        "python": sys.version.split()[0],
        "processors": os.cpu_count(),
        "load_1_minute": round(os.getloadavg()[0], 1),
    }
    print(json.dumps({"bench": bench, **figures, **machine}), flush=True)
