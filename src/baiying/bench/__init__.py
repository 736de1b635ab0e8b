"""Benchmarks that ship: ratios from one run on one machine, in a scratch database of their own."""
