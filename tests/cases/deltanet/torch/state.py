"""What a sequence carries from call to call: plain tensors, in and out, never hidden in the module."""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch.utils._pytree import GetAttrKey, register_pytree_node


def copy_tree(tree, change=None):
    """The dicts and lists anew, with `change` applied to every tensor (None: the tensors themselves)."""
    if isinstance(tree, dict):
        return {name: copy_tree(part, change) for name, part in tree.items()}
    if isinstance(tree, list):
        return [copy_tree(part, change) for part in tree]
    return tree if change is None else change(tree)


def merge(tree, other):
    """`other`, with the tensors of `tree` where it has them."""
    if isinstance(other, torch.Tensor):
        return tree if isinstance(tree, torch.Tensor) else other
    if isinstance(other, list):
        return [merge(tree[i] if tree else {}, part) for i, part in enumerate(other)]
    return {name: merge(tree.get(name, {}) if tree else {}, part) for name, part in other.items()}


def stack(tensors):
    """(batch, …) tensors as one, along the batch; what has grown less gets zeros on its left."""
    sizes = [max(axis) for axis in zip(*(t.shape[1:] for t in tensors), strict=True)]
    return torch.cat([F.pad(t, padding(t.shape[1:], sizes)) for t in tensors])


def padding(shape, sizes):
    """What F.pad adds on the left of each axis, the last axis first."""
    return [n for own, size in zip(shape[::-1], sizes[::-1], strict=True) for n in (size - own, 0)]


def flatten(tree, path=""):
    """(dotted path, tensor) for every tensor of a tree."""
    parts = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for name, part in parts:
        if isinstance(part, torch.Tensor):
            yield f"{path}{name}", part
        else:
            yield from flatten(part, f"{path}{name}.")


@dataclass
class State:
    """The state of a batch of sequences.

    position  (batch,) int64, tokens seen
    memories  a tree of dicts and lists as the blocks nest, of tensors (batch, …)
    segment   where levels learn in the sequence: the ids since the last landing, and the states there
    spec      the semantic hash of the spec whose models have such states
    """

    spec: ClassVar[str] = "c1c7b1cf495fea86efe5140b8b3290045e4be6e7348a6d2defb4bedfbfe9f2db"
    position: torch.Tensor
    memories: Any
    segment: Any = None

    def tree(self):
        tree = {"position": self.position, "memories": self.memories}
        if self.segment is not None:
            tree |= {"segment": {"ids": self.segment[0], "start": self.segment[1]}}
        return tree

    def map(self, change):
        """A state with `change` applied to every tensor."""
        tree = copy_tree(self.tree(), change)
        segment = (tree["segment"]["ids"], tree["segment"]["start"]) if "segment" in tree else None
        return State(tree["position"], tree["memories"], segment)

    def detach(self):
        """The same state, without the graph that made it."""
        return self.map(torch.Tensor.detach)

    def to(self, *args, **kwargs):
        """On another device; a dtype applies to what is no integer."""
        device = torch.empty(0, device=self.position.device).to(*args, **kwargs).device
        return self.map(lambda t: t.to(*args, **kwargs) if t.is_floating_point() else t.to(device))

    def select(self, index):
        """The sequences at `index` (an int, a slice, a list or a tensor), with their batch axis.

        In any order and as often as they are named, for beam search: `state.select(parents)`.
        """
        if not isinstance(index, slice):
            index = torch.as_tensor(index, device=self.position.device).reshape(-1)
        return self.map(lambda t: t[index])

    @staticmethod
    def join(states):
        """One batch of the sequences of several states; what has grown less is padded on its left."""
        trees = [dict(flatten(state.tree())) for state in states]
        if any(tree.keys() != trees[0].keys() for tree in trees):
            raise ValueError("states of different specs cannot be joined")
        return State.of({name: stack([tree[name] for tree in trees]) for name in trees[0]})

    def tensors(self):
        """Every tensor by its dotted path, for saving: copies, since some of them share memory."""
        return {name: t.clone(memory_format=torch.contiguous_format) for name, t in flatten(self.tree())}

    @staticmethod
    def of(tensors):
        """The state whose `tensors()` these are."""
        tree = {}
        for path, tensor in tensors.items():
            *inner, last = path.split(".")
            part = tree
            for name in inner:
                part = part.setdefault(name, {})
            part[last] = tensor
        tree = _lists({"memories": {}} | tree)
        segment = tree.get("segment")
        segment = segment and (segment["ids"], segment.get("start", {}))
        return State(tree["position"], tree["memories"], segment)


def _lists(tree):
    """Dicts whose names are 0, 1, … in any order, back to lists."""
    if not isinstance(tree, dict):
        return tree
    parts = {name: _lists(part) for name, part in tree.items()}
    numbers = [str(n) for n in range(len(parts))]
    if parts and parts.keys() == set(numbers):
        return [parts[n] for n in numbers]
    return parts


def _parts(state):
    """The fields that hold something, by name."""
    found = {"position": state.position, "memories": state.memories, "segment": state.segment}
    return [(name, part) for name, part in found.items() if part is not None]


# torch.export takes and gives states as trees of their tensors.
register_pytree_node(
    State,
    lambda state: ([part for _, part in _parts(state)], None),
    lambda parts, _: State(*parts),
    serialized_type_name=f"{__name__}.State",
    flatten_with_keys_fn=lambda state: ([(GetAttrKey(name), part) for name, part in _parts(state)], None),
)
