"""The first ten minutes of an engineer: one layer of a spec inside a torch model of one's own.

    nlc init layer --from deltanet
    python docs/first/engineer.py layer.nl

Trains for a few seconds on text that Python itself carries, exports the model, and saves a
sequence in the middle to go on with it later.
"""

import sys
from pathlib import Path
from pydoc_data import topics

import torch
import torch.nn.functional as F
from torch import nn

import nlc

spec = nlc.load(sys.argv[1], block="deltanet", d=64, heads=2)
print(spec.name, "·", spec.semantic_hash[:12])


class Small(nn.Module):
    """A plain torch model; the compiled block is one module among others."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(256, 64)
        self.memory = nlc.compile(spec)  # (batch, tokens, 64) to the same
        self.norm = nn.RMSNorm(64)
        self.head = nn.Linear(64, 256)

    def forward(self, ids):
        return self.head(self.norm(self.memory(self.embed(ids))))


torch.manual_seed(0)
model = Small()

# 1. Train it as any torch model.
text = torch.tensor(list("".join(topics.topics.values()).encode()[:200_000]))
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
for step in range(30):
    at = torch.randint(len(text) - 129, (8,)).tolist()
    batch = torch.stack([text[i : i + 129] for i in at])
    loss = F.cross_entropy(model(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten())
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    if step == 0:
        first = loss.item()
print(f"loss {first:.2f} -> {loss.item():.2f} nats")
assert loss.item() < first - 1

# 2. Export it; the length stays free.
model.eval()
tokens = torch.export.Dim("tokens", min=2)
program = torch.export.export(model, (batch[:, :48].contiguous(),), dynamic_shapes={"ids": {1: tokens}})
torch.export.save(program, "small.pt2")
again = torch.export.load("small.pt2").module()
with torch.no_grad():
    difference = (again(batch[:, :100]) - model(batch[:, :100])).abs().max().item()
print(f"exported at 48 tokens, run at 100: differs by {difference:.1e}")
assert difference < 1e-4

# 3. Carry a sequence: read a prefix, save the state, go on in another process.
layer = model.memory
with torch.no_grad():
    x = model.embed(batch[:, :128])
    whole = layer(x)
    _, state = layer.carry(x[:, :50])
    nlc.save_state(state, "session.safetensors")
    rest, _ = layer.carry(x[:, 50:], nlc.load_state("session.safetensors", layer))
difference = (rest - whole[:, 50:]).abs().max().item()
print(f"cut after 50 tokens, saved and gone on with: differs by {difference:.1e}")
assert difference < 1e-4
print(f"session.safetensors: {Path('session.safetensors').stat().st_size:,} bytes for {len(x)} sequences")
