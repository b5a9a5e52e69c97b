"""How far a job is: counts, the latest metrics, and an honest guess at the time left."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from math import isfinite
from typing import Any


class Progress:
    """Written by the attempt's thread, read by the lease's; each value is replaced whole."""

    def __init__(self, num_units: int = 0) -> None:
        self.phase = "planning"
        self.num_units = num_units
        self.num_units_done = 0
        self.num_items_done = 0
        self.num_rows = 0
        self.drops: Counter[str] = Counter()
        self.metrics: dict[str, float] = {}
        self.usage: dict[str, float] = {}
        self._unit_fraction = 0.0
        self._items_in_flight = 0
        self._start_fraction = 0.0
        self._start = time.monotonic()

    def start(self, num_units: int) -> None:
        """Work begins; what is already done counts for the fraction but not for the pace."""
        self.num_units, self.phase = num_units, "working"
        self._start, self._start_fraction = time.monotonic(), self.fraction or 0.0

    def add_unit(self, num_items: int, num_rows: int, drops: Mapping[str, int]) -> None:
        """A unit is done."""
        self._unit_fraction, self._items_in_flight = 0.0, 0
        self.num_units_done += 1
        self.num_items_done += num_items
        self.num_rows += num_rows
        self.drops = self.drops + Counter(drops)

    def in_unit(self, num_items_done: int, num_items: int) -> None:
        """The unit in flight has got so far."""
        self._items_in_flight, self._unit_fraction = num_items_done, num_items_done / max(num_items, 1)

    def report(self, metrics: Mapping[str, float]) -> None:
        """A stage's own metrics; `step` and `num_steps` tell how far a unit of steps is."""
        self.metrics = {**self.metrics, **{name: float(value) for name, value in metrics.items() if isfinite(value)}}
        if self.metrics.get("num_steps"):
            self._unit_fraction = min(self.metrics.get("step", 0.0) / self.metrics["num_steps"], 1.0)

    @property
    def fraction(self) -> float | None:
        """Share of the work done; None before the plan is known."""
        if not self.num_units:
            return None
        return min((self.num_units_done + self._unit_fraction) / self.num_units, 1.0)

    def to_json(self) -> dict[str, Any]:
        """Protobuf JSON of solulu.v1.Progress."""
        fields: dict[str, Any] = {
            "phase": self.phase,
            "num_units": self.num_units,
            "num_units_done": self.num_units_done,
            "num_items_done": self.num_items_done + self._items_in_flight,
            "num_rows": self.num_rows,
            "drops": dict(self.drops),
            "metrics": self.metrics,
            "usage": self.usage,
        }
        fraction = self.fraction
        if fraction is not None:
            fields["fraction"] = round(fraction, 4)
            gained = fraction - self._start_fraction
            if gained > 0 and fraction < 1:
                pace = (time.monotonic() - self._start) / gained
                fields["eta_seconds"] = round(pace * (1 - fraction), 1)
        return fields
