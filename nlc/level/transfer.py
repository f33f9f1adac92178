"""The kind of knowledge transfer that an edge stands for (Nested Learning, section 3.3).

    direct          its answer is another's input or query: what the other *says* depends on it
    generation      its answer is another's key, value, rate, momentum, retention or a stream of its
                    objective: it makes the context or the optimizer by which the other *learns*
    initialisation  a learned start, to the memory that starts from it: learned through the inner run
    backprop        the gradient of the model's objective, to everything that is written by it

Where one gives another in several of these ways, the strongest is said: generation over direct.
Where it does so at several times, the nearest is: now, held, earlier, next repetition.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from nlc.ir.levels import Edge, Time, Transfer

ROLES: dict[str, Transfer] = {
    "queries": "direct",
    "input": "direct",
    "init": "initialisation",
    "gradient": "backprop",
}
"""Every other role is part of a write, so it is generation."""

NEAREST: tuple[Time, ...] = ("now", "held", "earlier", "next", "after")


def kind_of(roles: tuple[str, ...]) -> Transfer:
    kinds: list[Transfer] = [ROLES.get(role, "generation") for role in roles]
    return "generation" if "generation" in kinds else kinds[0]


@dataclass
class Transfers:
    """Collects edges; those between the same two memories become one."""

    found: dict[tuple[str, str], dict[tuple[str, Time], None]] = field(
        default_factory=dict[tuple[str, str], dict[tuple[str, Time], None]]
    )

    def add(self, source: str, target: str, role: str, time: Time) -> None:
        self.found.setdefault((source, target), {})[role, time] = None

    def edges(self) -> list[Edge]:
        return [self._edge(*ends, list(ways)) for ends, ways in self.found.items()]

    def _edge(self, source: str, target: str, ways: list[tuple[str, Time]]) -> Edge:
        roles = tuple(dict.fromkeys(role for role, _ in ways))
        times = {time for _, time in ways}
        time: Time = next(time for time in NEAREST if time in times)
        within = any(time == "now" and role not in ROLES for role, time in ways)
        return Edge(source, target, kind_of(roles), time, roles, within)
