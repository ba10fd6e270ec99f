"""Training any registered model from a config: readers, the loop, checkpoints, logs.

`python -m thinc train` is its front door (`thinc.cli`), and the demo is built on it. It uses `thinc.api` like
any other client.
"""

__all__: list[str] = []
