"""Bindings of the CPU kernels, one module per theme. `numpy_ops` does without them if none was compiled."""
