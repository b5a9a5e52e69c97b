"""Chooses the pairs that are worth training on: no copies, no benchmarks, balanced, split by repository."""
