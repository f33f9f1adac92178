"""What is traced: a run's trained model on its own kind of text, or a fresh model of a spec."""

from __future__ import annotations

import tempfile
from pathlib import Path

import torch

from nlc.run.folder import Folder
from nlc.run.load import load
from nlc.run.stages import Stages
from nlc.run.text import NoText, read_text
from nlc.run.trace.rows import Trace, trace
from nlc.run.train import own_generator, trained


def of_run(path: Path, data: bytes | None, tokens: int) -> Trace:
    """The model as the checkpoint has it; without data the beginning of its validation text."""
    folder = Folder(path)
    folder.reads_bytes()
    facts = folder.read()
    model = trained(folder)
    data = (read_text(facts["data"]).valid if data is None else data)[:tokens]
    return trace(model, torch.tensor([list(data)]), facts["levels"], path.name, data)


def of_spec(stages: Stages, data: bytes | None, tokens: int, seed: int) -> Trace:
    """Fresh parameters, and the text that a run is judged by; a layer reads random vectors, a model
    without 256 tokens random ones.
    """
    with tempfile.TemporaryDirectory(prefix="nlc-") as folder:
        stages.write(Path(folder))
        package = load(Path(folder))
        with own_generator():
            torch.default_generator.manual_seed(seed)
            model = package.build()
            title, system = stages.path.stem, stages.system
            if system.vocab >= 256:
                data = (read_text().valid if data is None else data)[:tokens]
                return trace(model, torch.tensor([list(data)]), stages.levels, title, data)
            if data is not None:
                raise NoText(f"{title} reads no bytes: leave --text out, and it is traced on random tokens")
            if system.kind == "model":
                ids = torch.randint(0, system.vocab, (1, tokens))
                return trace(model, ids, stages.levels, title)
            x = torch.randn(1, tokens, *system.outermost.inputs[0][1])
            return trace(model, x, stages.levels, title)
