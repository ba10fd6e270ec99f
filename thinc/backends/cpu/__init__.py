"""Bindings of the CPU kernels, one module per theme. They need a compiler at build time; `numpy_ops` does without."""
