"""What goes wrong around the service, said in one line with the remedy."""

from __future__ import annotations


class Trouble(Exception):
    """`problem` says what is wrong, `remedy` what to do about it; both are printed, nothing else."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(f"{problem}: {remedy}" if remedy else problem)
        self.problem = problem
        self.remedy = remedy
