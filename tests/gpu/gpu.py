"""`make gpu`: are the kernels right on this GPU, and how fast are they beside others? Writes one page.

`--interpret` does the same on a CPU with kernels interpreted, at sizes so small that times mean nothing.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "kernels")]

import torch  # noqa: E402
from rivals import RIVALS, Absent, Rival  # noqa: E402
from served import Served, gap, worst  # noqa: E402
from torch import Tensor  # noqa: E402

import nlc  # noqa: E402
from nlc.run.load import build  # noqa: E402

EXAMPLES = HERE.parents[1] / "examples"
SYSTEMS = (
    "deltanet",
    "gated_deltanet",
    "linear_attention",
    "retnet",
    "mamba2",
    "deltaproduct",
    "gla",
    "hope",
)
SYSTEMS += ("titans", "ttt_linear", "ttt_mlp", "omega_net")
SIZES = ((1, 16, 2048, 64), (1, 16, 8192, 64), (8, 16, 8192, 64), (1, 8, 8192, 128), (8, 8, 8192, 128))
"""Sequences, heads, tokens, numbers a head."""
TINY = ((1, 2, 40, 16),)
BOUND = 2e-2
"""Of outputs and gradients: what is multiplied is rounded to tf32 or bfloat16."""


STEPS = 20
"""Tokens that come one by one."""


@dataclass(frozen=True)
class Bench:
    """Where and how long: `launched` is around everything that launches kernels."""

    device: str
    until: float
    launched: Callable[[Served], AbstractContextManager[Any]]

    @property
    def late(self) -> bool:
        return time.monotonic() > self.until


def checks(bench: Bench, names: tuple[str, ...] = SYSTEMS) -> Iterator[tuple[str, ...]]:
    """A row a system: its kernels, and the largest gaps to its torch code in float64, also token by token."""
    for name in names:
        found = Served(build(nlc.load(EXAMPLES / f"{name}.nl", layers=1).files("triton")))
        files = found.kernels + found.steps + found.chains
        if not files:
            yield name, "torch serves", "", "", ""
            continue
        if bench.late:
            yield name, "not tried: no time was left", "", "", ""
            continue
        try:
            output, gradient = _gaps(found, bench)
        except Exception as error:  # whatever goes wrong on this GPU is what the page is for
            yield name, f"failed: {type(error).__name__}: {str(error)[:120]}".replace("\n", " "), "", "", ""
            continue
        right = "yes" if max(output, gradient) < BOUND else "NO"
        yield name, ", ".join(files), f"{output:.1e}", f"{gradient:.1e}", right


def _gaps(found: Served, bench: Bench) -> tuple[float, float]:
    ids = torch.randint(0, 256, (2, 70), generator=torch.Generator().manual_seed(1))
    model = found.module().to(bench.device)
    exact = found.module().double()
    with bench.launched(found):
        scores, _ = model(ids.to(bench.device))
        _loss(scores).backward()
        stepped = _stepped(model, ids[:, :STEPS].to(bench.device))
    wanted, _ = exact(ids)
    _loss(wanted).backward()
    pairs = [(p.grad.cpu(), e.grad) for p, e in zip(model.parameters(), exact.parameters(), strict=True)]
    output = max(gap(scores.cpu(), wanted), gap(stepped.cpu(), wanted[:, :STEPS]))
    return output, worst(*zip(*pairs, strict=True))


@torch.no_grad()
def _stepped(model: Any, ids: Tensor) -> Tensor:
    """Scores of tokens that come one by one."""
    out, state = [], None
    for token in ids.split(1, dim=1):
        scores, state = model(token, state)
        out.append(scores)
    return torch.cat(out, dim=1)


def _loss(scores: Tensor) -> Tensor:
    weigh = torch.randn(scores.shape, generator=torch.Generator().manual_seed(2)).to(scores)
    return (scores * weigh).sum()


def times(bench: Bench, sizes: tuple[tuple[int, int, int, int], ...]) -> Iterator[tuple[str, ...]]:
    """A row a rival and size: milliseconds forward, and forward and backward."""
    for batch, heads, length, size in sizes:
        for rival in RIVALS:
            row = (str(batch), str(heads), f"{length:,}", str(size), rival.name)
            if bench.late:
                yield *row, "not tried: no time was left", ""
                continue
            try:
                forward, both = _time(rival, bench, batch, heads, length, size)
                yield *row, f"{forward:.3f}", f"{both:.3f}"
            except Absent as why:
                yield *row, str(why), ""
            except Exception as error:  # a rival that fails is a row that says so
                yield *row, f"{type(error).__name__}: {str(error)[:80]}".replace("\n", " "), ""


def _time(rival: Rival, bench: Bench, batch: int, heads: int, length: int, size: int) -> tuple[float, float]:
    run = rival.make(heads, size, bench.device)
    streams = _streams(batch, heads, length, size, bench.device)
    out = run(*streams)
    weigh = torch.randn_like(out)

    def both() -> None:
        run(*streams).backward(weigh)

    return _milliseconds(lambda: run(*streams), bench.device), _milliseconds(both, bench.device)


def _streams(batch: int, heads: int, length: int, size: int, device: str) -> list[Tensor]:
    """queries, keys, values in bfloat16; rate and what is kept in float32."""
    shape = (batch, length, heads)
    wide = [torch.randn(*shape, size, device=device) for _ in range(3)]
    wide = [
        torch.nn.functional.normalize(wide[0], dim=-1),
        torch.nn.functional.normalize(wide[1], dim=-1),
        wide[2],
    ]
    gates = [torch.rand(shape, device=device), 1 - 0.05 * torch.rand(shape, device=device)]
    return [x.requires_grad_() for x in [*(x.bfloat16() for x in wide), *gates]]


def _milliseconds(run: Callable[[], Any], device: str) -> float:
    """The median of a tenth of a second of runs; on a CPU of one run."""
    if device == "cpu":
        start = time.perf_counter()
        run()
        return (time.perf_counter() - start) * 1e3
    from triton.testing import do_bench

    return float(do_bench(run, warmup=25, rep=100, return_mode="median"))


def page(head: str, checked: list[tuple[str, ...]], timed: list[tuple[str, ...]]) -> str:
    """Both tables as Markdown."""
    return "\n".join(
        [
            "# Kernels on a GPU",
            "",
            f"Made by `make gpu` on {head}.",
            "",
            f"Against the torch code in float64, relative; right is below {BOUND}.",
            "",
            *_table(("system", "kernels", "output", "gradient", "right"), checked),
            "",
            "Milliseconds of one gated delta rule in bfloat16, medians.",
            "",
            *_table(("batch", "heads", "tokens", "size", "who", "forward", "forward and backward"), timed),
            "",
        ]
    )


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    lines = [head, tuple("---" for _ in head), *rows]
    return [f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines]


def main(words: list[str] | None = None) -> int:
    """0 if all that ran was right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interpret", action="store_true", help="on a CPU, interpreted, small")
    parser.add_argument("--minutes", type=float, default=9.0, help="what is not begun by then is left out")
    parser.add_argument("--out", type=Path, default=Path("docs/gpu.md"), help="the page to write")
    parser.add_argument("--systems", nargs="*", default=list(SYSTEMS), choices=SYSTEMS)
    given = parser.parse_args(words)
    if not given.interpret and not torch.cuda.is_available():
        print("torch sees no GPU here; --interpret tries the same on a CPU", file=sys.stderr)
        return 2
    until = time.monotonic() + 60 * given.minutes
    if given.interpret:
        bench, head = (
            Bench("cpu", until, lambda found: found.launched()),
            "a CPU, interpreted: times mean nothing",
        )
    else:
        bench, head = Bench("cuda", until, lambda _: nullcontext()), torch.cuda.get_device_name()
    checked = _told(checks(bench, tuple(given.systems)))
    timed = _told(times(bench, TINY if given.interpret else SIZES))
    given.out.write_text(page(head, checked, timed), encoding="utf-8")
    print(f"wrote {given.out}")
    return 0 if all(row[-1] in ("yes", "") and not row[1].startswith("failed") for row in checked) else 1


def _told(rows: Iterator[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The rows, each printed as it comes."""
    found: list[tuple[str, ...]] = []
    for row in rows:
        print("  ".join(row), flush=True)
        found.append(row)
    return found


if __name__ == "__main__":
    sys.exit(main())
