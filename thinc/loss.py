"""Losses: how far guesses are from truths, and the gradient that brings them closer.

Calling a loss gives the gradient first and the loss second. The gradient is what a model's
`backprop` takes. The cross-entropies are in `_crossentropy.py`; here are the distances between
vectors, and the names under which configs know them all.
"""

from collections.abc import Sequence
from typing import Any, Optional

from ._crossentropy import (
    CategoricalCrossentropy,
    Loss,
    SequenceCategoricalCrossentropy,
    WeightsT,
    column_of,
    sum_of_squares,
)
from ._crossentropy import IntsOrFloats as IntsOrFloats
from ._crossentropy import IntsOrFloatsOrStrs as IntsOrFloatsOrStrs
from ._targets import MissingT
from .config import registry
from .types import Floats2d, get_array_module

__all__ = [
    "CategoricalCrossentropy",
    "CosineDistance",
    "L2Distance",
    "SequenceCategoricalCrossentropy",
]


class L2Distance(Loss):
    """Squared distance: the gradient is `guesses - truths`, over B if normalized.

    The loss is the sum of squares of the gradient, so normalizing divides it by B squared.
    """

    def __init__(self, *, normalize: bool = True) -> None:
        self.normalize = normalize

    def __call__(
        self, guesses: Floats2d, truths: Floats2d, *, sample_weights: WeightsT = None
    ) -> tuple[Floats2d, float]:
        """The gradient and the sum of its squares."""
        gradient = self.get_grad(guesses, truths, sample_weights=sample_weights)
        return gradient, sum_of_squares(gradient)

    def get_grad(
        self, guesses: Floats2d, truths: Floats2d, *, sample_weights: WeightsT = None
    ) -> Floats2d:
        """The gradient with respect to the guesses.

        Args:
            guesses, truths: float (B, O).
            sample_weights: factors on the gradients of the rows, (B,), or one for all.
        Raises:
            ValueError: the shapes differ.
        """
        if guesses.shape != truths.shape:
            raise ValueError(
                f"Cannot calculate L2 distance: mismatched shapes: {guesses.shape} vs {truths.shape}."
            )
        gradient = guesses - truths
        weights = column_of("L2Distance", sample_weights, guesses)
        if weights is not None:
            gradient = gradient * weights
        if self.normalize:
            gradient = gradient / guesses.shape[0]
        return gradient

    def get_loss(self, guesses: Floats2d, truths: Floats2d, *, sample_weights: WeightsT = None) -> float:
        """The sum of squares of the gradient; arguments and errors as in `get_grad`."""
        return sum_of_squares(self.get_grad(guesses, truths, sample_weights=sample_weights))


class CosineDistance(Loss):
    """Distance of directions: the sum over rows of `1 - cos(guess, truth)`, over B if normalized.

    1e-8 is added to every element, so a zero row has the direction of the ones. Near a zero guess the
    gradient is of the order of 1e7; `ignore_zeros` is the remedy.

    Args:
        normalize: whether to divide by the number of rows.
        ignore_zeros: whether rows whose truth or guess is all zero count nothing.
    """

    def __init__(self, *, normalize: bool = True, ignore_zeros: bool = False) -> None:
        self.normalize = normalize
        self.ignore_zeros = ignore_zeros

    def __call__(
        self, guesses: Floats2d, truths: Floats2d, *, sample_weights: WeightsT = None
    ) -> tuple[Floats2d, float]:
        """The gradient and the loss."""
        rows = self._compare(guesses, truths, sample_weights)
        return self._gradient(*rows), self._loss(*rows[:2])

    def get_similarity(self, guesses: Floats2d, truths: Floats2d) -> Floats2d:
        """The cosine of each pair of rows, (B, 1); errors as in `get_grad`."""
        return self._compare(guesses, truths, None)[0]

    def get_grad(
        self, guesses: Floats2d, truths: Floats2d, *, sample_weights: WeightsT = None
    ) -> Floats2d:
        """The gradient with respect to the guesses.

        Args:
            guesses, truths: float (B, O).
            sample_weights: factors on gradient and loss of the rows, (B,), or one for all.
        Raises:
            ValueError: the shapes differ, or have not two dimensions.
        """
        return self._gradient(*self._compare(guesses, truths, sample_weights))

    def get_loss(self, guesses: Floats2d, truths: Floats2d, *, sample_weights: WeightsT = None) -> float:
        """The loss; arguments and errors as in `get_grad`."""
        return self._loss(*self._compare(guesses, truths, sample_weights)[:2])

    def _compare(self, guesses: Floats2d, truths: Floats2d, sample_weights: WeightsT) -> tuple:
        """Cosines and factors (or None) of the rows, as columns; both matrices off zero, and their norms."""
        if guesses.shape != truths.shape:
            raise ValueError(
                f"Cannot calculate cosine similarity: mismatched shapes: {guesses.shape} vs {truths.shape}."
            )
        a, b = guesses + 1e-8, truths + 1e-8
        norm_a, norm_b = _norms(a), _norms(b)
        cosine = (a * b).sum(axis=1, keepdims=True) / (norm_a * norm_b)
        weights = column_of("CosineDistance", sample_weights, cosine)
        if self.ignore_zeros:
            counted = truths.any(axis=1, keepdims=True) & guesses.any(axis=1, keepdims=True)
            weights = counted if weights is None else weights * counted
        return cosine, weights, a, b, norm_a, norm_b

    def _gradient(
        self, cosine: Any, weights: Any, a: Floats2d, b: Floats2d, norm_a: Any, norm_b: Any
    ) -> Floats2d:
        gradient = -(b / (norm_a * norm_b) - cosine * (a / norm_a**2))
        if weights is not None:
            gradient *= weights
        return gradient / len(a) if self.normalize else gradient

    def _loss(self, cosine: Floats2d, weights: Floats2d) -> float:
        losses = abs(cosine - 1)
        if weights is not None:
            losses *= weights
        return (losses / len(losses) if self.normalize else losses).sum()


def _norms(X: Any) -> Any:
    return get_array_module(X).sqrt((X * X).sum(axis=1, keepdims=True))


@registry.losses("CategoricalCrossentropy.v1")
def configure_CategoricalCrossentropy_v1(
    *, normalize: bool = True, names: Optional[Sequence[str]] = None, missing_value: MissingT = None
) -> CategoricalCrossentropy:
    """`CategoricalCrossentropy` with the arguments of version 1."""
    return CategoricalCrossentropy(normalize=normalize, names=names, missing_value=missing_value)


@registry.losses("CategoricalCrossentropy.v2")
def configure_CategoricalCrossentropy_v2(
    *,
    normalize: bool = True,
    names: Optional[Sequence[str]] = None,
    missing_value: MissingT = None,
    neg_prefix: Optional[str] = None,
) -> CategoricalCrossentropy:
    """`CategoricalCrossentropy` with the arguments of version 2."""
    return CategoricalCrossentropy(
        normalize=normalize, names=names, missing_value=missing_value, neg_prefix=neg_prefix
    )


@registry.losses("CategoricalCrossentropy.v3")
def configure_CategoricalCrossentropy_v3(
    *,
    normalize: bool = True,
    names: Optional[Sequence[str]] = None,
    missing_value: MissingT = None,
    neg_prefix: Optional[str] = None,
    label_smoothing: float = 0.0,
) -> CategoricalCrossentropy:
    """`CategoricalCrossentropy` with the arguments of version 3."""
    return CategoricalCrossentropy(
        normalize=normalize,
        names=names,
        missing_value=missing_value,
        neg_prefix=neg_prefix,
        label_smoothing=label_smoothing,
    )


@registry.losses("SequenceCategoricalCrossentropy.v1")
def configure_SequenceCategoricalCrossentropy_v1(
    *, normalize: bool = True, names: Optional[Sequence[str]] = None
) -> SequenceCategoricalCrossentropy:
    """`SequenceCategoricalCrossentropy` with the arguments of version 1."""
    return SequenceCategoricalCrossentropy(normalize=normalize, names=names)


@registry.losses("SequenceCategoricalCrossentropy.v2")
def configure_SequenceCategoricalCrossentropy_v2(
    *, normalize: bool = True, names: Optional[Sequence[str]] = None, neg_prefix: Optional[str] = None
) -> SequenceCategoricalCrossentropy:
    """`SequenceCategoricalCrossentropy` with the arguments of version 2."""
    return SequenceCategoricalCrossentropy(normalize=normalize, names=names, neg_prefix=neg_prefix)


@registry.losses("SequenceCategoricalCrossentropy.v3")
def configure_SequenceCategoricalCrossentropy_v3(
    *,
    normalize: bool = True,
    names: Optional[Sequence[str]] = None,
    missing_value: MissingT = None,
    neg_prefix: Optional[str] = None,
    label_smoothing: float = 0.0,
) -> SequenceCategoricalCrossentropy:
    """`SequenceCategoricalCrossentropy` with the arguments of version 3."""
    return SequenceCategoricalCrossentropy(
        normalize=normalize,
        names=names,
        missing_value=missing_value,
        neg_prefix=neg_prefix,
        label_smoothing=label_smoothing,
    )


@registry.losses("L2Distance.v1")
def configure_L2Distance(*, normalize: bool = True) -> L2Distance:
    """`L2Distance`, for a config."""
    return L2Distance(normalize=normalize)


@registry.losses("CosineDistance.v1")
def configure_CosineDistance(*, normalize: bool = True, ignore_zeros: bool = False) -> CosineDistance:
    """`CosineDistance`, for a config."""
    return CosineDistance(normalize=normalize, ignore_zeros=ignore_zeros)
