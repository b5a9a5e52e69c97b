"""How many optimizer steps a training has, and how a batch is split where memory is a CPU's."""

from __future__ import annotations

import math

from solulu.v1.trainer_pb2 import TrainSpec

_TOKENS_AT_ONCE = 512


def num_optimizer_steps(spec: TrainSpec, num_rows: int) -> int:
    """Optimizer steps over `num_rows` examples: `num_epochs` passes, rounded up, unless `max_steps` is fewer. The
    spec's numbers are 32-bit floats, so they are rounded first."""
    steps_per_epoch = math.ceil(math.ceil(num_rows / spec.batch_size) / spec.gradient_accumulation_steps)
    steps = max(math.ceil(round(spec.num_epochs, 6) * steps_per_epoch), 1)
    return min(steps, spec.max_steps) if spec.max_steps else steps


def rows_at_once_on_cpu(batch_size: int, longest: int) -> int:
    """Rows of a forward pass, each of at most `longest` tokens: a divisor of the batch, whose gradient is the sum
    of its parts.

    More tokens at once are no faster there (134 tokens/s a core at 1 row of 512, 109 at 8 of 256, for 135M parameters),
    rows of unlike lengths are padded less, and 8 rows of 512 would hold 11 GB of activations.
    """
    fitting = [n for n in range(1, batch_size + 1) if batch_size % n == 0 and n * longest <= _TOKENS_AT_ONCE]
    return max(fitting, default=1)
