"""The themes of `CupyOps`: bindings of the CUDA kernels in `include/thinc/loops/cuda`."""
