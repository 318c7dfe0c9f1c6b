"""Readers of public benchmarks: files in, a `Dataset` out."""
