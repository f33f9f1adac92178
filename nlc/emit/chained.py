"""The methods of a block that its chains are: torch code, in whose place a kernel serves on a GPU."""

from __future__ import annotations

from typing import Any

from nlc.emit.facts import Package
from nlc.emit.lines import Writer
from nlc.emit.table import Code
from nlc.emit.wrap import wrap
from nlc.ir.plan import BlockPlan, MemoryPlan
from nlc.ir.system import Value
from nlc.lower.chain import Chain
from nlc.write.expr import print_expr


def chain_methods(package: Package, block: BlockPlan) -> list[dict[str, Any]]:
    """Each chain of the block for the template of its class."""
    return [_method(package, block, chain) for chain in package.chains.get(block.name, ())]


def _method(package: Package, block: BlockPlan, chain: Chain) -> dict[str, Any]:
    source = package.sources[block.name]
    writer = _ChainWriter(block, source, package.table, package.stateful, chain.names)
    lines = writer.lines(chain)
    arguments = [*chain.names, *(["past", "clock"] if chain.conv else [])]
    return {
        "name": f"{chain.name}_chain",
        "module": f"chains_{block.name}",
        "options": ", packed=False" if chain.conv and not chain.straight else "",
        "head": f"def {chain.name}_chain({', '.join(['self', *arguments])}):",
        "about": f"{print_expr(chain.said)}{', and what the convolution carries' if chain.conv else ''}.",
        "lines": [piece for line in lines for piece in wrap(line, 8)],
    }


class _ChainWriter(Writer):
    """Writes the lines of one chain, of streams by its own names."""

    def lines(self, chain: Chain) -> list[str]:
        """Statements, the last of which returns the result."""
        values = self.block.values
        self.first = chain.names[0]
        self.write(value for value in values if value.index in self.numbers)
        named = zip(chain.streams, chain.names, strict=True)
        self.known |= {index: Code(name) for index, name in named}  # a convolution's input is also the first
        inside = set(chain.members)
        for value in values:
            if value.op == "weight" or (value.op == "unsqueeze" and values[value.args[0]].op == "weight"):
                self.known[value.index] = self.op(value)
            elif value.index in inside:
                self.value(value)
        end = values[chain.end]
        return [
            *self.statements,
            self.marked(f"return {self.text(end.index)}{', past' if chain.conv else ''}", end),
        ]

    def carried(self, value: Value) -> None:
        name = self.name(value.owner.replace(".", "_"))
        self.statements.append(f"{name}, past = self.{value.owner}({self.first}, past, {self.clock})")
        self.known[value.index] = Code(name)

    def verb(self, value: Value, memory: MemoryPlan) -> None:
        raise AssertionError("a chain reads and writes no memory")
