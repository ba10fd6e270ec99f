"""The specification of the ops: one class per theme, in plain array code.

Each op is defined here once, by its signature, its docstring with the formula, and a body that runs on any
device through `self.xp`. A theme inherits from the themes it calls. `thinc.backends.ops` joins them.
"""
