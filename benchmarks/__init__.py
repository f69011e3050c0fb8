"""Benchmarks: each compares what we do with the usual way, in one run."""
