"""Specs that the level tests share: one for each shape of graph."""

from nlc.check import check
from nlc.ir.levels import LevelGraph
from nlc.ir.system import System
from nlc.level import level
from nlc.read import read_text

MODEL = """
model lm(ids: [T]) {
  objective: next_token
  return embed(ids, d) |> repeat(layer, 3) |> norm |> unembed
}
"""

TRANSFORMER = (
    """nl 1
dim vocab = 64, d = 16
block layer(x: [T d]) {
  memory attn(x) {
    structure: cache(heads=2)
    keys: linear(x)  values: linear(x)  queries: linear(x)
    objective: softmax  optimizer: closed_form  update: every token
  }
  memory ffn(x) { structure: mlp(depth=2)  objective: task  update: every step }
  a = x + attn(norm(x))
  return a + ffn(norm(a))
}
"""
    + MODEL
)

CMS = (
    """nl 1
dim vocab = 64, d = 16
block layer(x: [T d]) {
  memory band[c in 16, 64, 256](x) {
    structure: mlp(depth=2, residual=true)
    objective: task  optimizer: sgd(lr=1e-3)  update: every c tokens  init: learned
  }
  return chain(band, x)
}
"""
    + MODEL
)

MAKER = """{
    structure: mlp(depth=2, residual=true, heads=2)
    keys:      make.key.read(u) |> l2norm
    values:    make.value.read(u)
    objective: l2
    optimizer: dgd(lr=gate.rate.read(u) |> sigmoid)
    retention: keep(gate.keep.read(u) |> sigmoid, to=init)
    init:      learned
"""
HOPE = (
    f"""nl 1
dim vocab = 64, d = 16
block layer(x: [T d]) {{
  u = norm(x) |> conv(4)
  memory make[r in key, value](u) {MAKER} update: every 16 tokens }}
  memory gate[r in rate, keep](u) {
        MAKER.replace("residual=true, heads=2", "heads=2, out=2").replace(
            "make.value.read(u)", "gate[r].read(make.value.read(u))"
        )
    } update: every 16 tokens }}
  memory main(u) {MAKER} update: every 8 tokens }}
  y = main.read(linear(u))
  make.key.write(u) make.value.write(u) gate.rate.write(u) gate.keep.write(u) main.write(u)
  return x + y
}}
"""
    + MODEL
)

CHAINED = """nl 1
block chained(x: [T 16]) {
  memory m[i in 1..9](x) {
    structure: matrix  keys: linear(x) |> l2norm  objective: l2  optimizer: sgd(lr=0.1)
    update: every 16384 tokens
  }
  memory first(x) { structure: matrix  objective: l2  optimizer: sgd(lr=0.1)  update: every token }
  memory middle(x) {
    structure: matrix  keys: m[1].read(first(x))  objective: l2
    optimizer: sgd(lr=0.1)  update: every 4 tokens
  }
  memory other(x) { structure: matrix  objective: l2  optimizer: sgd(lr=0.1)  update: every token }
  memory last(y) { structure: matrix  objective: l2  optimizer: sgd(lr=0.1)  update: every token }
  middle.write(x)
  m[1].write(x)
  a = first(x)
  return combine(m, last(linear(a))) + other(x) + middle.read(x)
}
"""

SPECS = {"transformer": TRANSFORMER, "cms": CMS, "hope": HOPE, "chained": CHAINED}


def system(text: str) -> System:
    return check(read_text(text))


def graph(text: str) -> LevelGraph:
    return level(system(text))
