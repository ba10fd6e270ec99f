"""`AppleOps`: ops that use Apple's Accelerate framework, or None where they are not built."""

AppleOps = None

__all__ = ["AppleOps"]
