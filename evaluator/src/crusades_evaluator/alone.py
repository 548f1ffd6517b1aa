"""The same train.py without any evaluator around it: what `bench` compares the timed window with.

Run as a process of its own, for files that one trusts: python -m crusades_evaluator.alone TRAIN.py SPEC.json
"""

from __future__ import annotations

import runpy
import sys
import time
from pathlib import Path

import torch

from crusades_evaluator.contestant.confine import CONTESTANT_NICE, set_priority
from crusades_evaluator.contestant.harness import Batches
from crusades_evaluator.contestant.order import WARM_UP_STEPS
from crusades_evaluator.data import fill_weights, synthetic_tokens, write_state
from crusades_evaluator.interface import read_spec
from crusades_evaluator.layout import Buffers
from crusades_evaluator.model import bind, enable_checkpointing, layout_for, optimizer_for


def main(train: str, spec_path: str) -> None:
    """Prints the seconds of inner_steps after the same warm-up."""
    set_priority(CONTESTANT_NICE)
    spec = read_spec(Path(spec_path))
    torch.set_num_threads(spec.threads)
    layout = layout_for(spec.model, spec.data)
    buffers = Buffers(**{region.name: torch.zeros(region.numel, dtype=region.dtype) for region in layout.regions})
    weights = torch.zeros_like(buffers.parameters)
    fill_weights(b"alone", layout, weights, 0.02)
    write_state(buffers, weights, torch.full_like(buffers.exp_avg_sq, 1e-6), spec.optimizer.start_step)
    tokens = synthetic_tokens(b"alone", layout.tokens_shape, layout.logits_shape[2])
    device = torch.device("cpu")
    model = bind(spec.model, layout, buffers, device)
    enable_checkpointing(model)
    optimizer = optimizer_for(model, layout, buffers, spec.optimizer)
    inner_steps = runpy.run_path(train)["inner_steps"]
    inner_steps(model, Batches(tokens[:WARM_UP_STEPS]), optimizer, WARM_UP_STEPS, device)
    start = time.perf_counter()
    inner_steps(model, Batches(tokens), optimizer, len(tokens), device)
    print(time.perf_counter() - start)


if __name__ == "__main__":
    main(*sys.argv[1:3])
