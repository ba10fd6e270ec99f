"""What an extension module that was built earlier looks up when imported: sizes, tables, capsule names."""

import ctypes
import importlib
import subprocess
import sys

import pytest

cblas = pytest.importorskip("thinc.backends.cblas", reason="this thinc has no compiled modules")

SIZES = {
    "thinc.backends.cblas": {"CBlas": 32},
    "thinc.backends.linalg": {"Matrix": 40, "Vec": 24, "VecVec": 24, "Mat": 24},
    "thinc.extra.search": {"Beam": 136, "MaxViolation": 104},
}
SLOTS = {"Vec": 17, "VecVec": 10, "Mat": 2, "Beam": 8, "MaxViolation": 2}
TRACKED = {"Matrix", "Beam", "MaxViolation"}
TYPES = [(module, name) for module, names in SIZES.items() for name in names]
SUBCLASSABLE, COLLECTED = 1 << 10, 1 << 14  # Py_TPFLAGS_BASETYPE, Py_TPFLAGS_HAVE_GC

OBJECT = "struct __pyx_obj_5thinc_8backends_5cblas_CBlas *"
TYPEDEF = "__pyx_t_5thinc_8backends_5cblas_{}_ptr"
FUNCTIONS = ["daxpy", "saxpy", "sgemm", "dgemm", "sscal", "dscal"]

api = ctypes.pythonapi
api.PyCapsule_GetName.restype, api.PyCapsule_GetName.argtypes = ctypes.c_char_p, [ctypes.py_object]
api.PyCapsule_GetPointer.restype = ctypes.c_void_p
api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]


def find(module, name):
    return getattr(importlib.import_module(module), name)


def method_table(cls):
    """The addresses in a type's table of C methods."""
    table = vars(cls)["__pyx_vtable__"]
    assert api.PyCapsule_GetName(table) is None
    address = api.PyCapsule_GetPointer(table, None)
    return list((ctypes.c_void_p * SLOTS[cls.__name__]).from_address(address))


def is_code(address):
    """Is this address in an executable mapping of the process?"""
    with open("/proc/self/maps") as maps:
        for line in maps:
            span, permissions = line.split()[:2]
            start, end = (int(part, 16) for part in span.split("-"))
            if start <= address < end:
                return "x" in permissions
    return False


@pytest.mark.parametrize("module, name", TYPES)
def test_objects_have_the_size_that_clients_were_built_for(module, name):
    assert find(module, name).__basicsize__ == SIZES[module][name]


@pytest.mark.parametrize("module, name", TYPES)
def test_types_can_be_subclassed_and_only_owners_of_objects_are_garbage_collected(module, name):
    flags = find(module, name).__flags__
    assert flags & SUBCLASSABLE
    assert bool(flags & COLLECTED) == (name in TRACKED)


@pytest.mark.parametrize("module, name", [(module, name) for module, name in TYPES if name not in SLOTS])
def test_types_without_methods_have_no_method_table(module, name):
    assert "__pyx_vtable__" not in vars(find(module, name))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc/self/maps")
@pytest.mark.parametrize("module, name", [(module, name) for module, name in TYPES if name in SLOTS])
def test_method_tables_hold_a_function_in_every_slot(module, name):
    addresses = method_table(find(module, name))
    assert all(addresses) and len(set(addresses)) == len(addresses)
    assert all(is_code(address) for address in addresses)


def test_slots_of_vec_are_in_order():
    floats, number, count = ctypes.POINTER(ctypes.c_float), ctypes.c_float, ctypes.c_int32
    table = method_table(find("thinc.backends.linalg", "Vec"))
    x = (ctypes.c_float * 4)(1, 4, 2, 1)

    def changed(slot, *arguments):
        """The vector that a method in place makes of x."""
        y = (ctypes.c_float * 4)(*x)
        types = [number] * len(arguments)
        ctypes.CFUNCTYPE(None, floats, *types, count)(table[slot])(y, *arguments, 4)
        return list(y)

    def written(slot, *arguments):
        """The vector that a method with an output makes of x."""
        y = (ctypes.c_float * 4)()
        types = [number] * len(arguments)
        ctypes.CFUNCTYPE(None, floats, floats, *types, count)(table[slot])(y, x, *arguments, 4)
        return list(y)

    def reduced(slot, restype=number):
        return ctypes.CFUNCTYPE(restype, floats, count)(table[slot])(x, 4)

    assert [reduced(0, ctypes.c_int), reduced(1), reduced(2)] == [1, 4, 8]
    assert reduced(3) == pytest.approx(22**0.5)
    assert written(4, 0.5) == changed(5, 0.5) == [1.5, 4.5, 2.5, 1.5]
    assert written(6, 0.5) == changed(7, 0.5) == [0.5, 2, 1, 0.5]
    assert written(8, 2) == changed(9, 2) == [1, 16, 4, 1]
    assert written(10, 2) == changed(11, 2) == [0.5, 2, 1, 0.5]
    assert written(12) == changed(13) == pytest.approx([2.7182817, 54.59815, 7.389056, 2.7182817])
    assert changed(14) == [1, 0.25, 0.5, 1]
    assert [reduced(15), reduced(16)] == [2, 1.5]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_accessors_of_the_blas_table_are_exported_under_their_signatures(name):
    exported = cblas.__pyx_capi__
    getter, setter = f"{TYPEDEF} ({OBJECT})".format(name), f"void ({OBJECT}, {TYPEDEF})".format(name)
    assert api.PyCapsule_GetName(exported[name]).decode() == getter
    assert api.PyCapsule_GetName(exported["set_" + name]).decode() == setter


def test_no_other_module_exports_functions():
    assert set(cblas.__pyx_capi__) == {prefix + name for name in FUNCTIONS for prefix in ("", "set_")}
    for module in ["thinc.backends.linalg", "thinc.extra.search", "thinc.backends.numpy_ops"]:
        assert not hasattr(importlib.import_module(module), "__pyx_capi__")


def test_modules_can_be_imported_first():
    for module in SIZES:
        code = f"import {module}"
        subprocess.run([sys.executable, "-c", code], check=True)
