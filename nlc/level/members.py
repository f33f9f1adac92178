"""The nodes: what each memory and each parameter of a block is, as the level graph shows it."""

from __future__ import annotations

from nlc.ir.levels import Node
from nlc.ir.system import Block, Memory, Shape, System, Value
from nlc.parts.part import Op
from nlc.parts.registry import find
from nlc.spec.time import Period


class Members:
    """Makes nodes; knows the model's own optimizer and period, which every parameter has."""

    def __init__(self, system: System) -> None:
        training = system.training
        self.period = training.period if training else Period.of(1, "step")
        self.outer = training.optimizer if training else "outer"
        self.rule = f"{self.outer} · task"
        goal = f"{self.outer} · {training.objective}" if training else "of the model around this layer"
        self.objective = Node("objective", "objective", "", self.period, goal)

    def memory(self, memory: Memory, path: str, count: int) -> Node:
        name = inside(path, memory.name)
        return Node(name, "memory", path, memory.update, self._rule(memory), "", count, _state(memory))

    def _rule(self, memory: Memory) -> str:
        learner = self.outer if memory.optimizer.name == "outer" else memory.optimizer.name
        learner += f" in {memory.steps} steps" if memory.steps > 1 else ""
        goal = memory.objective.name
        said = [learner, f"{goal} of {memory.window} pairs" if memory.window > 1 else goal]
        if memory.keep is not None or memory.retention.maps is not None:
            said.append(memory.retention.name)
        rule = " · ".join(said)
        if memory.anchor != memory.update and memory.anchor.unit == "token":
            rule += f", anchored {memory.anchor}"
        return rule

    def start(self, memory: Memory, path: str, count: int) -> Node | None:
        """The learned start of a memory, slow as every parameter.

        A task memory that is written by steps *is* a parameter: its start is no second one.
        """
        if memory.init.name != "learned" or (memory.is_task and memory.update.unit == "step"):
            return None
        name = inside(path, memory.name) + ".init"
        shapes = _slots(memory) or _state(memory)
        return Node(name, "init", path, self.period, self.rule, "init", count, shapes)

    def parameter(self, value: Value, block: Block, path: str, count: int) -> Node | None:
        """What an op owns and the model's optimizer learns; None if it only carries earlier tokens."""
        shapes = _parameters(value, block) if value.owner else None
        if shapes is None:
            return None
        name = inside(path, value.owner)
        return Node(name, "parameter", path, self.period, self.rule, value.op, count, shapes)


def inside(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _slots(memory: Memory) -> tuple[Shape, ...]:
    """The learned pairs of a cache: their keys and their values."""
    slots, heads = getattr(memory.structure, "slots", 0), getattr(memory.structure, "kv_heads", None)
    if not slots:
        return ()
    return tuple((heads or memory.heads, slots, memory.sizes[end]) for end in (0, -1))


def _state(memory: Memory) -> tuple[Shape, ...]:
    return tuple((memory.heads, *shape) for shape in memory.weights)


def _parameters(value: Value, block: Block) -> tuple[Shape, ...] | None:
    part = find("op", value.op)
    if part is None or not issubclass(part, Op) or not part.owns:
        return None
    op = part.model_validate(dict(value.attributes))
    shapes = op.parameters(tuple(block.values[i].shape for i in value.args))
    return tuple(shapes.values()) if shapes else None
