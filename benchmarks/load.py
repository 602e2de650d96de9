"""A crowd at the door: `python -m benchmarks.load` asks the real service over the corpus index for a minute each.

8 and 32 clients, each asking its next question when the last is answered, no question twice; then a burst of more
requests at once than the service takes. Clients and service share the machine's cores. `--workers 1 2` does all of it
with one process and with two, and tells what they take of memory. Prints Markdown.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx

from benchmarks.costs import descendants, smaps_mb, until_examined
from benchmarks.serving import served
from benchmarks.synthetic import real_questions
from index.settings import IndexSettings


@dataclass
class Answers:
    """What came back: how many of each status, and the seconds each took; of a refusal, whether it said until when."""

    seconds: dict[int, list[float]] = field(default_factory=dict)
    lasted: float = 0.0
    without_retry_after: int = 0

    def add(self, answer: httpx.Response | None, seconds: float) -> None:
        status = 0 if answer is None else answer.status_code
        self.seconds.setdefault(status, []).append(seconds)
        self.without_retry_after += status == 503 and not (answer and answer.headers.get("Retry-After", "").isdecimal())

    @property
    def statuses(self) -> Counter[int]:
        return Counter({status: len(times) for status, times in self.seconds.items()})

    def quantile_ms(self, status: int, part: float) -> float:
        """Return a quantile of a status's answers, 0 where there are none."""
        times = sorted(self.seconds.get(status, [0.0]))
        return times[min(len(times) - 1, int(len(times) * part))] * 1000


async def _ask(client: httpx.AsyncClient, question: str, answers: Answers) -> None:
    began = time.perf_counter()
    try:
        answer = await client.post("/api/v1/search", json={"query": question})
    except httpx.TransportError:
        answer = None
    answers.add(answer, time.perf_counter() - began)


async def steady(base_url: str, questions: Iterator[str], clients: int, seconds: float, most: int = 10**9) -> Answers:
    """Have each client ask one question after the other until the time is up or so many were asked."""
    answers, began, left = Answers(), time.perf_counter(), iter(range(most))

    async def ask_in_turn(client: httpx.AsyncClient) -> None:
        while time.perf_counter() - began < seconds and next(left, None) is not None:
            await _ask(client, next(questions), answers)

    async with _client(base_url, clients) as client, asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(ask_in_turn(client))
    answers.lasted = time.perf_counter() - began
    return answers


async def burst(base_url: str, questions: Iterator[str], requests: int, answers: Answers | None = None) -> Answers:
    """Ask all of them at once."""
    answers, began = answers or Answers(), time.perf_counter()
    async with _client(base_url, requests) as client, asyncio.TaskGroup() as group:
        for _ in range(requests):
            group.create_task(_ask(client, next(questions), answers))
    answers.lasted = time.perf_counter() - began
    return answers


def _client(base_url: str, connections: int) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    return httpx.AsyncClient(base_url=base_url, timeout=120, limits=limits)


def row(what: str, answers: Answers) -> str:
    """Return one line of the table."""
    answered = answers.statuses[200]
    others = {status: number for status, number in sorted(answers.statuses.items()) if status != 200}
    times = ", ".join(f"{answers.quantile_ms(200, part):.0f}" for part in (0.5, 0.99))
    refused = f"{answers.quantile_ms(503, 0.99):.0f}" if answers.statuses[503] else ""
    return f"| {what} | {answered / answers.lasted:.1f} | {times} | {json.dumps(others)} | {refused} |"


def measured(settings: IndexSettings, chosen: argparse.Namespace, workers: int) -> tuple[list[str], list[str]]:
    """Start the service in so many workers and ask it; return the lines of both tables."""
    texts = real_questions()
    questions = (f"{texts[number % len(texts)]} ({number})" for number in count())
    name = f"{workers} worker{'s' * (workers > 1)}"
    rows, memory = [], []
    with served(settings, workers) as (client, ready_s, process):
        base_url = str(client.base_url)
        shared = settings.data / ".workers" / str(client.base_url.port)
        while not _each_has_answered(shared, workers):  # over a connection of its own, so that any may take it
            httpx.post(f"{base_url}/api/v1/search", json={"query": next(questions)}, timeout=120).raise_for_status()
        memory += [memory_row(f"{name}, ready in {ready_s:.1f} s", process)]
        for clients in chosen.clients:
            answers = asyncio.run(steady(base_url, questions, clients, chosen.seconds))
            rows.append(row(f"{name}, {clients} clients for {chosen.seconds:.0f} s", answers))
        crowd = asyncio.run(burst(base_url, questions, chosen.burst))
        rows.append(row(f"{name}, {chosen.burst} requests at once", crowd))
        if crowd.without_retry_after:
            raise SystemExit(f"{crowd.without_retry_after} refusals without Retry-After")
        memory += [memory_row(f"{name}, after all of the above", process)]
    return rows, memory


def _each_has_answered(shared: Path, workers: int) -> bool:
    files = list(shared.glob("counter_*.db"))
    return workers == 1 or sum(b"/api/v1/search" in file.read_bytes() for file in files) == workers


def memory_row(what: str, process: int) -> str:
    """Return the memory of all processes together, and of each that serves: its own, and its processor's seconds."""
    until_examined(process)
    processes = [smaps_mb(each) for each in [process, *descendants(process)]]
    serving = [each for each in processes if each["rss_mb"] > 100]  # neither a supervisor nor Python's trackers
    each = ["; ".join(str(each[kind]) for each in serving) for kind in ("rss_mb", "private_mb", "cpu_s")]
    return f"| {what} | {sum(each['pss_mb'] for each in processes)} | {' | '.join(each)} |"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, nargs="*", default=[8, 32])
    parser.add_argument("--burst", type=int, default=200)
    parser.add_argument("--workers", type=int, nargs="*", default=[1])
    parser.add_argument("--data", type=Path, default=Path("var"))
    chosen = parser.parse_args(arguments)
    models = (chosen.data / "models").resolve()
    settings = IndexSettings(data=chosen.data, models=models if models.is_dir() else Path("var/models").resolve())
    tables = [measured(settings, chosen, workers) for workers in chosen.workers]
    lines = [
        "| what | answered/s | p50, p99 ms | other statuses (0: no answer) | refused within, p99 ms |",
        "|---|---|---|---|---|",
        *(line for rows, _ in tables for line in rows),
        "\n| memory | all processes, Pss MB | each worker: Rss MB | its own MB | processor s |",
        "|---|---|---|---|---|",
        *(line for _, memory in tables for line in memory),
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
