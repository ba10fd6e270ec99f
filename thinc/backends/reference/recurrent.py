"""The long short-term memory over packed sequences, forward and backward.

All rows of a layer are multiplied by the input weights at once; only the recurrent half goes step by step.
"""

from .. import checks
from . import _packed
from ._formulas import unclipped_logistic
from ._storage import contiguous, quiet, widened
from .gemm import Gemm


class Recurrent(Gemm):
    """LSTM."""

    @quiet
    def lstm_forward_training(self, params, H0, C0, X, size_at_t):
        """Long short-term memory: `h = o tanh(c)` with `c = f c' + i g`, step by step.

        The gates f, i, o are logistic functions (unclipped) and g is the tanh of `Wx x + bx + Wh h' + bh`,
        four rows of it per unit; c' and h' are the states of the step before. Direction 1
        takes the steps in reverse; each sequence enters it at its own last step. A layer's input is the
        output of the layer below, both directions side by side.

        The roles of the initial states are those of the existing models: the array passed as H0 begins
        the *cells*, the array passed as C0 the *hidden* states.

        Args:
            params: float (see below), for each layer and direction: Wx (4 O, I), bx (4 O,), Wh (4 O, O),
                bh (4 O,), flat, one after the other. The 4 O rows are four groups: forget, input,
                output, candidate. From layer 1 on, I is `O * dirs`.
            H0: float (depth, dirs, O), the initial cells, the same for all sequences; dirs is 1 or 2.
            C0: float (depth, dirs, O), the initial hidden states.
            X: float (N, I), packed rows: those of step 0, of step 1, ..., longest sequence first.
            size_at_t: integers (T,), the rows of each step; not increasing, summing to N.
        Returns:
            Y: float (N, O * dirs), the hidden states of the last layer.
            state: what `backprop_lstm` needs, a tuple (Y, G, C, X): hidden states (depth, dirs, N, O),
                gates (depth, dirs, N, 4 O) with element `4 k + j` gate j of unit k, cells
                (depth, dirs, N, O), and the X passed in.
        Raises:
            TypeError: no floats, or size_at_t holds no integers.
            ValueError: the shapes do not fit, size_at_t increases or does not sum to N.
        Numerics: computed in float64 if X is float64, else in float32; the other arrays are cast.
        Source: S. Hochreiter and J. Schmidhuber, Long Short-Term Memory; gates as in PyTorch's LSTM,
            in another order.
        """
        return self._lstm_forward("lstm_forward_training", params, H0, C0, X, size_at_t, keep=True)

    @quiet
    def lstm_forward_inference(self, params, H0, C0, X, size_at_t):
        """The output of `lstm_forward_training`, without the state.

        Args:
            params, H0, C0, X, size_at_t: as there.
        Returns:
            Y: float (N, O * dirs).
        Raises:
            TypeError, ValueError: as there.
        """
        return self._lstm_forward("lstm_forward_inference", params, H0, C0, X, size_at_t, keep=False)[0]

    def _lstm_inputs(self, op, **arrays):
        """X as floats to compute with, and the other arrays in the dtype of that."""
        for name, V in arrays.items():
            checks.array(op, name, V)
            checks.real(op, name, V)
        X = widened(self.xp, op, "X", arrays.pop("X"))
        dtype = "float64" if X.dtype == "float64" else "float32"
        return [contiguous(self.xp, V, dtype) for V in (X, *arrays.values())]

    def _check_weights(self, op, params, depth, dirs, nO, nI):
        expected = _packed.n_weights(depth, dirs, nO, nI)
        if params.shape != (expected,):
            raise ValueError(
                f"{op}: params must have shape ({expected},) for depth {depth}, {dirs} direction(s), "
                f"{nO} units and {nI} inputs; got {params.shape}"
            )

    def _lstm_forward(self, op, params, H0, C0, X, size_at_t, keep):
        inputs, weights, cells, hidden = self._lstm_inputs(op, X=X, params=params, H0=H0, C0=C0)
        checks.rank(op, "X", inputs, 2)
        checks.rank(op, "H0", cells, 3)
        checks.matching(op, H0=cells, C0=hidden)
        depth, dirs, nO = cells.shape
        if depth < 1 or dirs not in (1, 2):
            raise ValueError(f"{op}: H0 and C0 must be (depth, dirs, O), dirs 1 or 2; got {cells.shape}")
        N, nI = inputs.shape
        sizes = checks.steps(op, "size_at_t", size_at_t, N, self.xp)
        self._check_weights(op, weights, depth, dirs, nO, nI)
        saved = self._lstm_storage(depth, dirs, N, nO, inputs.dtype) if keep else None
        Y = self._lstm_layers(inputs, weights, cells, hidden, sizes, saved)
        return Y, None if saved is None else _packed.State((*saved, X), hidden, cells)

    def _lstm_storage(self, depth, dirs, N, nO, dtype):
        """Room for what the backward pass needs: Y, G and C."""
        return tuple(self.xp.empty((depth, dirs, N, width), dtype) for width in (nO, 4 * nO, nO))

    def _lstm_layers(self, inputs, weights, cells, hidden, sizes, saved):
        """All layers on checked arguments: the last output, and the states in `saved`, if given."""
        depth, dirs, nO = cells.shape
        N = inputs.shape[0]
        Y, G, C = saved or self._lstm_storage(depth, dirs, N, nO, inputs.dtype)
        offset = 0
        for i in range(depth):
            for d in range(dirs):
                ((Wx, bx), (Wh, bh)), offset = _packed.split_weights(weights, i, nO, inputs.shape[1], offset)
                G[i, d] = self.gemm(inputs, _packed.interleave(Wx), trans2=True)
                G[i, d] += _packed.interleave(bx + bh)
                recurrent = _packed.interleave(Wh)
                self._run(Y[i, d], G[i, d], C[i, d], recurrent, hidden[i, d], cells[i, d], sizes, d)
            inputs = self.xp.ascontiguousarray(Y[i].swapaxes(0, 1)).reshape(N, dirs * nO)
        return inputs

    def _run(self, Y, G, C, Wh, hidden, cells, sizes, direction):
        """One direction of one layer: G holds the input's part of the activations, and becomes the gates."""
        starts = _packed.offsets(sizes)
        batch = sizes[0] if sizes else 0
        h = self.xp.repeat(hidden[None], batch, axis=0)
        c = self.xp.repeat(cells[None], batch, axis=0)
        for t in reversed(range(len(sizes))) if direction else range(len(sizes)):
            n, rows = sizes[t], slice(starts[t], starts[t + 1])
            G[rows] += self.gemm(h[:n], Wh, trans2=True)
            gates = G[rows].reshape(n, C.shape[1], 4)
            gates[:, :, :3] = unclipped_logistic(self.xp, gates[:, :, :3])
            gates[:, :, 3] = self.xp.tanh(gates[:, :, 3])
            f, i, o, g = (gates[:, :, j] for j in range(4))
            c[:n] = C[rows] = f * c[:n] + i * g
            h[:n] = Y[rows] = self.xp.tanh(c[:n]) * o

    @quiet
    def backprop_lstm(self, dY, lengths, params, fwd_state):
        """Gradients of `lstm_forward_training`: of X, parameters, initial states.

        Both biases of a gate get the same gradient, since only their sum matters.

        Args:
            dY: float (N, O * dirs).
            lengths: the size_at_t of the forward pass.
            params: the params of the forward pass.
            fwd_state: the state it returned. A plain tuple (Y, G, C, X) means initial states of zero. If its
                attribute `inputs_only` is set, d_params is None.
        Returns:
            dX: float (N, I).
            d_params: float, shape of params.
            The pair has attributes `d_H0` and `d_C0`, float (depth, dirs, O): the gradients of the
            initial states, summed over the sequences.
        Raises:
            TypeError: no floats, or the lengths are no integers.
            ValueError: the shapes do not fit.
        Numerics: computed in the dtype of the state; dY and params are cast.
        """
        op = "backprop_lstm"
        if not isinstance(fwd_state, (tuple, list)) or len(fwd_state) != 4:
            found = type(fwd_state).__name__
            raise TypeError(f"{op}: fwd_state must be what the forward pass returned; got {found}")
        Y, G, C, X = fwd_state
        saved = self._lstm_inputs(op, X=Y, G=G, C=C, params=params, dY=dY, inputs=X)
        Y, G, C, weights, dY, inputs = saved
        checks.rank(op, "fwd_state[0]", Y, 4)
        depth, dirs, N, nO = Y.shape
        checks.shape(op, "fwd_state[1]", G, (depth, dirs, N, 4 * nO))
        checks.shape(op, "fwd_state[2]", C, Y.shape)
        checks.rank(op, "fwd_state[3]", inputs, 2)
        nI = inputs.shape[1]
        checks.shape(op, "fwd_state[3]", inputs, (N, nI))
        checks.shape(op, "dY", dY, (N, nO * dirs))
        sizes = checks.steps(op, "lengths", lengths, N, self.xp)
        self._check_weights(op, weights, depth, dirs, nO, nI)
        hidden, cells = (
            self.xp.zeros((depth, dirs, nO), Y.dtype) if V is None else contiguous(self.xp, V, Y.dtype)
            for V in (getattr(fwd_state, "hidden", None), getattr(fwd_state, "cells", None))
        )
        learns = not getattr(fwd_state, "inputs_only", False)
        return self._backprop_layers(dY, weights, Y, G, C, inputs, hidden, cells, sizes, learns)

    def _backprop_layers(self, dY, weights, Y, G, C, inputs, hidden, cells, sizes, learns):
        """Gradients of `inputs`, weights (None if not wanted) and initial states, on checked arguments."""
        depth, dirs, N, nO = Y.shape
        nI = inputs.shape[1]
        d_weights = self.xp.zeros_like(weights) if learns else None
        d_hidden, d_cells = self.xp.zeros_like(hidden), self.xp.zeros_like(cells)
        for i in reversed(range(depth)):
            below = self.xp.ascontiguousarray(Y[i - 1].swapaxes(0, 1)).reshape(N, dirs * nO) if i else inputs
            offset = _packed.n_weights(i, dirs, nO, nI)
            dX = self.xp.zeros_like(below)
            for d in range(dirs):
                own = offset
                ((Wx, _), (Wh, _)), offset = _packed.split_weights(weights, i, nO, below.shape[1], own)
                step = -1 if d else 1
                c_before = _packed.shifted(self.xp, C[i, d], cells[i, d], sizes, step)
                d_out = dY[:, d * nO : (d + 1) * nO]
                dA, dh, dc = self._unroll(d_out, G[i, d], C[i, d], c_before, _packed.interleave(Wh), sizes, d)
                d_hidden[i, d], d_cells[i, d] = dh.sum(axis=0), dc.sum(axis=0)
                dX += self.gemm(dA, _packed.interleave(Wx))
                if not learns:
                    continue
                ((dWx, dbx), (dWh, dbh)), _ = _packed.split_weights(d_weights, i, nO, below.shape[1], own)
                h_before = _packed.shifted(self.xp, Y[i, d], hidden[i, d], sizes, step)
                dWx[...] = _packed.separate(self.gemm(dA, below, trans1=True))
                dWh[...] = _packed.separate(self.gemm(dA, h_before, trans1=True))
                dbx[...] = dbh[...] = _packed.separate(dA.sum(axis=0))
            dY = dX
        return _packed.Gradients((dY, d_weights), d_cells, d_hidden)

    def _unroll(self, dY, G, C, C_before, Wh, sizes, direction):
        """One direction, against the direction of travel.

        Returns:
            dA: the gradient (N, 4 O) of the activations.
            dh, dc: those (B, O) of the states that each sequence began with.
        """
        starts = _packed.offsets(sizes)
        batch = sizes[0] if sizes else 0
        dA = self.xp.zeros_like(G)
        dh = self.xp.zeros((batch, C.shape[1]), C.dtype)
        dc = self.xp.zeros_like(dh)
        for t in range(len(sizes)) if direction else reversed(range(len(sizes))):
            n, rows = sizes[t], slice(starts[t], starts[t + 1])
            f, i, o, g = (G[rows].reshape(n, C.shape[1], 4)[:, :, j] for j in range(4))
            tanh_c = self.xp.tanh(C[rows])
            d_h = dY[rows] + dh[:n]
            d_c = dc[:n] + d_h * o * (1.0 - tanh_c * tanh_c)
            d_gates = dA[rows].reshape(n, C.shape[1], 4)
            d_gates[:, :, 0] = d_c * C_before[rows] * f * (1.0 - f)
            d_gates[:, :, 1] = d_c * g * i * (1.0 - i)
            d_gates[:, :, 2] = d_h * tanh_c * o * (1.0 - o)
            d_gates[:, :, 3] = d_c * i * (1.0 - g * g)
            dh[:n] = self.gemm(dA[rows], Wh)
            dc[:n] = d_c * f
        return dA, dh, dc
