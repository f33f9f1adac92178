"""What stands around the rows of a trace: the text below them, and what shades and ticks mean."""

from __future__ import annotations

from html import escape

from nlc.run.trace.rows import Trace

MARGIN, CELL, SHADES = 16, 7, 10


def opacity(value: int) -> float:
    return round(0.06 + 0.94 * value / SHADES, 3)


def axis(trace: Trace, left: float, y: float) -> list[str]:
    """The text itself, and every sixteenth token's number."""
    out: list[str] = []
    if trace.text:
        out.append('<g aria-hidden="true">')
        for t, letter in enumerate(characters(trace.text)):
            if letter.strip():
                x = left + CELL * (t + 0.5)
                out.append(f'<text class="char" x="{x:g}" y="{y + 8:g}">{escape(letter)}</text>')
        out.append("</g>")
        y += 16
    for t in range(0, trace.tokens, 16):
        x = left + CELL * t
        out.append(f'<path class="rule" d="M{x:g} {y:g}v4"/>')
        out.append(f'<text class="mark" x="{x:g}" y="{y + 15:g}">{t}</text>')
    out.append(f'<text class="note end" x="{left - 12:g}" y="{y + 15:g}">token</text>')
    return out


def characters(text: bytes) -> list[str]:
    """One sign a byte: a character stands at its first byte, what cannot be seen has a sign of its own."""
    signs = {"\n": "↵", "\t": "→", " ": " "}
    out: list[str] = []
    for letter in text.decode("utf-8", "surrogateescape"):  # a byte that is no text is one such letter
        size = len(letter.encode("utf-8", "surrogateescape"))
        out += [signs.get(letter, letter if letter.isprintable() else "·"), *[" "] * (size - 1)]
    return out


def legend() -> list[str]:
    x = float(MARGIN)
    out: list[str] = []
    for value in range(1, SHADES + 1):
        look = f'class="ink" fill-opacity="{opacity(value) * 0.8:.3g}"'
        out.append(f'<rect {look} x="{x:g}" y="46" width="9" height="11"/>')
        x += 9
    out.append(
        f'<text class="note" x="{x + 8:g}" y="55">least to largest write of the row, by logarithm</text>'
    )
    x += 282
    out.append(f'<path class="lands" d="M{x:g} 44v15"/>')
    out.append(f'<text class="note" x="{x + 8:g}" y="55">from here on a new state is read</text>')
    return out
