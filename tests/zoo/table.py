"""docs/systems.md, docs/systems.json and README's list: `make zoo` writes them."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "tests" / "laws")]

from zoo import Row, measure, rows  # noqa: E402

from nlc.lower import show  # noqa: E402
from nlc.run.stages import Stages  # noqa: E402

PAGE, DATA, README = ROOT / "docs" / "systems.md", ROOT / "docs" / "systems.json", ROOT / "README.md"

GROUPS = (
    "attention",
    "linear memories",
    "test-time training",
    "titans",
    "miras",
    "atlas",
    "hybrids",
    "nested learning",
)
"""In the order of the page; a row's FAMILY is one of them."""

HEAD = """# The systems

Each is one spec of a few lines in `examples/`, as `.nl` and as `.yaml`. `make zoo` compiles every one \
at a small size in float64 and compares it with a formula that was written by hand from the paper, \
token by token, without anything of nlc's (`tests/zoo/rows`): the scores of the whole model, and a \
gradient by every parameter. The figures are the largest deviation, relative to the largest number; \
{bound:.0e} is the bound that the tests hold. Levels, fastest first, and kernels are what `nlc plan` \
prints at the sizes of the spec.
"""


def facts(row: Row) -> dict[str, Any]:
    """What the spec alone says: everything of a row but its errors."""
    stages = Stages(row.spec)
    plan = show.json(stages.plan)
    levels: dict[str, list[str]] = {}
    for memory in plan["memories"]:
        levels.setdefault(memory["period"], []).append(memory["memory"])
    text = row.spec.read_text(encoding="utf-8")
    return {
        "system": row.system,
        "spec": row.spec.relative_to(ROOT).as_posix(),
        "hash": plan["semantic_hash"],
        "lines": sum(bool(line.split("#")[0].strip()) for line in text.splitlines()),
        "levels": levels,
        "family": list(dict.fromkeys(memory["kernel"] for memory in plan["memories"])),
        "reference": f"tests/zoo/rows/{row.name}.py",
        "precision": "float64",
        "group": row.family,
        "paper": row.paper,
        "leaves_out": row.leaves_out,
    }


def page(systems: Iterable[dict[str, Any]], bound: float) -> str:
    """The table as Markdown: one a group."""
    systems, parts = list(systems), [HEAD.format(bound=bound)]
    for group in GROUPS:
        mine = [system for system in systems if system["group"] == group]
        if mine:
            parts.append(f"\n## {group[0].upper()}{group[1:]}\n\n" + _table(mine) + _left_out(mine))
    return "".join(parts)


def _table(systems: list[dict[str, Any]]) -> str:
    names = ("system", "spec", "lines", "memories by level", "kernels", "output", "gradient")
    lines = [names, ("---", "---", "--:", "---", "---", "--:", "--:")]
    for s in systems:
        spec, kernels = f"[`{Path(s['spec']).stem}`](../{s['spec']})", ", ".join(s["family"])
        errors = (f"{s['output_error']:.1e}", f"{s['gradient_error']:.1e}")
        lines.append((s["system"], spec, str(s["lines"]), _levels(s), kernels, *errors))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _levels(system: dict[str, Any]) -> str:
    """`delta, every token · ffn, every step`, without the blocks around a memory."""
    return " · ".join(
        f"{', '.join(name.rsplit(']', 1)[-1].strip('.') for name in names)}: {period.removeprefix('every ')}"
        for period, names in system["levels"].items()
    )


def _left_out(systems: list[dict[str, Any]]) -> str:
    lines = [""]
    for s in systems:
        formula = f"[`{Path(s['reference']).name}`](../{s['reference']})"
        left = f"Left out: {s['leaves_out']}." if s["leaves_out"] else "Nothing is left out."
        lines.append(f"* **{s['system']}** ({s['paper']}; compared by {formula}). {left}")
    return "\n".join(lines) + "\n"


def listed(readme: str, systems: Iterable[dict[str, Any]]) -> str:
    """README with its list of systems, one line a spec, made anew."""
    lines: dict[str, str] = {}
    for group in GROUPS:
        mine = [s for s in systems if s["group"] == group]
        specs = {s["spec"]: s for s in reversed(mine)}
        names = ", ".join(f"[{s['system']}]({spec})" for spec, s in sorted(specs.items()))
        lines[group] = f"| {group} | {names} |\n"
    table = "| family | systems |\n|---|---|\n" + "".join(lines.values())
    return re.sub(r"(?<=<!-- systems -->\n).*?(?=<!-- end -->)", lambda _: table, readme, count=1, flags=re.S)


def main() -> None:
    """Measure every row and write the page, its data and README's list."""
    from zoo import BOUND

    systems: list[dict[str, Any]] = []
    for row in rows():
        errors = measure(row)
        systems.append(facts(row) | {"output_error": errors.output, "gradient_error": errors.gradient})
        print(f"{row.name:26} output {errors.output:.1e}  gradient {errors.gradient:.1e}", flush=True)
    DATA.write_text(json.dumps(systems, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(page(systems, BOUND), encoding="utf-8")
    README.write_text(listed(README.read_text(encoding="utf-8"), systems), encoding="utf-8")
    print(f"{len(systems)} systems: docs/systems.md, docs/systems.json and the list in README.md are written")


if __name__ == "__main__":
    main()
