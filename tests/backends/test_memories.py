"""Every rendered memory class is its token-by-token definition, wherever the stream is cut."""

import itertools
import linecache
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import jinja2
import nlc.backends
import oracle
import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from nlc.ir.plan import MemoryPlan
from nlc.lower.buffers import buffers
from nlc.lower.flops import flops
from nlc.spec.expr import Binary, Call, Name, Negative, Number

HEAD = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n"
torch.set_num_threads(1)
P, V = Name("p"), Name("v")
ERROR = Binary("-", P, V)
SQUARE = Binary("*", Number(0.5), Binary("*", ERROR, ERROR))
OBJECTIVES = {
    "l2": (SQUARE, ERROR, 1),
    "twice": (Binary("*", ERROR, ERROR), Binary("*", Number(2.0), ERROR), 2.0),
    "dot": (Negative(Binary("*", P, V)), Negative(V), 0),
    "huber": (
        Call(Name("huber"), (ERROR, Name("delta"))),
        Call(Name("clamp"), (ERROR, Negative(Name("delta")), Name("delta"))),
        None,
    ),
    "logcosh": (Call(Name("log"), (Call(Name("cosh"), (ERROR,)),)), Call(Name("tanh"), (ERROR,)), None),
}
TORCH = {
    "huber": "huber",
    "clamp": "torch.clamp",
    "log": "torch.log",
    "cosh": "torch.cosh",
    "tanh": "torch.tanh",
}


def code(expr, **names):
    """A small stand-in for the printer of expressions."""

    def show(node, level):
        match node:
            case Number(value=value):
                return str(value)
            case Name(text=text):
                return names.get(text, text)
            case Negative(value=value):
                return "-" + show(value, 3)
            case Call(function=Name(text=text), args=args):
                return f"{TORCH[text]}({', '.join(show(arg, 0) for arg in args)})"
            case Binary(operator=operator, left=left, right=right):
                mine = 1 if operator in "+-" else 2
                text = f"{show(left, mine)} {operator} {show(right, mine + 1)}"
                return f"({text})" if mine < level else text
        raise AssertionError(node)

    return show(expr, 0)


@cache
def environment():
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(nlc.backends.__file__).parent / "torch"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def render(template, **values):
    return environment().get_template(template).render(**values)


@cache
def chunks():
    return render("package/chunks.py.j2")


def huber(x, delta):
    return torch.where(x.abs() <= delta, 0.5 * x * x, delta * (x.abs() - 0.5 * delta))


def column(x):
    return x if x.dim() == 3 else x.unsqueeze(-1)


def run(text, name):
    space = {"huber": huber, "column": column, "note": lambda *_, **__: None}
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    exec(compile(text, name, "exec"), space)
    return space


@cache
def helpers():
    """The functions and the clock that the memories of a package share."""
    state = render("package/state.py.j2", plan={"system": {"semantic_hash": ""}})
    whole = [chunks(), state, render("package/clock.py.j2"), render("package/over.py.j2")]
    lines = "\n".join(whole).splitlines(keepends=True)
    return run("".join(line for line in lines if not line.startswith("from .")), "<package>")


def clock(first, stream):
    """The clock of a stream (batch, tokens, …) that begins after `first` tokens."""
    return helpers()["Clock"](first, stream.shape[1])


def statements(form, expr, indent, **names):
    """A small stand-in for the printer of statements: always one line."""
    return form.format(code(expr, **names))


def text_of(m, template=None):
    template = template or f"memory/{m.family}.py.j2"
    return render(template, m=m, code=code, statements=statements, fields=[])


def build(m, dtype=torch.float64):
    """The module, and the reference's function with the same arguments."""
    text = HEAD + "\n\n" + text_of(m)
    space = {k: v for k, v in helpers().items() if not k.startswith("__")}
    exec(compile(text, "<memory>", "exec"), space)
    linecache.cache["<memory>"] = (len(text), None, text.splitlines(keepends=True), "<memory>")
    torch.manual_seed(1)
    return space[m.class_name]().to(dtype)


def reference(m, template=None):
    """The reference's function; of a memory with writes, its functions of a token in a loop."""
    if template is None:
        plain = len(m.sizes) == 2 and not m.norm and not m.shortcut
        template = "reference/matrix.py.j2" if plain else "reference/memory.py.j2"
    space = run(HEAD + "\n\n" + text_of(m, template), "<reference>")
    if m.identifier in space:
        return space[m.identifier]
    write, read = space[f"{m.identifier}_write"], space[f"{m.identifier}_read"]
    if m.family == "attention":
        return attended(m, read, write)
    land = space.get(f"{m.identifier}_land", lambda memory, state, position: state)

    def loop(memory, state, position, keys, values, queries, *roles):
        out = []
        for t in range(keys.shape[1]):
            token = [x[:, t] for x in (keys, values, *roles)]
            if m.update == 1 and m.sees_itself:
                state = write(memory, state, *token)
                out.append(read(state, queries[:, t]))
            else:
                out.append(read(state, queries[:, t]))
                state = write(memory, state, *token)
            state = land(memory, state, position + t + 1)
        return torch.stack(out, dim=1), state

    return loop


def attended(m, read, write):
    """The reference of a cache: a token's answer from what came before it and, perhaps, its own pair."""

    def loop(memory, state, position, keys, values, queries):
        out = []
        for t in range(keys.shape[1]):
            key, value, query = (x[:, t : t + 1] for x in (keys, values, queries))
            own = [(key, value)] if m.update == 1 and m.sees_itself else []
            out.append(read(memory, state, position + t, query, own))
            state = write(memory, state, position + t, [(key, value)])
        return torch.cat(out, dim=1), state

    return loop


def plan(**fields):
    fields = {"structure": "matrix", "heads": 2, "sizes": (4, 5), "tile": 4} | fields
    objective = fields.pop("objective", "l2")
    loss, residual, slope = OBJECTIVES[objective] if "loss" not in fields else (None,) * 3
    if objective == "huber":
        fields = fields | {"extras": ("delta",)}
    family = fields.get("family", "scan")
    m = MemoryPlan(
        **{
            "name": "m",
            "identifier": "m",
            "class_name": "M",
            "text": "memory m(x) {\n  structure: matrix\n\n  update: every token\n}",
            "equation": ("S ← β S - η g", "W ← α W + S"),
            "family": family,
            "why": "",
            "loss": loss,
            "residual": residual,
            "slope": slope,
            "rate": "rate",
            "weights": tuple((after, before) for before, after in itertools.pairwise(fields["sizes"])),
        }
        | fields
    )
    return replace(m, buffers=buffers(m, 32))


def roles_of(m):
    roles = [x for x in (m.rate, m.beta, m.keep, m.erase) if isinstance(x, str)]
    return list(dict.fromkeys([*roles, *m.extras]))


def streams(m, tokens=11, batch=2, dtype=torch.float64, correlated=0.0, zeros=False):
    generator = torch.Generator().manual_seed(0)

    def normal(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    def unit(low, high, *shape):
        return low + (high - low) * torch.rand(*shape, generator=generator, dtype=torch.float64)

    lead = (batch, tokens, m.heads)
    given = {"keys": normal(*lead, m.sizes[0]), "values": normal(*lead, m.sizes[-1])}
    given["keys"] = given["keys"] + correlated / (1 - correlated) * normal(1, 1, 1, m.sizes[0])
    given["keys"] = given["keys"] / given["keys"].norm(dim=-1, keepdim=True)
    given["queries"] = normal(*lead, m.sizes[0])
    if m.key_heads:
        given["keys"], given["values"] = (given[x][:, :, : m.key_heads] for x in ("keys", "values"))
    channel = {"": (), "keys": (m.sizes[0],), "values": (m.sizes[-1],)}[m.axis]
    for role in roles_of(m):
        low, high, shape = {
            "rate": (0.1, 0.9, ()),
            "beta": (0.1, 0.9, ()),
            "keep": (0.5, 1.0, channel),
            "erase": (0.1, 0.5, ()),
            "delta": (0.3, 0.8, ()),
        }[role]
        given[role] = unit(low, high, *lead, *shape)
        if zeros and role in ("keep", "beta"):
            given[role][unit(0, 1, *lead, *shape) < 0.2] = 0.0
    return {name: x.to(dtype).requires_grad_() for name, x in given.items()}


def close(a, b, bound=1e-9):
    size = b.norm()
    assert (a - b).norm() <= bound * (size if size > 1e-6 else 1), f"{(a - b).norm() / size:.1e}"


def gradients(out, state, inputs):
    generator = torch.Generator().manual_seed(2)
    total = sum(
        (x * torch.randn(x.shape, generator=generator, dtype=torch.float64)).sum()
        for x in [out, *(state[name] for name in sorted(state))]
    )
    found = torch.autograd.grad(total, inputs, allow_unused=True, retain_graph=True)
    return [torch.zeros_like(x) if g is None else g for x, g in zip(inputs, found, strict=True)]


def same(a, b, inputs, bound=1e-9):
    (out, state), (other, final) = a, b
    assert state.keys() == final.keys()
    close(out, other, bound)
    for name in state:
        close(state[name], final[name], bound)
    for x, y in zip(gradients(out, state, inputs), gradients(other, final, inputs), strict=True):
        close(x, y, bound)


def shapes(state):
    return [(name, tuple(x.shape[1:])) for name, x in state.items()]


def check(m, template=None, **options):
    module, given = build(m), streams(m, **options)
    args = list(given.values())
    inputs = args + list(module.parameters())
    whole = module(module.start(2), clock(0, args[0]), *args)
    assert shapes(whole[1]) == [(b.name, b.shape) for b in buffers(m, args[0].shape[1])]
    same(whole, reference(m, template)(module, module.start(2), 0, *args), inputs)
    tokens = args[0].shape[1]
    same(pieces(module, args, [0, 1, 2, tokens // 2, tokens]), whole, inputs)
    with torch.no_grad():
        for cuts in [list(range(tokens + 1)), *([0, cut, tokens] for cut in range(1, tokens))]:
            out, state = pieces(module, args, cuts)
            close(out, whole[0])
            for name in state:
                close(state[name], whole[1][name])


def pieces(module, args, cuts):
    """The stream fed in pieces that carry their state on."""
    out, state = [], module.start(len(args[0]))
    for start, stop in itertools.pairwise(cuts):
        given = [x[:, start:stop] for x in args]
        read, state = module(state, clock(start, given[0]), *given)
        out.append(read)
    return torch.cat(out, 1), state


SCAN = [
    {},
    {"sees_itself": False},
    {"rate": 0.3},
    {"rate": 1.0, "objective": "dot", "optimizer": "sgd"},
    {"rate": 1.0, "objective": "dot", "sees_itself": False},
    {"objective": "dot", "keep": 0.9},
    {"objective": "dot", "keep": "keep"},
    {"objective": "dot", "keep": "keep", "beta": "beta"},
    {"objective": "dot", "beta": "beta", "init": "learned"},
    {"objective": "dot", "erase": "rate", "keep": "keep"},
    {"objective": "dot", "erase": 0.2, "beta": 0.7, "sees_itself": False},
    {"objective": "twice", "keep": "keep"},
    {"objective": "twice", "rate": 0.2, "beta": 0.5},
    {"keep": 0.9, "keep_first": True},
    {"keep": "keep", "keep_first": True},
    {"keep": "keep", "keep_first": True, "init": "learned", "keep_to": "init"},
    {"keep": "keep", "keep_first": True, "beta": "beta"},
    {"keep": "keep", "beta": "beta"},
    {"keep": "keep", "beta": "beta", "init": "learned"},
    {"keep": "keep", "beta": "beta", "init": "learned", "keep_to": "init", "sees_itself": False},
    {"keep": "keep", "erase": "rate"},
    {"keep": "keep", "erase": "erase", "keep_to": "init", "init": "learned"},
    {"keep": "keep", "erase": 0.3, "beta": "beta", "keep_to": "init", "init": "learned"},
    {"keep": 0.8, "erase": "erase", "beta": 0.6, "objective": "twice"},
    {"erase": "erase"},
    {"beta": 0.6, "erase": "erase"},
    {"renew": 5, "init": "learned", "keep": "keep"},
    {"objective": "dot", "keep": "keep", "keep_to": "anchor", "anchor": 4},
    {"objective": "dot", "keep": "keep", "keep_to": "anchor", "anchor": 4, "update": 4, "erase": "rate"},
    {"objective": "dot", "keep": "keep", "update": 4, "anchor": 4},
    {"update": 6, "anchor": 1, "keep": "keep", "beta": "beta", "erase": "erase"},
    {"update": 6, "anchor": 1, "renew": 9, "init": "learned"},
    {"keep": "keep", "axis": "keys", "objective": "dot"},
    {"keep": "keep", "axis": "keys"},
    {"keep": "keep", "axis": "keys", "keep_first": True, "sees_itself": False},
    {"keep": "keep", "axis": "keys", "objective": "dot", "update": 4, "rate": 0.5},
    {"keep": "keep", "axis": "values", "objective": "dot", "sees_itself": False},
    {"keep": "keep", "axis": "values", "keep_first": True},
    {"keep": "keep", "axis": "values", "rate": 0.5},
    {"keep": "keep", "axis": "values", "objective": "twice"},
]


MLP = {"structure": "mlp", "sizes": (4, 6, 5), "init": "learned", "keep_to": "init"}
SQUARE_MLP = {"structure": "mlp", "sizes": (4, 6, 4), "init": "learned", "keep_to": "init", "shortcut": True}
DEEP = {"structure": "mlp", "sizes": (4, 6, 3, 5), "init": "learned"}
DGD = {"keep": "keep", "erase": "rate"}
DUAL = [
    {"objective": "huber"},
    {"objective": "logcosh", "keep": 0.9, "keep_first": True, "beta": "beta"},
    {"objective": "l2", "anchor": 16},
    {"objective": "l2", "anchor": 8, "update": 16, "keep": "keep", "beta": 0.5, "erase": "erase"},
    {"objective": "huber", "anchor": 16, "update": 8, "keep": "keep", "keep_to": "anchor", "erase": 0.2},
    {"objective": "logcosh", "anchor": 4, "update": 6, "keep": 0.9, "renew": 9},
    {"objective": "huber", "anchor": 6, "update": 4, "rate": 0.3, "sees_itself": True},
    MLP | {"keep": "keep"},
    MLP | {"keep": "keep", "keep_first": True, "activation": "silu"},
    MLP | {"keep": "keep", "keep_first": True, "keep_to": "zero", "objective": "dot"},
    MLP | {"anchor": 16, "beta": "beta", "keep": "keep", "keep_to": "zero"},
    MLP | {"anchor": 16, "beta": "beta", "keep": "keep", "sees_itself": False, "activation": "tanh"},
    MLP | {"anchor": 3, "beta": 0.4, "activation": "relu", "norm": True, "objective": "logcosh"},
    MLP | {"anchor": 16, "update": 16} | DGD,
    MLP | {"anchor": 16, "update": 16, "erase_layers": "last"} | DGD,
    MLP | {"anchor": 16, "update": 16, "erase_layers": "none"} | DGD,
    MLP | {"anchor": 4, "update": 4, "beta": "beta", "keep_to": "anchor", "norm": True} | DGD,
    MLP | {"anchor": 4, "beta": "beta", "erase_layers": "last"} | DGD,
    MLP | {"anchor": 4, "beta": "beta", "sees_itself": False, "objective": "huber"} | DGD,
    MLP | {"anchor": 1, "update": 64} | DGD,
    SQUARE_MLP | {"anchor": 8, "update": 16, "norm": True, "keep": 0.9, "erase": "erase"},
    SQUARE_MLP | {"anchor": 16, "norm": True, "keep": "keep"},
    SQUARE_MLP | {"anchor": 16, "update": 8, "objective": "dot"} | DGD,
    SQUARE_MLP | {"anchor": 6, "update": 4, "renew": 8, "beta": 0.3} | DGD,
    DEEP | {"anchor": 4, "update": 1, "keep": "keep", "beta": "beta"},
    DEEP | {"anchor": 4, "update": 6, "erase": 0.2, "erase_layers": "last", "norm": True},
    DEEP | {"anchor": 3, "update": 3, "erase": "erase", "activation": "silu", "objective": "huber"},
]
DUAL = [{"family": "dual"} | fields for fields in DUAL]


ATTENTION = [
    {},
    {"sees_itself": False},
    {"heads": 4, "key_heads": 2},
    {"window": 4},
    {"window": 1},
    {"window": 4, "sees_itself": False},
    {"update": 4},
    {"update": 4, "window": 6, "heads": 4, "key_heads": 1},
    {"window": 6, "renew": 4},
    {"window": 4, "sinks": 2},
    {"window": 3, "sinks": 5, "sees_itself": False},
    {"update": 4, "window": 2, "sinks": 3},
    {"slots": 3, "heads": 4, "key_heads": 2},
]
ATTENTION = [
    {"family": "attention", "structure": "cache", "rate": None, "objective": "dot"} | fields
    for fields in ATTENTION
]


TASK = {"loss": None, "residual": None, "slope": None, "init": "learned", "heads": 1}
LEVEL = TASK | {"family": "level", "rate": 0.1, "update": 16}
LEVEL = [
    LEVEL | {"structure": "mlp", "sizes": (4, 6, 5)},
    LEVEL
    | {"structure": "mlp", "sizes": (4, 6, 4), "shortcut": True, "norm": True, "beta": 0.9, "keep": 0.99},
    LEVEL | {"sizes": (4, 5), "keep": 0.9, "rate": 1.0},
    LEVEL | {"structure": "mlp", "sizes": (4, 6, 3, 5), "activation": "relu", "beta": 0.5},
]
PARAMETER = TASK | {"family": "parameter", "rate": None}
PARAMETER = [
    PARAMETER | {"sizes": (4, 5)},
    PARAMETER | {"structure": "mlp", "sizes": (4, 6, 4), "shortcut": True, "activation": "silu"},
    PARAMETER | {"structure": "mlp", "sizes": (4, 6, 3, 5), "norm": True},
    PARAMETER | {"sizes": (4, 4), "shortcut": True},
]


def label(fields):
    return " ".join(f"{name}={value}" for name, value in fields.items()) or "delta net"


@pytest.mark.parametrize("fields", SCAN, ids=label)
def test_scan(fields):
    m = plan(**fields)
    check(m)
    if m.keep == "keep":
        check(m, tokens=6, zeros=True)


@pytest.mark.parametrize("fields", DUAL, ids=label)
def test_dual(fields):
    check(plan(**fields), tokens=18, zeros=fields.get("beta") != "beta")


@pytest.mark.parametrize("window", [5, 150])
@pytest.mark.parametrize("fields", [{}, {"sees_itself": False}, {"update": 4}], ids=label)
def test_a_window_goes_block_by_block(fields, window):
    """Longer than a block of queries; from the start, after a cache, and with padding."""
    m = plan(family="attention", structure="cache", rate=None, objective="dot", window=window, **fields)
    module, given = build(m), streams(m, tokens=330)
    args = list(given.values())
    whole = reference(m, "reference/attention.py.j2")(module, module.start(2), 0, *args)
    same(module(module.start(2), clock(0, args[0]), *args), whole, args)
    out, _ = pieces(module, args, [0, 7, 330])
    close(out, whole[0])
    lengths = torch.tensor([330, 201])
    position = torch.zeros(2, dtype=torch.int64)
    out, state = module(module.start(2), helpers()["Clock"].of(position, 330, lengths), *args)
    close(out[0], whole[0][0])
    close(out[1, :201], whole[0][1, :201])
    again = reference(m, "reference/attention.py.j2")(module, module.start(2), 0, *(x[:, :201] for x in args))
    close(state["keys"][1], again[1]["keys"][1])


@pytest.mark.parametrize("fields", ATTENTION, ids=label)
def test_attention(fields):
    m = plan(**fields)
    check(m, "reference/attention.py.j2")
    module, given = build(m), streams(m)
    out, state = module(module.start(2), clock(0, given["keys"]), *given.values())
    queries, cached = given["queries"], module.start(2)
    for t in range(queries.shape[1]):
        now = clock(t, queries[:, t : t + 1])
        read = module.read(cached, now, queries[:, t : t + 1])
        cached = module.write(cached, now, *(given[x][:, t : t + 1] for x in ("keys", "values")))
        if m.update > 1 or not m.sees_itself:
            close(read, out[:, t : t + 1])
    assert all(torch.equal(cached[name], state[name]) for name in state)


@pytest.mark.parametrize("fields", LEVEL, ids=label)
def test_level(fields):
    m = plan(**fields)
    module = build(m)
    definition = run(HEAD + "\n\n" + text_of(m, "reference/level.py.j2"), "<level>")
    x = torch.randn(2, 7, 4, dtype=torch.float64)
    state = module.start(2)
    assert shapes(state) == [(b.name, b.shape) for b in m.buffers]
    for _ in range(3):
        weights = module.weights(state)
        out = module.read(weights, x)
        close(out, definition["m_read"](weights, x))
        found = torch.autograd.grad(out.square().sum(), weights, create_graph=True)
        state = module.add(module.add(state, found), found)
        close(state["gradient1"], 2 * found[0])
        expected = definition["m_step"](module, state)
        state = module.step(state)
        for name in state:
            close(state[name], expected[name])
    assert state["difference1"].norm() > 0


@pytest.mark.parametrize("fields", PARAMETER, ids=label)
def test_parameter(fields):
    m = plan(**fields)
    module = build(m)
    x = torch.randn(2, 7, *((m.heads,) if m.heads > 1 else ()), 4, dtype=torch.float64)
    close(module(x), reference(m, "reference/parameter.py.j2")(module, x))


@pytest.mark.parametrize("fields", SCAN + DUAL, ids=label)
def test_float32_on_correlated_keys(fields):
    sizes = fields.get("sizes", (16, 16))
    m = plan(**fields | {"sizes": sizes, "tile": 64})
    given = streams(m, tokens=96 if m.family == "scan" else 24, correlated=0.9)
    if m.family == "dual" and "rate" in given:
        given["rate"] = given["rate"] * 0.2  # deep memories diverge on such keys at greater rates
    wide, narrow = build(m), build(m).float()
    out, state = narrow(narrow.start(2), clock(0, given["keys"]), *(x.float() for x in given.values()))
    expected, final = wide(wide.start(2), clock(0, given["keys"]), *given.values())
    close(out.double(), expected, 1e-4)
    for name in state:
        close(state[name].double(), final[name], 1e-4)


@pytest.mark.parametrize("fields", SCAN + DUAL + ATTENTION + PARAMETER, ids=label)
def test_flops(fields):
    """The plan's count is torch's own count of what runs."""
    sizes = tuple(3 * size for size in fields.get("sizes", (4, 5)))
    m = plan(**fields | {"sizes": sizes})
    module, given = build(m), streams(m, tokens=38, batch=1)
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        if m.family == "parameter":
            module(given["keys"] if m.heads > 1 else given["keys"].squeeze(2))
        else:
            module(module.start(1), clock(0, given["keys"]), *given.values())
    assert counter.get_total_flops() == pytest.approx(38 * flops(m, 38), rel=0.05)


def test_only_what_is_needed():
    text = render("package/chunks.py.j2", needs={"by_head", "solve"})
    assert "def solve" in text and "def products" not in text and "nn.functional" not in text


@pytest.mark.parametrize(
    "fields", [{}, {"keep": "keep", "beta": "beta"}, DUAL[19], DUAL[11], ATTENTION[3]], ids=label
)
@torch.no_grad()
def test_one_graph_and_autocast(fields):
    m = plan(**fields)
    module, given = build(m, torch.float32), streams(m, dtype=torch.float32)
    given = [x.detach() for x in given.values()]
    out, _ = module(module.start(2), clock(0, given[0]), *given)
    compiled = torch.compile(module, fullgraph=True, backend="eager")
    close(compiled(module.start(2), clock(0, given[0]), *given)[0], out, 1e-5)
    with torch.autocast("cpu", torch.bfloat16):
        rough, state = module(module.start(2), clock(0, given[0]), *given)
    close(rough.float(), out, 0.05)
    assert all(torch.isfinite(x).all() for x in state.values())


def test_formatting(tmp_path):
    """ruff has nothing to change and nothing to say."""
    (tmp_path / "chunks.py").write_text(chunks())
    (tmp_path / "few.py").write_text(render("package/chunks.py.j2", needs={"by_head", "landed"}))
    for number, fields in enumerate(SCAN + DUAL + ATTENTION + LEVEL + PARAMETER):
        m = plan(**fields)
        definition = "memory" if m.family in ("scan", "dual") else m.family
        (tmp_path / f"m{number}.py").write_text(HEAD + "\n\n" + text_of(m))
        (tmp_path / f"r{number}.py").write_text(HEAD + "\n\n" + text_of(m, f"reference/{definition}.py.j2"))
    ruff = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "110", "--diff", "."]
    done = subprocess.run(ruff, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_published_formulas():
    cases = [
        (plan(objective="dot", rate=1.0), oracle.linear_attention),
        (plan(), oracle.delta_net),
        (plan(keep="keep", keep_first=True), oracle.gated_delta_net),
        (plan(keep="keep", beta="beta"), oracle.titans),
    ]
    for m, formula in cases:
        module, given = build(m), streams(m)
        out, state = module(module.start(2), clock(0, given["keys"]), *given.values())
        expected, final = formula(*given.values())
        same((out, {"layer1": state["layer1"]}), (expected, {"layer1": final}), list(given.values()))


def test_one_chunk_of_hope():
    m = plan(family="dual", **SQUARE_MLP | DGD | {"anchor": 16, "update": 16, "keep_to": "zero"})
    module, given = build(m), streams(m)
    state = module.start(2)
    out, final = module(state, clock(0, given["keys"]), *given.values())
    expected = oracle.hope(state["layer1"], state["layer2"], *given.values())
    for a, b in zip((out, final["layer1"], final["layer2"]), expected, strict=True):
        close(a, b)
