"""The rule of a memory as equations, for docstrings, plans and `explain`."""

from __future__ import annotations

from nlc.ir.system import Memory, Operand
from nlc.parts.part import Retention
from nlc.write.expr import print_expr

TARGETS = {"zero": "", "init": " W₀", "anchor": " Ŵ"}


def equation(m: Memory) -> tuple[str, ...]:
    """One line for the prediction, one for the loss, one or two for the write."""
    if m.objective.name == "softmax":
        return (f"{m.objective.equation} over {_seen(m)}",)
    if m.is_task and m.update.unit == "step":
        return (m.structure.equation, "W is a parameter of the model")
    if m.regresses:
        return _least_squares(m)
    predict = _predict(m)
    if m.is_task:
        return (predict, *_level(m))
    loss = print_expr(m.loss) if m.loss else m.objective.equation
    at = (
        "W"
        if m.anchor.is_every_token
        else f"Ŵ, which is W as it stood at the last multiple of {m.anchor.count}"
    )
    return (predict, f"g = {_over(m)}∂/∂W {loss} at {at}", *_write(m), *_steps(m))


def _least_squares(m: Memory) -> tuple[str, ...]:
    rate = "" if m.rate is None else f"{_symbol(m.rate, 'β')} "
    keep = "" if m.keep is None else f"{_symbol(m.keep, 'a')} "
    ridge = f", Λ = {m.ridge:g}" if isinstance(m.ridge, int | float) else ""
    loss = print_expr(m.loss) if m.loss else m.objective.equation
    return (
        f"W of least Σ {rate}{loss} + ½ ‖W √Λ‖²{ridge}",
        "M(q) = G (H + Λ)⁻¹ q",
        f"H ← {keep}H + {rate}k kᵀ, G ← {keep}G + {rate}v kᵀ",
    )


def _steps(m: Memory) -> tuple[str, ...]:
    if m.steps == 1:
        return ()
    kept = "" if m.keep is None else f"; {_symbol(m.keep, 'a')} is 1 but for the first"
    return (f"for each of a token's {m.steps} pairs, one after the other{kept}",)


def _over(m: Memory) -> str:
    """Before the gradient of one pair, where a write sums those of several."""
    each = "" if m.counts is None else f"{m.counts:g} " if isinstance(m.counts, int | float) else "γᵢ "
    return f"Σ over the last {m.window} pairs of {each}" if m.window > 1 else each


def _seen(m: Memory) -> str:
    """What a token may see in a cache."""
    window, sinks, slots = (getattr(m.structure, name, None) for name in ("window", "sinks", "slots"))
    over = f"the last {window} tokens" if window else "all tokens so far"
    over += f" since the last multiple of {m.renew}" if m.renew else ""
    also = [f"the first {sinks}"] if sinks else []
    also += [f"{slots} learned pairs"] if slots else []
    return " and ".join([over, *also])


def _level(m: Memory) -> tuple[str, ...]:
    """A level's weights are its learned start and a difference; retention acts on the difference."""
    if m.beta is None and m.keep is None:
        return (f"W ← W − {_symbol(m.rate, 'η')} Σ ∂loss/∂W, {m.update}",)
    kept = "D" if m.keep is None else f"{_symbol(m.keep, 'a')} D"
    pushed = "" if m.beta is None else f"{_symbol(m.beta, 'β')} S "
    return ("W = W₀ + D", f"S ← {pushed}− {_symbol(m.rate, 'η')} Σ ∂loss/∂W, D ← {kept} + S, {m.update}")


def _predict(m: Memory) -> str:
    if m.structure.holds == "matrix":
        return "M(k) = W k"
    depth, bias = len(m.weights), getattr(m.structure, "bias", False)

    def layer(number: int, of: str) -> str:
        return f"W{_sub(number)} {of}" + (f" + b{_sub(number)}" if bias else "")

    inner = "k"
    if getattr(m.structure, "gated", False):
        beside = f"({layer(2, 'k')})" if bias else layer(2, "k")
        inner = f"(s({layer(1, 'k')}) ⊙ {beside})"
    else:
        for number in range(1, depth):
            inner = f"s({layer(number, inner)})"
    body = layer(depth, inner)
    norm = getattr(m.structure, "norm", False)
    if norm:
        body = f"γ norm({body}) + δ" if norm == "learned" else f"norm({body})"
    shortcut = "k + " if getattr(m.structure, "residual", False) else ""
    activation = f", s = {getattr(m.structure, 'activation', 'gelu')}" if depth > 1 else ""
    return f"M(k) = {shortcut}{body}{activation}"


def _sub(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def _write(m: Memory) -> tuple[str, ...]:
    rate, keep = _symbol(m.rate, "η"), _symbol(m.keep, "a")
    to = TARGETS[getattr(m.retention, "to", "zero")]
    seen = m.retention.maps is not None  # W is a map of the state that is kept, A
    state, to = ("A", to.replace("W", "A")) if seen else ("W", to)
    kept = state if m.keep is None else f"{keep} {state}" + (f" + (1 − {keep}){to}" if to else "")
    if m.keep is not None and getattr(m.retention, "first", False):
        kept += " (before g is taken)"
    erase = _erased(m)
    mapped = (_mapped(m.retention),) if seen else ()
    if m.optimizer.maps is not None:
        momentum = "" if m.beta is None else f"{_symbol(m.beta, 'β')} S "
        return (f"S ← {momentum}− g", f"{state} ← {kept} + {rate} NS(S)", *mapped)
    if m.beta is None:
        return (f"{state} ← {kept} − {rate} g{erase}", *mapped)
    return (f"S ← {_symbol(m.beta, 'β')} S − {rate} g", f"{state} ← {kept} + S{erase}", *mapped)


def _mapped(retention: Retention) -> str:
    """The map that readers and gradients see the state through, with its numbers."""
    numbers = (f"{name} = {getattr(retention, name):g}" for name in retention.maps or ())
    return ", ".join([retention.equation, *numbers])


def _erased(m: Memory) -> str:
    """What is taken away; `c` are keys of its own, a rate for each channel stands at the key."""
    if m.erase is None:
        return ""
    rate, key = _symbol(m.erase, "η" if m.erase == m.rate else "e"), "c" if m.erase_keys else "x"
    if getattr(m.optimizer, "erase_axis", None) and m.erase == "erase":
        return f" − W {key} ({rate} ⊙ {key})ᵀ"
    return f" − {rate} W {key} {key}ᵀ"


def _symbol(operand: Operand, letter: str) -> str:
    return f"{operand:g}" if isinstance(operand, int | float) else f"{letter}ₜ"
