"""Work in a process of its own, for benchmarks that tell its peak memory."""

import multiprocessing
import resource
from collections.abc import Callable
from typing import Any


def in_a_process(work: Callable[..., Any], *arguments: Any) -> tuple[Any, float]:
    """Run something in a process of its own; give its answer and its peak memory in MB."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        answer = pool.apply(work, arguments)
        return answer, pool.apply(_peak)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
