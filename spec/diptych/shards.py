"""What replicas have alike in every backend: each one's rows of a batch, and the executions they compute in."""

from collections.abc import Collection


def shard_sizes(n: int, count: int) -> list[int]:
    """Rows of each of `count` replicas: they differ by one at most. ValueError where somebody would have none."""
    if n < count:
        raise ValueError(f"{n} rows cannot be cut for {count} replicas, each of which needs at least one")
    return [n // count + (rank < n % count) for rank in range(count)]


def check_replica_execution(framework: str, execution: str, known: Collection[str]) -> None:
    """Raise ValueError for an execution that is none of `known`, in which replicas compute."""
    if execution not in known:
        allowed = " or ".join(f'"{name}"' for name in sorted(known))
        raise ValueError(f'execution="{execution}": {framework} computes on replicas with execution={allowed} only')
