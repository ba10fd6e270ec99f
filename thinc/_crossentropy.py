"""Cross-entropy of guessed probabilities, for rows and for sequences of rows; the base of losses.

The gradient is the one with respect to the logits of the softmax that made the guesses. What is
called the loss is the sum of squares of that gradient, as it has always been here; the
logarithmic one is `log_loss`. How truths become targets is in `_targets.py`.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any, Generic, Optional, TypeVar, Union

from . import _targets
from ._targets import MissingT
from .types import Floats1d, Floats2d, Ints1d, get_array_module

GuessT = TypeVar("GuessT")
TruthT = TypeVar("TruthT")
GradT = TypeVar("GradT")
LossT = TypeVar("LossT")

IntsOrFloats = Union[Ints1d, Floats2d]
IntsOrFloatsOrStrs = Union[Ints1d, Floats2d, Sequence[int], Sequence[str]]
WeightsT = Union[Floats1d, Sequence[float], None]
ClassWeightsT = Union[Floats1d, Sequence[float], Mapping[Union[int, str], float], None]


class Loss(Generic[GuessT, TruthT, GradT, LossT]):
    """Base class: a gradient and a loss, from guesses and truths."""

    def __init__(self, **kwargs: Any) -> None: ...

    def __call__(self, guesses: GuessT, truths: TruthT) -> tuple[GradT, LossT]:
        """The gradient and the loss."""
        return self.get_grad(guesses, truths), self.get_loss(guesses, truths)

    @abstractmethod
    def get_grad(self, guesses: GuessT, truths: TruthT) -> GradT:  # type: ignore[empty-body]
        """The gradient with respect to the guesses."""

    @abstractmethod
    def get_loss(self, guesses: GuessT, truths: TruthT) -> LossT:  # type: ignore[empty-body]
        """The loss, one number."""


class CategoricalCrossentropy(Loss):
    """Cross-entropy of rows of probabilities: the gradient is `(guesses - targets) / B`.

    Truths are class numbers or names, one per row, or rows of probabilities; see
    `convert_truths`. NaN guesses pass through to gradient and loss.

    Args:
        normalize: whether to divide by the number of rows (masked ones count).
        names: the classes, in the order of the columns; needed for truths that are strings.
        missing_value: a truth that says nothing about its row; None always does.
        neg_prefix: beginning of a truth that says which class a row is not.
        label_smoothing: how much of the probability goes to the other classes.
        class_weights: factor on the gradient of a row, by the class of its truth: one number
            per column, or a mapping from names or numbers (1 for those not in it). Rows of
            probabilities get the mean under them.
    """

    def __init__(
        self,
        *,
        normalize: bool = True,
        names: Optional[Sequence[str]] = None,
        missing_value: MissingT = None,
        neg_prefix: Optional[str] = None,
        label_smoothing: float = 0.0,
        class_weights: ClassWeightsT = None,
    ) -> None:
        self.normalize = normalize
        self.names = names
        self.missing_value = missing_value
        self.neg_prefix = neg_prefix
        self.label_smoothing = label_smoothing
        self.class_weights = class_weights
        self._name_to_i: dict[str, int] = {name: i for i, name in enumerate(names or ())}

    def convert_truths(self, truths: Any, guesses: Floats2d) -> tuple[Floats2d, Floats2d]:
        """Targets and mask, each (B, C), of the guesses' dtype; the truths are not changed.

        Args:
            truths: a list or tuple of B integers or strings, either with None for missing; an
                integer array (B,); or an array (B, C) of probabilities, where with names a
                -1 means 0.
            guesses: float (B, C), or with arrays for truths (..., C).
        Raises:
            ValueError: there are strings but no names; the number of names is not C; labels are
                to be smoothed but the truths are probabilities.
            TypeError: truths of another kind.
            KeyError, IndexError: a label is unknown or out of range.
        """
        op = type(self).__name__
        xp = get_array_module(guesses)
        n_classes = guesses.shape[-1]
        if self.names and len(self.names) != n_classes:
            raise ValueError(
                f"{op}: guesses must have one column per name; "
                f"got {n_classes} columns for {len(self.names)} names"
            )
        ndim = getattr(truths, "ndim", None)
        if ndim is not None and ndim == guesses.ndim:
            return self._convert_rows(truths, guesses, xp)
        if ndim is not None and ndim == guesses.ndim - 1 and truths.dtype.kind not in "OU":
            labels = _targets.read_ids(op, truths, n_classes, missing_value=self.missing_value)
        elif guesses.ndim != 2:
            raise ValueError(f"{op}: guesses must have two dimensions; got {guesses.shape}")
        elif ndim == 1 or isinstance(truths, (list, tuple, range)):
            labels = _targets.read_labels(
                op,
                truths if isinstance(truths, list) else list(truths),
                n_classes,
                names=self._name_to_i,
                missing_value=self.missing_value,
                neg_prefix=self.neg_prefix,
            )
        else:
            raise TypeError(
                f"{op}: truths must be a list of labels or an array of the guesses' or one rank less; "
                f"got {type(truths).__name__}" + ("" if ndim is None else f" of shape {truths.shape}")
            )
        _targets.check_smoothing(op, self.label_smoothing, n_classes)
        return _targets.fill(labels, guesses, xp, self.label_smoothing)

    def _convert_rows(self, truths: Floats2d, guesses: Floats2d, xp: Any) -> tuple[Floats2d, Floats2d]:
        if self.label_smoothing:
            raise ValueError(
                "Label smoothing is only applied, when truths have type List[str], List[int] or Ints1d, "
                "but it seems like Floats2d was provided."
            )
        target = xp.array(truths, dtype=guesses.dtype)
        if self.names:
            target[target == -1] = 0
        mask = xp.ones_like(target)
        if isinstance(self.missing_value, Real) and target.size:
            mask[truths.argmax(axis=-1) == self.missing_value] = 0
        return target, mask

    def get_grad(
        self, guesses: Floats2d, truths: IntsOrFloatsOrStrs, *, sample_weights: WeightsT = None
    ) -> Floats2d:
        """The gradient with respect to the logits of the softmax that made the guesses.

        Args:
            guesses: float (B, C), in [0, 1].
            truths: as in `convert_truths`.
            sample_weights: factors on the gradients of the rows, (B,), or one for all.
        Returns:
            float (B, C), dtype of the guesses.
        Raises:
            ValueError: shapes differ, values are outside [0, 1], or as in `convert_truths`.
        """
        guesses, target, mask, weights = self._prepare(guesses, truths, sample_weights)
        gradient = guesses - target
        gradient *= mask
        if weights is not None:
            gradient *= weights
        if self.normalize:
            gradient /= guesses.shape[0]
        return gradient

    def get_loss(
        self, guesses: Floats2d, truths: IntsOrFloatsOrStrs, *, sample_weights: WeightsT = None
    ) -> float:
        """The sum of squares of the gradient; arguments and errors as in `get_grad`."""
        return sum_of_squares(self.get_grad(guesses, truths, sample_weights=sample_weights))

    def __call__(
        self, guesses: Floats2d, truths: IntsOrFloatsOrStrs, *, sample_weights: WeightsT = None
    ) -> tuple[Floats2d, float]:
        """The gradient and the sum of its squares."""
        gradient = self.get_grad(guesses, truths, sample_weights=sample_weights)
        return gradient, sum_of_squares(gradient)

    def log_loss(
        self, guesses: Floats2d, truths: IntsOrFloatsOrStrs, *, sample_weights: WeightsT = None
    ) -> float:
        """The cross-entropy: the sum of `-target * log(guess)`, over B if normalized.

        A row that is only known not to be of a class counts as `-log(1 - guess)` of that class.
        Guesses of 0 count as the smallest normal number. Arguments and errors as in `get_grad`.
        """
        guesses, target, mask, weights = self._prepare(guesses, truths, sample_weights)
        xp = get_array_module(guesses)
        tiny = xp.finfo(guesses.dtype).tiny
        terms = target * xp.log(xp.maximum(guesses, tiny)) * mask
        negated = xp.any(mask == 0, axis=-1) & xp.any(mask == 1, axis=-1)
        terms[negated] = xp.log(xp.maximum(1 - guesses[negated], tiny)) * mask[negated]
        if weights is not None:
            terms *= weights
        loss = -terms.sum()
        return loss / guesses.shape[0] if self.normalize and guesses.shape[0] else loss

    def _prepare(
        self, guesses: Floats2d, truths: IntsOrFloatsOrStrs, sample_weights: WeightsT
    ) -> tuple[Floats2d, Floats2d, Floats2d, Any]:
        """Guesses as floats, target, mask, and the factors of the rows as a column or None."""
        op = type(self).__name__
        if not hasattr(guesses, "dtype"):
            raise TypeError(f"{op}: guesses must be an array; got {type(guesses).__name__}")
        if guesses.dtype.kind != "f":
            guesses = guesses.astype("float32")
        target, mask = self.convert_truths(truths, guesses)
        xp = get_array_module(guesses)
        if guesses.shape != target.shape:
            raise ValueError(
                f"Cannot calculate {op} loss: mismatched shapes: {guesses.shape} vs {target.shape}."
            )
        for values, what in ((guesses, "guesses"), (target, "truth values")):
            if values.size and values.min() >= 0 and values.max() <= 1:
                continue
            if ((values > 1) | (values < 0)).any():  # NaN is neither.
                raise ValueError(f"Cannot calculate {op} loss with {what} outside the [0,1] interval.")
        weights = column_of(op, sample_weights, guesses)
        if self.class_weights is not None:
            per_class = self._per_class(guesses)
            known = target.sum(axis=-1, keepdims=True) > 0
            share = xp.where(known, target, mask)
            total = xp.maximum(share.sum(axis=-1, keepdims=True), xp.finfo(guesses.dtype).tiny)
            by_class = (share * per_class).sum(axis=-1, keepdims=True) / total
            weights = by_class if weights is None else weights * by_class
        return guesses, target, mask, weights

    def _per_class(self, guesses: Floats2d) -> Floats1d:
        xp = get_array_module(guesses)
        n_classes = guesses.shape[-1]
        weights = self.class_weights
        if isinstance(weights, Mapping):
            given, weights = weights, [1.0] * n_classes
            for label, weight in given.items():
                column = self._name_to_i.get(label) if isinstance(label, str) else label
                if not isinstance(column, Integral) or not 0 <= column < n_classes:
                    raise ValueError(
                        f"{type(self).__name__}: class_weights must be for names or for columns in "
                        f"[0, {n_classes}); got {label!r}"
                    )
                weights[int(column)] = weight
        per_class = xp.asarray(weights, dtype=guesses.dtype)
        if per_class.shape != (n_classes,):
            raise ValueError(
                f"{type(self).__name__}: class_weights must have one number per column; "
                f"got shape {per_class.shape} for {n_classes} columns"
            )
        return per_class


class SequenceCategoricalCrossentropy(Loss):
    """`CategoricalCrossentropy` of each of several sequences.

    Arguments as there, except that normalizing divides by the number of sequences.
    """

    def __init__(
        self,
        *,
        normalize: bool = True,
        names: Optional[Sequence[str]] = None,
        missing_value: MissingT = None,
        neg_prefix: Optional[str] = None,
        label_smoothing: float = 0.0,
        class_weights: ClassWeightsT = None,
    ) -> None:
        self.cc = CategoricalCrossentropy(
            normalize=False,
            names=names,
            missing_value=missing_value,
            neg_prefix=neg_prefix,
            label_smoothing=label_smoothing,
            class_weights=class_weights,
        )
        self.normalize = normalize

    def __call__(
        self, guesses: Sequence[Floats2d], truths: Sequence, *, sample_weights: Optional[Sequence] = None
    ) -> tuple[list[Floats2d], float]:
        """The gradients of the sequences, and the sum of all their squares."""
        gradients = self.get_grad(guesses, truths, sample_weights=sample_weights)
        return gradients, sum(map(sum_of_squares, gradients), 0.0)

    def get_grad(
        self, guesses: Sequence[Floats2d], truths: Sequence, *, sample_weights: Optional[Sequence] = None
    ) -> list[Floats2d]:
        """One gradient per sequence.

        Args:
            guesses: arrays (T, C), one per sequence.
            truths: as many truths, each as in `CategoricalCrossentropy.convert_truths`.
            sample_weights: as many factors, each a number or an array (T,).
        Raises:
            ValueError: the numbers differ, or as for one sequence.
        """
        gradients = [
            self.cc.get_grad(guess, truth, sample_weights=weights)
            for guess, truth, weights in self._sequences(guesses, truths, sample_weights)
        ]
        if self.normalize:
            for gradient in gradients:
                gradient /= len(gradients)
        return gradients

    def get_loss(
        self, guesses: Sequence[Floats2d], truths: Sequence, *, sample_weights: Optional[Sequence] = None
    ) -> float:
        """The sum of squares of all gradients; arguments and errors as in `get_grad`."""
        return self(guesses, truths, sample_weights=sample_weights)[1]

    def log_loss(
        self, guesses: Sequence[Floats2d], truths: Sequence, *, sample_weights: Optional[Sequence] = None
    ) -> float:
        """The cross-entropies added up, over the number of sequences if normalized."""
        losses = [
            self.cc.log_loss(guess, truth, sample_weights=weights)
            for guess, truth, weights in self._sequences(guesses, truths, sample_weights)
        ]
        total = sum(losses, 0.0)
        return total / len(losses) if self.normalize and losses else total

    def _sequences(self, guesses: Sequence, truths: Sequence, sample_weights: Optional[Sequence]) -> Any:
        if len(guesses) != len(truths):
            raise ValueError(
                "Cannot calculate SequenceCategoricalCrossentropy loss: guesses and truths must be same "
                f"length; got {len(guesses)} and {len(truths)}"
            )
        if sample_weights is None:
            sample_weights = [None] * len(guesses)
        if len(sample_weights) != len(guesses):
            raise ValueError(
                "SequenceCategoricalCrossentropy: sample_weights must have one entry per sequence; "
                f"got {len(sample_weights)} for {len(guesses)}"
            )
        return zip(guesses, truths, sample_weights, strict=True)


def sum_of_squares(gradient: Any) -> float:
    return (gradient**2).sum()


def column_of(op: str, weights: Any, guesses: Floats2d) -> Any:
    """Factors for the rows of `guesses`, to multiply them with; None if there are none."""
    if weights is None:
        return None
    column = get_array_module(guesses).asarray(weights, dtype=guesses.dtype)
    if column.shape not in ((), guesses.shape[:1]):
        raise ValueError(
            f"{op}: sample_weights must have one number per row; "
            f"got shape {column.shape} for {guesses.shape[0]} rows"
        )
    return column.reshape((-1, *[1] * (guesses.ndim - 1)))
