"""Structures for structured prediction, with C-level interfaces for other extension modules."""
