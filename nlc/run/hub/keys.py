"""A config.json, key by key: a family takes what it knows, and what nobody took is refused by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

LARGEST = 2**31

HARMLESS = (
    "architectures",
    "model_type",
    "transformers_version",
    "dtype",
    "torch_dtype",
    "use_cache",
    "initializer_range",
    "bos_token_id",
    "eos_token_id",
    "pad_token_id",
    "unk_token_id",
    "sep_token_id",
    "cls_token_id",
    "decoder_start_token_id",
    "vocab_file",
    "tokenizer_class",
    "_name_or_path",
    "name_or_path",
    "_commit_hash",
    "task_specific_params",
    "problem_type",
    "id2label",
    "label2id",
    "gradient_checkpointing",
    "output_attentions",
    "output_hidden_states",
    "return_dict",
    "transformers.js_config",
)
"""What says nothing about how scores are computed, in any family."""


class Keys:
    """The keys of one config. `wrong` gathers a line for each that cannot be said in the spec."""

    def __init__(self, found: Mapping[str, Any], within: str = "") -> None:
        self._left = dict(found)
        self._within = within
        self.wrong: list[str] = []
        self.remarks: list[str] = []

    def take(self, key: str, otherwise: Any = None) -> Any:
        """The value; `otherwise` where the key is missing or null."""
        found = self._left.pop(key, None)
        return otherwise if found is None else found

    def size(self, key: str, otherwise: int | None = None) -> int:
        """A positive whole number; 1 stands for a wrong one, which is told."""
        value = self.take(key, otherwise)
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < LARGEST:
            return value
        self._tell(key, value, "it has to be a positive whole number")
        return 1

    def number(self, key: str, otherwise: float) -> float:
        """A number above zero."""
        value = self.take(key, otherwise)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < LARGEST:
            return float(value)
        self._tell(key, value, "it has to be a number above zero, and not beyond 2³¹")
        return otherwise

    def flag(self, key: str, otherwise: bool) -> bool:
        value = self.take(key, otherwise)
        if isinstance(value, bool):
            return value
        self._tell(key, value, "it has to be true or false")
        return otherwise

    def only(self, key: str, *allowed: Any, why: str) -> None:
        """Refuse all values but these. Missing and null are the first, which is what the family means."""
        value = self.take(key, allowed[0])
        if not any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in allowed):
            self._tell(key, value, why)

    def table(self, key: str) -> Keys:
        """The keys below a key; `end` of this one ends that one too."""
        value = self.take(key, {})
        if not isinstance(value, dict):
            self._tell(key, value, "it has to be a table")
            value = {}
        below = Keys(cast("dict[str, Any]", value), f"{self._within}{key}.")
        below.wrong, below.remarks = self.wrong, self.remarks
        return below

    def dropouts(self, *names: str) -> None:
        """Shares that are dropped in training only."""
        for name in names:
            if self._left.get(name) in (None, 0):
                self._left.pop(name, None)
            else:
                share = self.number(name, 1.0)
                self.remarks.append(f"{name} = {share:g} is left out: nothing is dropped in training here")

    def harmless(self, *names: str) -> None:
        for name in (*HARMLESS, *names):
            self._left.pop(name, None)

    def end(self) -> None:
        """What is left might change what is computed."""
        for key in sorted(self._left):
            self._tell(key, self._left[key], "nlc does not know whether it changes what is computed")
        self._left.clear()

    def _tell(self, key: str, value: Any, why: str) -> None:
        self.wrong.append(f"{short(self._within + key)} = {short(json.dumps(value))}: {why}")


def short(text: str, most: int = 60) -> str:
    """A stranger's text as part of a message: one line, printable, not long."""
    plain = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"
