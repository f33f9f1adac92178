"""Names of blocks and memories that generated modules need for themselves."""

from __future__ import annotations

import builtins

from nlc.check.problem import problem
from nlc.report import Report
from nlc.source import Span

FUNCTIONS = ("repeat", "chain", "combine")
"""What the language itself calls."""

_MODULE = """
T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda double
dump_patches eval extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half
ipu load_state_dict modules mtia named_buffers named_children named_modules named_parameters parameters
register_backward_hook register_buffer register_forward_hook register_forward_pre_hook
register_full_backward_hook register_full_backward_pre_hook register_load_state_dict_post_hook
register_load_state_dict_pre_hook register_module register_parameter register_state_dict_post_hook
register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule share_memory state_dict to
to_empty train training type xpu zero_grad
"""
MODULE = frozenset(_MODULE.split())
"""Attributes of every torch module; a test compares them with torch's own."""

_PACKAGE = """
Clock F State STEPS WHOLE alias apart begin carry checked clock column copy_tree l2norm layers
learn levels log_cosh loss merge model nn note noting over position read repeat rope run self start state take
together token torch trace without_levels memories sequence reference chunks
"""
PACKAGE = frozenset(_PACKAGE.split())
"""Names of our own in an emitted package."""

LOCALS = frozenset({"before"})
"""What the function of a block calls its own: a block of that name could not be called in it."""

BUILTINS = frozenset(dir(builtins))
"""Blocks and models are functions of the reference, beside Python's own; `__` is between its parts."""


def check_name(name: str, what: str, place: Span, report: Report) -> None:
    """A diagnostic if a block, model or memory may not have that name; checking goes on with it."""
    if name in FUNCTIONS:
        problem(report, "E0406", f"`{name}` is a word of the language", place, "choose another name")
    elif (
        name in MODULE
        or name in PACKAGE
        or (what == "block" and name in LOCALS)
        or (what != "memory" and (name in BUILTINS or "__" in name))
    ):
        problem(
            report,
            "E0423",
            f"a {what} cannot be called `{name}`",
            place,
            "the generated module has this name already",
            notes=[f"`{name}_` or `my_{name}` would do"],
        )
