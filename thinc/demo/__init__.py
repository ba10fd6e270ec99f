"""A tagger trained from end to end: corpora, features, training loop and report.

`python -m thinc demo` is its front door (`thinc.cli`). Nothing in the library
depends on this package; it uses `thinc.api` like any other client.
"""
