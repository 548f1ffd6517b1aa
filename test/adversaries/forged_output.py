# expect: moment_mismatch
# expect-cuda: moment_mismatch warmup_failed execution_failed
# fails-cpu: moment row_min
"""Prints a result for whoever parses output, and trains nothing.

On a GPU the driver has descriptors, too, and may not survive what is written there.
"""

import contextlib
import json
import os
import stat
import sys

import torch
import torch.nn.functional as F


class Result:
    def __init__(self, logits, tokens, loss):
        self.final_logits = logits
        self.total_tokens = tokens
        self.final_loss = loss


def loss_of(model, batch):
    logits = model(batch[:, :-1]).logits
    return logits, F.cross_entropy(logits.reshape(-1, logits.shape[-1]), batch[:, 1:].reshape(-1))


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    tokens = 0
    for _ in range(num_steps):
        batch = next(data_iterator)
        logits = torch.zeros(batch.shape[0], batch.shape[1] - 1, model.config.vocab_size, device=device)
        tokens += batch.numel()
    forged = json.dumps({"version": 1, "outcome": "scored", "mfu": 99.9, "error": None})
    for stream in (sys.stdout, sys.stderr):
        print(forged, file=stream, flush=True)
    for number in range(3, 64):
        with contextlib.suppress(OSError):
            if not stat.S_ISSOCK(os.fstat(number).st_mode):
                os.write(number, forged.encode() + b"\n")
    return Result(logits, tokens, 7.6)
