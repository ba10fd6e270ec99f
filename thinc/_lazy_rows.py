"""Updates of those rows of a table that have a gradient, and of nothing else.

An embedding table of 200,000 rows, of which a step uses a hundred, is read and written as a whole by an
ordinary update: rows without a gradient still move on with their momentum, decay, and are averaged. With
`lazy_rows` every row is a parameter of its own, updated in those steps in which it has a gradient.
"""

from collections.abc import Callable
from typing import Any, Optional

from .backends import Ops, checks
from .types import FloatsXd, Ints1d


def update_rows(
    op: Callable,
    ops: Ops,
    row_updates: dict[Any, Ints1d],
    key: Any,
    rows: Optional[Ints1d],
    scalars: Callable[[int], dict[str, Any]],
    weights: FloatsXd,
    gradient: FloatsXd,
    *state: Optional[FloatsXd],
) -> bool:
    """Update the rows whose gradient is not zero, and set that to zero.

    Args:
        op: `ops.adam_update` or `ops.sgd_update`.
        row_updates: how often each row of a parameter has been updated, int (nV,), by key; counted on.
        key: of this parameter.
        rows: among which those with a gradient are, in any order, repeated or not; None for all.
        scalars: the op's keyword arguments for the update with a given number, from 1.
        weights: float (nV, ...).
        gradient: of that shape.
        state: moments, if the op has any, and averages or None; each with as many elements.
    Returns:
        whether the update took place: False only if the guard refused the gradient.
    Raises:
        ValueError: shapes differ, or from those of earlier updates; an array is read-only.
        TypeError: an array is not of floats.
    """
    xp = ops.xp
    *moments, averages = state
    named = {f"mom{i}": moment for i, moment in enumerate(moments, start=1)}
    checks.update("row_update", weights, gradient, **named, averages=averages)
    counts = row_updates.get(key)
    if counts is None:
        counts = ops.alloc((len(weights),), dtype="int32")
    checks.shape("row_update", "counts", counts, (len(weights),))
    tables = [table if table is None else table.reshape(weights.shape) for table in state]
    rows = xp.arange(len(weights)) if rows is None else xp.unique(rows)
    is_zero: Any = gradient[rows] == 0
    rows = rows[~is_zero.reshape((len(rows), -1)).all(axis=1)]
    rows = rows[xp.argsort(counts[rows], kind="stable")]
    G, W = gradient[rows], weights[rows]
    parts = [table if table is None else table[rows] for table in tables]
    # Clipping and the guard look at the gradient as a whole, with its coupled L2 term.
    settings = scalars(1)
    if settings["l2"]:
        G += settings["l2"] * W
    norm, squares = ops.gradient_norm(G)
    if settings["guard"] and not xp.isfinite(squares):
        return False
    if settings["clip"] and norm >= settings["clip"]:
        G *= settings["clip"] / norm
    start = 0
    for t, number in zip(
        *(values.tolist() for values in xp.unique(counts[rows], return_counts=True)), strict=True
    ):
        block = slice(start, start + number)
        own = {**scalars(t + 1), "l2": 0.0, "clip": 0.0, "guard": False}
        op(W[block], G[block], *(part if part is None else part[block] for part in parts), **own)
        start += number
    for table, part in zip((weights, *tables), (W, *parts), strict=True):
        if table is not None:
            table[rows] = part
    gradient[rows] = 0
    counts[rows] += 1
    row_updates[key] = counts
    return True
