"""Specs that are valid and stable by construction, drawn by Hypothesis, as `.nl` text.

Stable: keys have length 1, what is kept is at most 1, and rates stay below what one memory bears:
1 where gradients are taken at every token of a matrix, less for networks and for older gradients.
"""

from __future__ import annotations

from math import lcm

from hypothesis import strategies as st

WIDTH = 8
HEAD = f"nl 1\ndim d = {WIDTH}\n"
PERIODS = [(1, 1), (1, 1), (1, 4), (1, 16), (4, 4), (4, 8), (8, 4), (6, 4), (4, 1), (16, 1), (1, 100)]
"""(update, anchor) in tokens."""
OBJECTIVES = [
    "l2",
    "l2",
    "dot",
    "huber",
    "huber(delta=0.3)",
    "minimize(log(cosh(p - v)))",
    "minimize(0.25 * (p - v) * (p - v))",
    "minimize(care * (p - v) * (p - v))",
    "minimize(log_cosh(p - v) - 0.1 * mind * p)",
    "huber(delta=0.5, by=norm)",
    "huber(delta=softplus(linear(x, 1)), by=switch)",
    "lp(p=1.5, smooth=0.1)",
    "minimize(sqrt(sum((p - v) * (p - v)) + 0.01))",
]
AFFINE = ("l2", "dot", "minimize(0.25 * (p - v) * (p - v))")
MINDED = "minimize(0.5 * (p - v) * (p - v) - 0.1 * mind * p)"
"""Objectives whose residual is affine in the prediction; the last one with a stream of the block."""
USER = {"care": "  care = 0.5 * sigmoid(linear(x, 1))\n", "mind": "  mind = linear(x) |> tanh\n"}
"""Streams of the block that an objective may name: one number a token, and one a channel."""


def pick(draw, *choices):
    return draw(st.sampled_from(choices))


def every(tokens):
    return "every token" if tokens == 1 else f"every {tokens} tokens"


def gate(draw, heads, low, high, bias="1.0"):
    """A number or a stream of numbers between 0 and `high`."""
    stream = f"sigmoid(linear(x, {heads}, bias={bias}))"
    return pick(draw, str(low), str(high), f"{high} * {stream}", f"{high} * {stream}")


class Drawn:
    """One memory: its fields, and what the rest of a block must know of it."""

    def __init__(self, draw, name, *, heads=None, answers=WIDTH, periods=None, structure=None, kind=None):
        self.draw, self.name = draw, name
        self.heads = heads or pick(draw, 1, 2)
        self.update, self.anchor = periods or draw(st.sampled_from(PERIODS))
        self.structure = structure or pick(draw, "matrix", "mlp")
        self.answers = answers
        self.holds, self.depth = self.shape()
        fits = self.answers == WIDTH
        self.objective = draw(st.sampled_from([o for o in OBJECTIVES if fits or "mind" not in o]))
        self.kind = kind or pick(draw, "sgd", "sgd", "momentum", "dgd")
        self.steps = pick(draw, 2, 3) if kind == "steps" else 1
        if self.kind == "erase":
            self.objective = "dot"
        elif self.kind == "closed":
            options = [objective for objective in AFFINE if objective != "dot"]
            self.objective = pick(draw, *options, MINDED if fits else "l2")
        elif self.kind == "steps":
            self.kind = "sgd"
            self.objective = pick(draw, *AFFINE, MINDED if fits else "l2")
        else:
            self.objective = self.over_a_window(self.objective)
        self.start = self.init()
        self.keys = pick(draw, "linear(x) |> l2norm", "linear(x) |> conv(3) |> silu |> l2norm")
        own = "key=" not in self.holds and "out=" not in self.holds and self.answers == WIDTH
        self.values = pick(
            draw, "linear(x)", "linear(x) |> silu", "x" if own and self.steps == 1 else "linear(x)"
        )
        self.queries = pick(
            draw, "linear(x)", "linear(x) |> l2norm", "linear(x) |> norm", "x" if own else "linear(x)"
        )
        self.rate = gate(draw, self.heads * self.steps, *self.rates())

    def shape(self):
        if self.structure == "matrix":
            sizes = f", value={self.answers // self.heads}" if self.answers != WIDTH else ""
            if self.answers == WIDTH:
                sizes = pick(self.draw, "", "", ", key=3", ", key=5, value=3")
            if "value=3" in sizes:
                self.answers = 3 * self.heads
            return f"matrix(heads={self.heads}{sizes})", 1
        depth = pick(self.draw, 1, 2, 2, 3)
        out = f", out={self.answers}" if self.answers != WIDTH else ""
        residual = ", residual=true" if not out and self.draw(st.booleans()) else ""
        norm = pick(self.draw, "", "", ", norm=true", ", norm=learned, eps=1e-3")
        norm = norm if self.answers // self.heads > 1 else ""
        activation = pick(self.draw, "gelu", "gelu", "gelu_tanh", "silu", "tanh", "relu")
        more = f", activation={activation}" if activation != "gelu" else ""
        more += pick(self.draw, "", "", ", bias=true")
        more += pick(self.draw, "", ", gated=true") if depth == 2 else ""
        expansion = pick(self.draw, 1, 2)
        return (
            f"mlp(depth={depth}, expansion={expansion}, heads={self.heads}{out}{residual}{norm}{more})",
            depth,
        )

    def over_a_window(self, objective):
        """The objective of one pair, or of several that together write about as much."""
        length = pick(self.draw, 1, 2, 3, 9)
        weights = pick(self.draw, "{}", "{} * sigmoid(linear(x, {}))").format(
            round(1 / length, 2), self.heads
        )
        return pick(self.draw, *[objective] * 4, f"window({objective}, {length}, weights={weights})")

    def init(self):
        # What is divided by the norm of a zero makes much of every rounding.
        if self.structure == "mlp" and (self.depth > 1 or "norm" in self.holds):
            return pick(self.draw, "learned", "learned", "learned every 12 tokens")
        if self.kind == "closed":
            return pick(self.draw, "", "zeros", "zeros every 10 tokens")
        return pick(
            self.draw, "", "", "learned", "learned", "zeros every 10 tokens", "learned every 12 tokens"
        )

    def rates(self):
        if "norm=true" in self.holds:  # the gradient of a norm grows as what it divides by shrinks
            return 0.01, 0.03
        if self.kind == "muon":  # it goes as far as the rate says, however small the gradient is
            return 0.01, 0.03
        if self.structure == "mlp" or self.anchor > 1:
            return 0.02, 0.1
        return (0.2, 0.4) if self.kind != "sgd" else (0.5, 0.9)

    def optimizer(self):
        beta = gate(self.draw, self.heads, 0.0, 0.6, "0.0")
        if self.kind == "sgd":
            return f"sgd(lr={self.rate}{f', steps={self.steps}' if self.steps > 1 else ''})"
        if self.kind == "momentum":
            return f"momentum(lr={self.rate}, beta={beta})"
        if self.kind == "muon":
            return f"muon(lr={self.rate}, beta={beta})"
        if self.kind == "erase":
            return self.erasing()
        if self.kind == "closed":
            ridge = pick(self.draw, "0.3", "0.2 + softplus(linear(x))")
            return f"closed_form(ridge={ridge}{pick(self.draw, '', f', strength={self.rate}')})"
        more = f", beta={beta}" if self.draw(st.booleans()) else ""
        more += f", erase_rate={gate(self.draw, self.heads, 0.0, 0.3)}" if self.draw(st.booleans()) else ""
        more += pick(self.draw, "", "", ", erase=last", ", erase=none")
        return f"dgd(lr={self.rate}{more})"

    def erasing(self):
        """What is erased has keys or rates of its own, or both."""
        own = [f", erase_keys={self.keys}", f", erase_rate={gate(self.draw, self.heads, 0.0, 0.5)}"]
        own += [", erase_rate=0.5 * sigmoid(linear(x)), erase_axis=keys"]
        keys, rate, rates = own
        return f"dgd(lr={self.rate}{pick(self.draw, keys, keys + rate, keys + rates, rates)})"

    def retention(self):
        """Its field or nothing, within what has a meaning and a kernel."""
        # What fades is small, and a norm of what is small makes much of every rounding.
        low, bias = (0.995, "6.0") if "norm" in self.holds else (0.9, "3.0")
        kept = gate(self.draw, self.heads, low, 1.0, bias)
        if self.kind == "erase":
            by_channel = "keep(sigmoid(linear(x, bias=3.0)), axis=keys)"
            return pick(self.draw, "", f"keep({kept})", by_channel, by_channel)
        if self.kind == "closed":
            return pick(self.draw, "", f"keep({kept})", f"keep({kept})")
        plain = self.kind == "sgd" and self.anchor == 1
        options = ["", f"keep({kept})", f"keep({kept})", f"keep({kept}, to=init)", f"keep({kept}, to=anchor)"]
        if plain:
            options += [f"keep({kept}, first=true)", f"keep({kept}, first=true, to=init)"]
        affine = self.objective in (*AFFINE, MINDED)
        sums = self.kind == "sgd" and self.objective == "dot"
        if self.structure == "matrix" and ((plain and affine) or sums):
            first = pick(self.draw, "", ", first=true") if plain else ""
            by_channel = "keep(sigmoid(linear(x, bias=3.0)), axis={}{})"
            options += [by_channel.format(axis, first) for axis in ("keys", "values")]
        return pick(self.draw, *options, *self.maps(kept))

    def maps(self, kept):
        """Retentions whose readers see a map of the state; one with erasing, bias or steps has none.

        With q above 3 a small state is seen as a large one, so only one that stays away from 0 has that.
        Rows of one sum answer nearly alike, and what `norm=true` divides by is how they differ.
        """
        if self.kind in ("dgd", "erase") or "bias" in self.holds or self.steps > 1:
            return []
        to = pick(self.draw, "", ", to=init")
        norms = [f"norm({kept}{to}, q=2.5)", f"norm({kept}{to}, q=3)"] if "learned" in self.start else []
        far = [f"norm({kept}, to=init, q=4)"] if norms and self.structure == "matrix" else []
        rows = [f"simplex({kept}{to}, scale=2)"] if "norm=true" not in self.holds else []
        return [*norms, *far, *rows, f"shrink({kept}{to}, threshold=0.05)"]

    def text(self):
        retention = self.retention()
        lines = [
            f"structure: {self.holds}",
            f"keys: {self.keys}",
            f"values: {self.values}",
            f"queries: {self.queries}",
            f"objective: {self.objective}",
            f"optimizer: {self.optimizer()}",
            f"retention: {retention}" if retention else "",
            f"update: {every(self.update)}",
            f"anchor: {every(self.anchor)}" if self.anchor != self.update else "",
            f"init: {self.start}" if self.start else "",
        ]
        inside = "\n".join(f"    {line}" for line in lines if line)
        return f"  memory {self.name}(x) {{\n{inside}\n  }}\n"


def cache(draw, name):
    heads, shared = pick(draw, (1, ""), (2, ""), (2, ", kv_heads=1"))
    start = pick(draw, "", "", "learned", "learned every 6 tokens", "zeros every 5 tokens")
    window = pick(draw, "", ", window=5", ", window=1", ", window=16")
    window += pick(draw, "", ", sinks=1", ", sinks=3") if window and "every" not in start else ""
    window += pick(draw, ", slots=1", ", slots=3") if "learned" in start else ""
    turned = "" if shared else pick(draw, "", " |> rope")
    return f"""  memory {name}(x) {{
    structure: cache(heads={heads}{shared}{window})
    keys: linear(x){turned}
    values: linear(x)
    queries: linear(x){turned}
    objective: softmax
    optimizer: closed_form
    update: every token{
        f'''
    init: {start}'''
        if start
        else ""
    }
  }}
"""


def looks(draw, stream):
    """Lines that write and read a cache called `attn`, and what they call its answer."""
    sees, also = f"  y_attn = attn({stream})\n", f"  attn.write(tanh({stream}))\n"
    read = f"  y_attn = attn.read({stream})\n"
    options = [sees, sees, sees, also + sees, also + sees, sees + also, read + also, also + also + read]
    return draw(st.sampled_from(options)), "y_attn"


def uses(draw, memory, stream):
    """Lines that write and read a memory, and what they call its answer."""
    y, m = f"y_{memory.name}", memory.name
    read, write = f"  {y} = {m}.read({stream})\n", f"  {m}.write({stream})\n"
    again = f"  {m}.write(0.5 * {stream})\n"
    twice = f"  {y} = {m}.read({stream}) + {m}.read(tanh({stream}))\n"
    options = [read + write, write + read, twice + write, write + read + again]
    if memory.update == 1:
        sees = f"  {y} = {m}({stream})\n"
        options += [sees, sees, sees, f"  {y} = {m}({stream}) + {m}.read({stream})\n"]
    return draw(st.sampled_from(options)), y


def segments(draw, *memories):
    """`scan:` or nothing: in a segment every memory lands a whole number of times."""
    length = lcm(*(memory.update for memory in memories)) * pick(draw, 1, 3, 4)
    return pick(draw, "", "", f"  scan: {length} tokens\n")


def layer(memories, lines, answers, scan=""):
    body = scan + "".join(memories) + lines
    user = "".join(line for name, line in USER.items() if name in body)
    total = " + ".join(f"linear({y}, d)" for y in answers)
    return f"block layer(x: [T d]) {{\n{user}{body}  return x + {total}\n}}\n"


@st.composite
def one_memory(draw):
    """A block around one memory."""
    memory = Drawn(draw, "m")
    stream = pick(draw, "x", "x", "norm(x)", "conv(x, 3)", "shift(x)")
    lines, y = uses(draw, memory, stream)
    tile = pick(draw, "", "", "schedule torch {\n  layer.m: tile(tokens=4)\n}\n")
    return HEAD + layer([memory.text()], lines, [y], segments(draw, memory)) + tile


@st.composite
def several_memories(draw):
    """Two or three in one block, one after the other or side by side, a cache among them at times."""
    count = pick(draw, 2, 3)
    texts, lines, answers, stream, drawn = [], "", [], "x", []
    for i in range(count):
        if i == 1 and draw(st.booleans()):
            texts.append(cache(draw, "attn"))
            more, y = looks(draw, stream)
        else:
            memory = Drawn(draw, f"m{i}")
            drawn.append(memory)
            texts.append(memory.text())
            more, y = uses(draw, memory, stream)
        lines += more
        answers.append(y)
        stream = f"linear({y}, d)" if draw(st.booleans()) else "x"
    return HEAD + layer(texts, lines, answers, segments(draw, *drawn))


@st.composite
def self_modifying(draw):
    """Memories that make one another's keys, values and rates from what they were before."""
    slow, fast = draw(st.sampled_from([(1, 1), (4, 4), (8, 4), (4, 8), (6, 4), (1, 4), (16, 4)]))
    heads = pick(draw, 1, 2)
    maker = Drawn(draw, "maker", heads=heads, periods=(slow, pick(draw, slow, slow, 4)), structure="mlp")
    pace = Drawn(draw, "pace", heads=heads, answers=heads, periods=(slow, slow))
    main = Drawn(draw, "main", heads=heads, periods=(fast, pick(draw, fast, fast, 8)))
    made = "maker.read(x)"
    for memory in (maker, pace, main):
        memory.rate = f"{memory.rates()[1]} * sigmoid(pace.read(x))"
        if "key=" not in memory.holds and draw(st.booleans()):
            memory.keys = f"{made} |> l2norm"
        memory.values = pick(draw, f"linear({made})", f"{memory.name}.read({made})", "linear(x)")
    if main.answers == WIDTH:
        main.values = pick(draw, made, f"main.read({made})")
    maker.queries = pick(draw, "linear(x)", "x")
    order = draw(
        st.permutations(
            ["  y = main.read(x)\n", "  maker.write(x)\n", "  pace.write(x)\n", "  main.write(x)\n"]
        )
    )
    scan = segments(draw, maker, pace, main)
    return HEAD + layer([maker.text(), pace.text(), main.text()], "".join(order), ["y"], scan)


@st.composite
def levels(draw):
    """A model with task memories that learn in the sequence, beside a memory of its own kind or a cache."""
    periods = pick(draw, "4", "2, 4", "4, 8, 16", "3, 12")
    order = pick(draw, "task", "task", "task(outer=second_order)")
    rule = pick(draw, "sgd(lr=0.05)", "momentum(lr=0.03, beta=0.5)")
    kept = pick(draw, "", "    retention: keep(0.9)\n")
    depth, norm = pick(draw, 1, 2), pick(draw, "", ", norm=true", ", norm=learned")
    depth, gated = pick(draw, (depth, ""), (depth, ""), (2, ", gated=true"))
    bias = pick(draw, "", ", bias=true")
    again = pick(draw, "", "", f" every {2 * int(periods.split(', ')[-1])} tokens")
    band = f"""  memory band[c in {periods}](x) {{
    structure: mlp(depth={depth}, expansion=1, residual=true{norm}{gated}{bias})
    objective: {order}
    optimizer: {rule}
{kept}    update: every c tokens
    init: learned{again}
  }}
"""
    beside = pick(draw, "memory", "cache", "none")
    texts, lines, answers = [band], "", []
    if beside == "memory":
        memory = Drawn(draw, "m")
        texts.append(memory.text())
        lines, y = uses(draw, memory, "x")
        answers.append(y)
    elif beside == "cache":
        texts.append(cache(draw, "attn"))
        lines, y = looks(draw, "x")
        answers.append(y)
    place = pick(draw, "chain(band, norm(x))", "chain(band, x)")
    lines += f"  z = {place}\n"
    text = layer(texts, lines, [*answers, "z"])
    model = f"""dim vocab = 11
model lm(ids: [T]) {{
  objective: next_token
  optimizer: adamw(lr=1e-3)
  update: every step
  return embed(ids, d) |> repeat(layer, {pick(draw, 1, 2)}) |> norm |> unembed
}}
"""
    return (
        HEAD
        + model.replace("dim vocab", "dim vocab", 1).split("\n", 1)[0]
        + "\n"
        + text
        + model.split("\n", 1)[1]
    )


@st.composite
def richer_writes(draw):
    """A block around one matrix whose write says more than a rate."""
    kind = pick(draw, "erase", "steps", "closed")
    each = (1, 1), (1, 1), (4, 1), (16, 1)
    frozen = (1, 1), (1, 1), (4, 4), (16, 16)
    periods = None if kind == "erase" else pick(draw, *(frozen if kind == "closed" else each))
    memory = Drawn(draw, "m", structure="matrix", kind=kind, periods=periods)
    stream = pick(draw, "x", "norm(x)", "shift(x)")
    lines, y = uses(draw, memory, stream)
    tile = pick(draw, "", "", "schedule torch {\n  layer.m: tile(tokens=4)\n}\n")
    return HEAD + layer([memory.text()], lines, [y]) + tile


@st.composite
def orthogonal_writes(draw):
    """A block around one memory whose momentum is orthogonalized."""
    memory = Drawn(draw, "m", kind=pick(draw, "muon"))
    lines, y = uses(draw, memory, pick(draw, "x", "norm(x)"))
    return HEAD + layer([memory.text()], lines, [y])


@st.composite
def rounds(draw):
    """Rounds of blocks: heads that share keys, forget at speeds of their own, and are told their layer."""
    update, objective = pick(draw, 1, 1, 4), pick(draw, "l2", "dot")
    kept = pick(
        draw,
        "exp(-dt * exp(weight(2, start=-1.0, end=0.5)))",
        "exp(-0.2 * (1 - layer / layers) * count(2))",
        "exp(-0.1 * (1 + layer))",
        "1 - 0.1 * sum(g)",
    )
    if (update == 1 or objective == "dot") and draw(st.booleans()):
        kept = pick(
            draw, "exp(-split(dt, 2) * split(1 + count(3), 1)), axis=keys", "1 - 0.1 * dt * g, axis=keys"
        )
    use = "  y = m.read(x)\n  m.write(x)" if update > 1 or draw(st.booleans()) else "  y = m(x)"
    shared = pick(draw, ", key_heads=1", "")
    return f"""{HEAD}block mixer(x: [T d], layer=0, layers=1) {{
  memory m(x) {{
    structure: matrix(heads=2{shared}, key=3, value={pick(draw, 1, 2)})
    keys: linear(x) |> {pick(draw, "l2norm(inside=true)", "conv(3, bias=0.1) |> silu |> l2norm(eps=1e-3)")}
    values: {pick(draw, "dt * linear(x)", "elu(linear(x)) + 1", "1", "layer")}
    queries: linear(x) / sqrt(3)
    objective: {objective}
    optimizer: sgd(lr={pick(draw, "dt", "0.5 / (1 + layer)", "0.5")})
    retention: keep({kept})
    update: {every(update)}
    dt = 0.9 * sigmoid(linear(x, 2))
    g = sigmoid(linear(x, 6))
  }}
{use}
  return x + linear(split(y, 2) |> norm |> merge, d) + linear(merge(weight(2, start=1.0) * split(y, 2)), d)
}}
block gate(x: [T d]) {{ return x * (1 + 0.1 * tanh(sum(x))) }}
block layer(x: [T d]) {{
  return x |> repeat({pick(draw, "mixer", "mixer, gate", "gate, mixer, gate")}, {pick(draw, 1, 2)})
}}
"""


def every_kind():
    """A spec of any kind, plain ones more often."""
    kinds = [richer_writes(), orthogonal_writes(), rounds(), several_memories(), self_modifying(), levels()]
    return st.one_of(one_memory(), one_memory(), *kinds)
