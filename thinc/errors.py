"""Exceptions that belong to two families at once.

Most errors are plain builtins: ValueError for values and shapes, TypeError for dtypes and kinds,
IndexError for an index out of range, KeyError for a name. The classes here serve the places where
earlier releases raised another type, often a bare `assert`: code that caught the old type and code
that expects the fitting one both keep working. None of them carries state; the text says it all.
"""

from numpy.exceptions import AxisError

__all__ = [
    "DTypeError",
    "InvalidValueError",
    "LengthsError",
    "MissingPackageError",
    "OutOfRangeError",
    "RankError",
]


class InvalidValueError(ValueError, AssertionError):
    """A value or shape is not acceptable; earlier releases failed an assertion here."""


class DTypeError(TypeError, ValueError, AssertionError):
    """An array has an unsupported dtype.

    Earlier releases raised TypeError, ValueError (buffer dtype mismatch) or AssertionError,
    depending on the op and on whether it was compiled.
    """


class LengthsError(IndexError, ValueError, AssertionError):
    """The lengths of the sequences do not add up to the number of rows.

    Earlier releases raised IndexError in the reductions and AssertionError in the window ops.
    """


class OutOfRangeError(IndexError, ValueError):
    """A label is none of the classes; earlier releases raised IndexError, from within NumPy."""


class RankError(AxisError):
    """An array has too few axes, or too many.

    NumPy's error is an IndexError and a ValueError; earlier releases raised one of the three. Unlike it,
    this one takes nothing but a text.
    """

    __init__ = ValueError.__init__
    __str__ = ValueError.__str__


class MissingPackageError(ModuleNotFoundError, ValueError):
    """An optional package is needed that is not installed; earlier releases raised ValueError at times."""
