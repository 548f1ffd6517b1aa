"""The same train.py without any evaluator around it: what `bench` compares the timed window with.

Run as a process of its own, for files that one trusts: python -m crusades_evaluator.alone TRAIN.py SPEC.json REPEATS
"""

from __future__ import annotations

import json
import runpy
import sys
import time
from pathlib import Path

import torch

from crusades_evaluator.contestant.confine import CONTESTANT_NICE, set_priority
from crusades_evaluator.contestant.harness import Batches
from crusades_evaluator.data import fill_weights, synthetic_tokens, write_state
from crusades_evaluator.devices import device_named
from crusades_evaluator.interface import read_spec
from crusades_evaluator.layout import Buffers
from crusades_evaluator.model import bind, enable_checkpointing, layout_for, optimizer_for


def main(train: str, spec_path: str, repeats: str) -> None:
    """Prints the seconds of each inner_steps after the same warm-up, as a JSON list."""
    set_priority(CONTESTANT_NICE)
    spec = read_spec(Path(spec_path))
    torch.set_num_threads(spec.threads)
    device = device_named(spec.device)
    device.open()
    place = device.torch_device
    layout = layout_for(spec.model, spec.data)
    buffers = Buffers(
        **{region.name: torch.zeros(region.numel, dtype=region.dtype, device=place) for region in layout.regions}
    )
    deviation = float(spec.model.config.get("initializer_range", 0.02))
    fill_weights(device.generator(1), layout, buffers.parameters, deviation, spec.model.logit_spread)
    write_state(buffers, layout, buffers.parameters, [1e-6] * len(layout.slots), spec.optimizer.start_step)
    tokens = synthetic_tokens(b"alone", layout.tokens_shape, layout.logits_shape[2]).to(place)
    model = bind(spec.model, layout, buffers, place)
    enable_checkpointing(model)
    optimizer = optimizer_for(model, layout, buffers, spec.optimizer)
    inner_steps = runpy.run_path(train)["inner_steps"]
    inner_steps(model, Batches(tokens[: spec.warm_up_steps]), optimizer, min(spec.warm_up_steps, len(tokens)), place)
    seconds = []
    for _ in range(int(repeats)):
        device.synchronise()
        start = time.perf_counter()
        inner_steps(model, Batches(tokens), optimizer, len(tokens), place)
        device.synchronise()
        seconds.append(time.perf_counter() - start)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main(*sys.argv[1:4])
