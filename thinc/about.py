"""The version of the library, in one place."""

__version__ = "8.3.100"
__release__ = True

__all__ = ["__release__", "__version__"]
