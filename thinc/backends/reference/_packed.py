"""The layouts of the LSTM: one flat vector of weights, and packed rows.

Rows are packed step by step: first the `sizes[0]` rows of step 0, then the `sizes[1]` of step 1, and so on,
longest sequence first, so that row j of every step belongs to the same sequence.

    sizes [3, 2, 2]:   step   0 0 0 1 1 2 2
                       row    a b c a b a b
"""


class State(tuple):
    """`(Y, G, C, X)` of a forward pass, and the states it began with.

    Those are no item of the tuple, so that it still unpacks into four; in a plain tuple they count as 0.
    With `inputs_only` set, a backward pass does no work for the gradients of the parameters.
    """

    hidden = None
    cells = None
    inputs_only = False

    def __new__(cls, items, hidden=None, cells=None):
        state = super().__new__(cls, items)
        state.hidden, state.cells = hidden, cells
        return state

    def __reduce__(self):
        return State, (tuple(self), self.hidden, self.cells)


class Gradients(tuple):
    """`(dX, d_params)` of a backward pass, and the gradients of the states the forward pass began with.

    Those, `d_H0` and `d_C0`, each (depth, dirs, O), are no items, so that it still unpacks into two.
    """

    d_H0 = None
    d_C0 = None

    def __new__(cls, items, d_H0=None, d_C0=None):
        gradients = super().__new__(cls, items)
        gradients.d_H0, gradients.d_C0 = d_H0, d_C0
        return gradients

    def __reduce__(self):
        return Gradients, (tuple(self), self.d_H0, self.d_C0)


def n_weights(depth, dirs, nO, nI):
    """The size of the flat weight vector."""
    return sum(dirs * (4 * nO * (nO * dirs if i else nI) + 8 * nO + 4 * nO * nO) for i in range(depth))


def split_weights(params, i, nO, nI, offset):
    """The matrices and biases of a direction of layer i, as views: `((Wx, bx), (Wh, bh)), next offset`.

    Rows come in four groups of nO: forget, input, output, candidate. nI is the width of the input of
    layer 0, and of layer i.
    """
    parts = []
    for width in (nI, nO):
        W = params[offset : offset + 4 * nO * width].reshape(4 * nO, width)
        offset += W.size
        parts.append((W, params[offset : offset + 4 * nO]))
        offset += 4 * nO
    return tuple(parts), offset


def interleave(W):
    """Rows in four groups of nO, regrouped by unit: row `4 k + j` is gate j of unit k."""
    return W.reshape(4, W.shape[0] // 4, *W.shape[1:]).swapaxes(0, 1).reshape(W.shape)


def separate(W):
    """The inverse of `interleave`."""
    return W.reshape(W.shape[0] // 4, 4, *W.shape[1:]).swapaxes(0, 1).reshape(W.shape)


def offsets(sizes):
    """The first row of each step, and the number of rows."""
    starts = [0]
    for n in sizes:
        starts.append(starts[-1] + n)
    return starts


def shifted(xp, V, initial, sizes, step):
    """V one step earlier in the direction of travel (`step` 1 or -1): `initial` where a sequence begins."""
    starts = offsets(sizes)
    result = xp.empty_like(V)
    for t, n in enumerate(sizes):
        before = t - step
        m = min(n, sizes[before]) if 0 <= before < len(sizes) else 0
        if m:
            result[starts[t] : starts[t] + m] = V[starts[before] : starts[before] + m]
        result[starts[t] + m : starts[t + 1]] = initial
    return result
