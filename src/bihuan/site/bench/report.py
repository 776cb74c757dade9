"""The figures as a table for the terminal or for docs/performance.md, with the machine they were measured on."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bihuan.site.bench.measure import Figure

HEADS = ("act", "who", "CPU p50", "CPU p95", "database CPU", "wall p50", "wall p95", "pace")


@dataclass
class Round:
    """All figures of one database and size; `load` is how many processes wanted to run before and after, `memory` in MiB."""

    database: str
    size: int
    figures: list[Figure] = field(default_factory=list)
    memory: float = 0.0
    load: tuple[float, float] = (0.0, 0.0)

    def as_dict(self) -> dict[str, object]:
        figures = [figure.as_dict() for figure in self.figures]
        return {
            "database": self.database,
            "size": self.size,
            "memory_mib": self.memory,
            "load": self.load,
            "figures": figures,
        }


def machine() -> str:
    """The machine in one line."""
    told = dict(line.split("\t: ", 1) for line in Path("/proc/cpuinfo").read_text().splitlines() if "\t: " in line)
    processor = told.get("model name", platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} × {processor}, {memory:.0f} GiB, {platform.system()} {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


def text(rounds: Sequence[Round]) -> str:
    """For the terminal."""
    lines = [machine()]
    for each in rounds:
        rows = [HEADS, *(cells(figure) for figure in each.figures if not figure.rate)]
        widths = [max(len(row[n]) for row in rows) for n in range(len(HEADS))]
        lines += ["", title(each)]
        lines += ["  ".join(aligned(row, widths)) for row in rows]
        lines += [rate(figure) for figure in each.figures if figure.rate]
    return "\n".join(lines)


def aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Words to the left, figures to the right."""
    return [
        cell.ljust(width) if n < 2 else cell.rjust(width)
        for n, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]


def markdown(rounds: Sequence[Round]) -> str:
    """For docs/performance.md."""
    lines = [f"Machine: {machine()}."]
    for each in rounds:
        lines += ["", f"### {title(each)}", "", f"| {' | '.join(HEADS)} |", "|---|---|" + "--:|" * (len(HEADS) - 2)]
        lines += [f"| {' | '.join(cells(figure))} |" for figure in each.figures if not figure.rate]
        lines += ["", *(f"- {rate(figure)}" for figure in each.figures if figure.rate)]
    return "\n".join(lines)


def title(each: Round) -> str:
    before, after = each.load
    memory = f"{each.memory:.0f} MiB with the background worker; " if each.memory else ""
    return f"{each.database}, {each.size:,} accounts ({memory}load {before:.1f} before, {after:.1f} after)"


def cells(figure: Figure) -> tuple[str, ...]:
    database = f"{figure.database_p50:.1f}" if figure.database_p50 else ""
    own, wall = (figure.cpu_p50, figure.cpu_p95), (figure.wall_p50, figure.wall_p95)
    return (
        figure.act,
        figure.who,
        *(f"{each:.1f}" for each in own),
        database,
        *(f"{each:.1f}" for each in (*wall, figure.pace)),
    )


def rate(figure: Figure) -> str:
    waited = f"; others waited {figure.waited:,.0f} ms at most" if figure.waited else ""
    told = f"{figure.act}: {figure.rate:,.0f} {figure.things} a second, {figure.cpu_rate:,.0f} a second of CPU time"
    return told + waited
