"""Linear memories of every kind that a token by itself takes a shorter way through, as specs."""

SPEC = """nl 1
dim d = {d}, heads = 2
block layer(x: [T d]) {{
  {extra}
  memory m(x) {{
    structure: matrix(heads=heads, value={value})
    keys:      linear(x) |> conv(3) |> l2norm
    values:    linear(x)
    queries:   linear(x) |> l2norm
    objective: {objective}
    optimizer: {optimizer}
    retention: {retention}
    update:    every token
    anchor:    {anchor}
    init:      {init}
  }}
  {line}
}}
"""
GATE = "linear(x, heads, bias=2.0) |> sigmoid"
PLAIN = {
    "d": 16,
    "extra": "",
    "value": 4,
    "objective": "l2",
    "optimizer": "sgd(lr=linear(x, heads) |> sigmoid)",
    "retention": f"keep({GATE})",
    "anchor": "every token",
    "init": "zeros",
    "line": "return m(x)",
}
CASES = {
    "as it is": {},
    "forgotten first": {"retention": f"keep({GATE}, first=true)"},
    "nothing forgotten": {"retention": "keep"},
    "a number kept, a number of rate": {"retention": "keep(0.9)", "optimizer": "sgd(lr=0.3)"},
    "sums": {"objective": "dot", "optimizer": "sgd(lr=1)"},
    "another slope, and a stream of its own": {
        "objective": "minimize(care * v * p + (p - 2 * v) * (p - 2 * v))",
        "extra": "care = 0.5 * sigmoid(linear(x, heads))",
    },
    "each channel of a key": {"retention": "keep(linear(x, bias=2.0) |> sigmoid, axis=keys)"},
    "each channel of a value": {"retention": "keep(linear(x, 8, bias=2.0) |> sigmoid, axis=values)"},
    "few values": {
        "objective": "dot",
        "optimizer": "sgd(lr=0.5)",
        "retention": "keep(linear(x, bias=2.0) |> sigmoid, axis=keys)",
    },
    "momentum": {"optimizer": f"momentum(lr=0.2, beta={GATE})"},
    "erased": {"objective": "dot", "optimizer": "dgd(lr=0.5 * sigmoid(linear(x, heads)))"},
    "erased, and momentum": {"optimizer": "dgd(lr=0.2, beta=0.5)"},
    "to its start": {"init": "learned", "retention": f"keep({GATE}, to=init)"},
    "all to its start": {
        "init": "learned",
        "retention": f"keep({GATE}, to=init)",
        "optimizer": "dgd(lr=0.2, beta=0.5)",
    },
    "to its anchor": {
        "objective": "dot",
        "anchor": "every 3 tokens",
        "retention": f"keep({GATE}, to=anchor)",
    },
    "read before": {"line": "y = m.read(x)\n  m.write(x)\n  return y"},
}


def spec(name: str, **changes: object) -> str:
    return SPEC.format(**PLAIN | changes | CASES[name])
