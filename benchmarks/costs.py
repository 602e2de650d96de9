"""What a call costs: seconds, as quantiles over many calls, and a process's memory."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path


def quantiles(seconds: Sequence[float]) -> tuple[float, float]:
    """Return p50 and p99 in milliseconds."""
    ordered = sorted(seconds)
    return statistics.median(ordered) * 1000, ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1000


def timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def resident_mb(process: int | str = "self") -> dict[str, int]:
    """Return the process's memory: all that is resident, and what of it is its own and not a mapped file's."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    fields = {
        name: int(rest.split()[0]) // 1024 for name, _, rest in (line.partition(":") for line in lines) if "kB" in rest
    }
    return {"rss_mb": fields["VmRSS"], "anonymous_mb": fields["RssAnon"], "peak_mb": fields["VmHWM"]}


def smaps_mb(process: int) -> dict[str, int]:
    """Return all that is resident, its share of it (Pss), what nobody else maps, and the processor's seconds."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]
    kb = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
    times = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return {
        "rss_mb": kb["Rss"] // 1024,
        "pss_mb": kb["Pss"] // 1024,
        "private_mb": (kb["Private_Clean"] + kb["Private_Dirty"]) // 1024,
        "cpu_s": sum(map(int, times)) // os.sysconf("SC_CLK_TCK"),
    }


def descendants(process: int) -> list[int]:
    """Return the processes it has started, and those these have."""
    try:
        children = [path.read_text().split() for path in Path(f"/proc/{process}/task").glob("*/children")]
    except OSError:  # ended meanwhile
        return []
    own = [int(child) for each in children for child in each]
    return own + [further for child in own for further in descendants(child)]


def gives_way(process: int) -> bool:
    """Say whether a process gives way to everything else, as the one that examines an index does."""
    try:
        return os.getpriority(os.PRIO_PROCESS, process) == 19
    except OSError:
        return False


def until_examined(process: int) -> None:
    """Wait until the service has looked for damage in the index it has just opened: it does so once an hour."""
    time.sleep(1)
    while any(gives_way(child) for child in descendants(process)):
        time.sleep(0.1)
