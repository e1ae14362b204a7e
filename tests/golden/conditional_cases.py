"""Pipelines with conditionals; each is built by the real DALI (make_conditional.py) and by adali.

A case takes ``fn``, an int32 scalar with the sample's number and a bool scalar that is true for even numbers.
"""

# ruff: noqa: SIM108 (statements are what is tested)


def only_if(fn, x, even):
    y = x
    if even:
        y = x + 10
    return y, even


def elif_chain(fn, x, even):
    y = 0
    if x == 0:
        y = 5
    elif x == 1:
        y = 6
    elif x == 2:
        y = x * 100
    else:
        y = x * 2
    return (y,)


def returns(fn, x, even):
    if x > 1:
        return x + 1
    return x


def returns_in_elif(fn, x, even):
    if x == 0:
        return x + 100
    elif x == 1:
        return x + 200
    else:
        z = x * 2
        if even:
            return z
        else:
            return -z


def logic(fn, x, even):
    return even and x > 1, even or x > 1, not even, not x, even and x > 0 and x < 3


def logic_with_constants(fn, x, even):
    return even and True, even or False, True and even, False or even, not (x > 1 and x < 3)


def chained_comparison(fn, x, even):
    return 0 < x < 3, 0 <= x < 2


def numeric_conditions(fn, x, even):
    if x:
        y = 1
    else:
        y = 2
    if x * 0.5:
        z = 1.5
    else:
        z = 2.5
    return y, z


def nested(fn, x, even):
    y = x
    z = x * 3
    if x > 0:
        if x > 1:
            y = y + z + x
        w = y + z
        y = w + 1
    else:
        if even:
            y = -x - 7
    return y, z


def structures(fn, x, even):
    if x > 1:
        y = {"a": x + 1, "b": [x, x + 2]}
    else:
        y = {"a": x, "b": [x * 2, x * 3]}
    return y["a"], y["b"][1]


def loop_around(fn, x, even):
    y = x
    for i in range(3):
        if i == 1:
            continue
        if x > i:
            y = y + 10**i
    return (y,)


class Holder:
    def __init__(self, limit):
        self.limit = limit

    def __call__(self, value):
        if value > self.limit:
            result = value
        else:
            result = -value
        return result


def objects(fn, x, even):
    holder = Holder(1)
    holder.value = x
    items = {"k": x}
    if x > 0:
        holder.value = x + 5
        items["k"] = x + 6
    return holder.value, items["k"], holder(x)


def inner_function(fn, x, even):
    offset = 3

    def shift(v):
        if v > 1:
            w = v + offset
        else:
            w = v - offset
        return w

    return (shift(x) + shift(x + 1),)


def one_branch_for_all(fn, x, even):
    y = x
    if x > 100:
        y = fn.cast_like(x * 1.5, x)
    z = x
    if x >= 0:
        z = x + 4
    return y, z


def arrays(fn, x, even):
    a = fn.stack(x, x + 1, x + 2)
    if even:
        b = fn.cat(a, a)
    else:
        b = a * 2
    return (b,)


CASES = [
    only_if,
    elif_chain,
    returns,
    returns_in_elif,
    logic,
    logic_with_constants,
    chained_comparison,
    numeric_conditions,
    nested,
    structures,
    loop_around,
    objects,
    inner_function,
    one_branch_for_all,
    arrays,
]
