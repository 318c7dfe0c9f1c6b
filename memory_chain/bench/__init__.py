"""The benchmark of speed and size: `omem bench`."""

from memory_chain.bench.command import bench_command

__all__ = ["bench_command"]
