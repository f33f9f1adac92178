"""The definition of `lm`: token by token, inner gradients by autograd.

Written by nlc 0.1.0 from spec c1c7b1cf495fea86: edit the spec, not this file.
Slow and plain; every fast path is tested against it, in outputs and gradients.
"""

import torch
import torch.nn.functional as F

from .clock import Clock
from .layers import l2norm
from .state import State
from .trace import note


def column(x):
    """A number a head beside vectors."""
    return x if x.dim() == 3 else x.unsqueeze(-1)


def repeat(block, layers, x, *rest):
    *others, before, position = rest
    after = []
    for layer, part in zip(layers, before, strict=True):
        x, part = block(layer, x, *others, part, position)
        after.append(part)
    return x, after


# deltanet.nl:8
def deltanet__delta_read(state, query):
    return torch.einsum("bhoi,bhi->bho", state["layer1"], query)


def deltanet__delta_write(memory, state, key, value, rate):
    w = state["layer1"]
    with torch.enable_grad():
        at = (w + 0).requires_grad_()
        p, v = torch.einsum("bhoi,bhi->bho", at, key), value
        loss = 0.5 * (p - v) * (p - v)
        (gradient,) = torch.autograd.grad(loss.sum(), [at], create_graph=True)
    step = -rate[..., None, None] * gradient
    note(memory, loss=loss, rate=rate, write=[step])
    return state | {"layer1": w + step}


def deltanet(self, x, before, position):
    state = dict(before)
    a_norm = self.a_norm(x)  # deltanet.nl:17
    delta_keys_conv, state["delta_keys_conv"] = self.delta.keys_conv(
        self.delta.keys_linear(a_norm), before["delta_keys_conv"], Clock(position, 1)
    )  # deltanet.nl:10
    delta_values_conv, state["delta_values_conv"] = self.delta.values_conv(
        self.delta.values_linear(a_norm), before["delta_values_conv"], Clock(position, 1)
    )  # deltanet.nl:11
    delta_queries_conv, state["delta_queries_conv"] = self.delta.queries_conv(
        self.delta.queries_linear(a_norm), before["delta_queries_conv"], Clock(position, 1)
    )  # deltanet.nl:12
    delta_keys = l2norm(F.silu(delta_keys_conv).unflatten(-1, (4, -1)))  # deltanet.nl:10
    delta_values = F.silu(delta_values_conv).unflatten(-1, (4, -1))  # deltanet.nl:11
    delta_rate = self.delta.rate_linear(a_norm).sigmoid()  # deltanet.nl:14
    state["delta"] = deltanet__delta_write(
        self.delta, state["delta"], delta_keys[:, 0], delta_values[:, 0], delta_rate[:, 0]
    )  # deltanet.nl:17
    delta_queries = l2norm(F.silu(delta_queries_conv).unflatten(-1, (4, -1)))  # deltanet.nl:12
    delta_out = deltanet__delta_read(state["delta"], delta_queries[:, 0])[:, None]  # deltanet.nl:17
    a = x + self.a_linear(self.a_rmsnorm(delta_out.flatten(-2)))  # deltanet.nl:17
    swiglu2 = self.swiglu(self.out_norm(a))  # deltanet.nl:18
    return a + swiglu2, state  # deltanet.nl:18


def lm(self, ids, before, position):
    state = dict(before)
    # deltanet.nl:25
    layers, state["layers"] = repeat(deltanet, self.layers, self.out_embed(ids), before["layers"], position)
    return self.out_unembed(self.out_norm(layers)), state  # deltanet.nl:25


WHOLE = lm


def run(model, ids, state=None):
    """The model's function, one token at a time: (scores, state)."""
    state = model.begin(len(ids)) if state is None else state
    first, memories, segment, out = int(state.position[0]), state.memories, state.segment, []
    for t in range(ids.shape[1]):
        position, now = first + t, ids[:, t : t + 1]
        y, memories = WHOLE(model, now, memories, position)
        out.append(y)
    return torch.cat(out, dim=1), State(state.position + ids.shape[1], memories, segment)
