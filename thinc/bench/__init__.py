"""Benchmarks of the ops and of small models, against the limits of the machine and against peers."""

__all__: list[str] = []
