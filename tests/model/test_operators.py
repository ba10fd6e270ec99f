"""Operators bound to functions within a block."""

import asyncio
import threading

import pytest
from support.toy_models import node

from thinc.model import Model, context_operators

SYMBOLS = ["+", "-", "*", "@", "/", "//", "%", "**", "<<", ">>", "&", "^", "|"]


def joined(symbol):
    return lambda a, b: node(f"{a.name}{symbol}{getattr(b, 'name', b)}")


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_every_operator_calls_its_function(symbol):
    names = {"a": node("a"), "b": node("b")}
    with Model.define_operators({symbol: joined(symbol)}):
        assert eval(f"a {symbol} b", names).name == f"a{symbol}b"
        assert eval(f"a {symbol} 3", names).name == f"a{symbol}3"
    with pytest.raises(TypeError, match="Undefined operator: "):
        eval(f"a {symbol} b", names)


def test_div_is_truediv():
    with Model.define_operators({"/": joined("/")}):
        assert node("a").__div__(node("b")).name == "a/b"


def test_reflected_operators_do_not_exist():
    with Model.define_operators({"+": joined("+")}), pytest.raises(TypeError, match="unsupported operand"):
        3 + node("a")


def test_a_nested_block_replaces_the_table():
    a, b = node("a"), node("b")
    with Model.define_operators({"+": joined("+"), ">>": joined(">>")}):
        with Model.define_operators({"+": lambda a, b: "inner"}):
            assert a + b == "inner"
            with pytest.raises(TypeError, match="Undefined operator: >>"):
                a >> b
        assert (a >> b).name == "a>>b"
        assert (a + b).name == "a+b"


def test_the_table_is_restored_after_an_exception():
    with pytest.raises(ZeroDivisionError), Model.define_operators({"+": joined("+")}):
        raise ZeroDivisionError
    assert context_operators.get() == {}
    assert Model._context_operators is context_operators
    assert context_operators.name == "context_operators"


def test_later_changes_of_the_given_dict_do_not_matter():
    table = {"+": joined("+")}
    with Model.define_operators(table):
        table.clear()
        assert (node("a") + node("b")).name == "a+b"


def test_a_new_thread_starts_with_an_empty_table():
    tables = []
    with Model.define_operators({"+": joined("+")}):
        thread = threading.Thread(target=lambda: tables.append(dict(context_operators.get())))
        thread.start()
        thread.join()
    assert tables == [{}]


def test_an_asyncio_task_inherits_the_table_of_its_creator():
    async def task():
        return (node("a") + node("b")).name

    async def main():
        with Model.define_operators({"+": joined("+")}):
            running = asyncio.ensure_future(task())
        return await running

    assert asyncio.run(main()) == "a+b"


def test_ids_are_unique_across_threads():
    ids = []
    threads = [
        threading.Thread(target=lambda: ids.extend(node("n").id for _ in range(300))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 2400
