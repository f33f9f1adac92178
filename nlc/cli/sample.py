"""`nlc sample`: a trained model goes on with a text."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from nlc.cli import options


def sample(
    run: Annotated[Path, typer.Argument(metavar="RUN", exists=True, file_okay=False, help="A run's folder.")],
    prompt: Annotated[str, typer.Option(help="What the text begins with.")] = "The ",
    count: Annotated[int, typer.Option("--bytes", min=1, help="How many bytes to add.")] = 400,
    temperature: Annotated[float, typer.Option(min=0.0, help="0 takes the likeliest byte.")] = 0.8,
    top_k: Annotated[int, typer.Option(min=0, help="Draw from so many likeliest bytes (0: all).")] = 0,
    seed: Annotated[int, typer.Option(help="The same seed, the same text.")] = 0,
    as_json: options.Json = False,
) -> None:
    """Continue a text token by token, by the model's state."""
    from nlc.run.folder import Folder
    from nlc.run.sample import sample as draw
    from nlc.run.sample import text
    from nlc.run.train import trained

    folder = Folder(run)
    folder.reads_bytes()
    pieces = text(draw(trained(folder), os.fsencode(prompt), count, temperature, top_k, seed))
    if as_json:
        options.print_json({"prompt": prompt, "text": "".join(pieces)})
        return
    print(prompt, end="", flush=True)
    for piece in pieces:
        print(piece, end="", flush=True)
    print()
