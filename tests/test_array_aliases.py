"""The aliases of keys, axes and results in the signatures of the array classes."""

import itertools
import typing

import pytest

import thinc.types

RANKS = (1, 2, 3, 4)
KEYS = [f"_{rank}_Key{kept}d".replace("0d", "Scalar") for rank in RANKS for kept in range(rank + 1)]
BY_RANK = ["_{}_AllKeys", "_{}_AllAx", "_F{}_AllReturns", "_I{}_AllReturns"]
BY_RANK += ["_{}F_ReduceResults", "_{}I_ReduceResults"]


@pytest.mark.parametrize("name", KEYS + [name.format(rank) for name in BY_RANK for rank in RANKS])
def test_the_aliases_in_signatures_of_arrays_have_their_names(name):
    assert hasattr(thinc.types, name)


@pytest.mark.parametrize("rank", RANKS)
def test_a_key_with_k_integers_selects_arrays_of_k_axes_less(rank):
    for kept in range(rank + 1):
        alias = getattr(thinc.types, f"_{rank}_Key{kept}d".replace("0d", "Scalar"))
        members = typing.get_args(alias) if typing.get_origin(alias) is typing.Union else (alias,)
        forms = {typing.get_args(key) for key in members if typing.get_origin(key) is tuple}
        assert forms == {
            form
            for length in range(1, rank + 1)
            for form in itertools.product((int, thinc._arrays._S), repeat=length)
            if rank - form.count(int) == kept
        }
        assert (int in members) == (kept == rank - 1)
        assert (slice in members) == (kept == rank)
