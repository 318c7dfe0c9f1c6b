"""The benchmarks: how each asks, scores and sums up."""
