"""Some seconds of what `tests/fuzz_serialization.py` does for long."""

from support.msgpack_fuzz import Fuzzer


def test_damaged_models_load_or_are_refused_and_change_nothing_else():
    fuzzer = Fuzzer(seed=1)
    assert fuzzer.run(3000, seconds=10) >= 300
    assert fuzzer.loaded
    assert fuzzer.refused
