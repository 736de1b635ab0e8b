"""A lifecycle as a table: states, and the steps that lead from one to another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal

from django.utils.functional import Promise

Hand = Literal["staff", "reporter", "system"]
RESUME: Final = "<resume>"  # the state in which the subject was before it waited or was parked


@dataclass(frozen=True, slots=True)
class State:
    """A state; `number` is its fixed bucket in figures and is never given to another state."""

    code: str
    number: int
    label: str | Promise
    label_en: str


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table: who may lead the subject from which states to which, and what it needs."""

    name: str
    from_states: tuple[str, ...]
    to: str
    permission: str
    needs: tuple[str, ...] = ()
    guard: str | None = None
    event: str = ""
    label: str | Promise = ""
    by: tuple[Hand, ...] = ("staff",)
    likely: int = 5  # 1 = the button shown first


@dataclass(frozen=True)
class Lifecycle:
    """States and steps, checked when made: an unknown state, a double name or an unreachable state is an
    error.
    """

    states: tuple[State, ...]
    start: str
    steps: tuple[Step, ...]
    _by_name: dict[str, Step] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        codes = [s.code for s in self.states]
        if len(set(codes)) != len(codes) or len({s.number for s in self.states}) != len(codes):
            raise ValueError("two states share a code or a number")
        by_name = {s.name: s for s in self.steps}
        if len(by_name) != len(self.steps):
            raise ValueError("two steps share a name")
        for step in self.steps:
            unknown = {*step.from_states, step.to} - set(codes) - {RESUME}
            if unknown:
                raise ValueError(f"step {step.name}: unknown state {sorted(unknown)}")
        unreachable = set(codes) - self._reachable()
        if unreachable:
            raise ValueError(f"no step leads to {sorted(unreachable)}")
        object.__setattr__(self, "_by_name", by_name)

    def _reachable(self) -> set[str]:
        reached = {self.start}
        while True:
            more = {s.to for s in self.steps if reached & set(s.from_states) and s.to != RESUME} - reached
            if not more:
                return reached
            reached |= more

    def state(self, code: str) -> State:
        """The state with this code; KeyError when there is none."""
        return next(s for s in self.states if s.code == code) if self.has_state(code) else _missing(code)

    def has_state(self, code: str) -> bool:
        """Whether there is a state with this code."""
        return any(s.code == code for s in self.states)

    def step(self, name: str) -> Step | None:
        """The step with this name, else None."""
        return self._by_name.get(name)

    def steps_from(self, state: str, *, by: Iterable[Hand] = ("staff", "reporter", "system")) -> list[Step]:
        """Steps that lead on from a state for these hands, the likeliest first."""
        hands = set(by)
        found = [s for s in self.steps if state in s.from_states and hands & set(s.by)]
        return sorted(found, key=lambda s: (s.likely, s.name))

    def as_mermaid(self) -> str:
        """A Mermaid state diagram of the table, for the documentation."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.start}"]
        for step in self.steps:
            for origin in step.from_states:
                target = "resumed" if step.to == RESUME else step.to
                lines.append(f"    {origin} --> {target}: {step.name}")
        return "\n".join(lines)


def _missing(code: str) -> State:
    raise KeyError(code)
