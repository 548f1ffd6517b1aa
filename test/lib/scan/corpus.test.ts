import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';

import { createScanner, type Scanner } from '../../../lib/scan/index.js';

const folder = (name: string): URL => new URL(`../../${name}/`, import.meta.url);
const programs = async (name: string) =>
  (await readdir(folder(name))).filter((file) => file.endsWith('.py')).sort();

/** What a performance engineer writes, each line once; every forbidden word is in a docstring. */
const ENGINEER = `# -*- coding: utf-8 -*-
"""No os, sys, subprocess, ctypes, eval, exec, __globals__, torch.load or setattr in here."""

from __future__ import annotations

import contextlib
import functools
import math
import re
import time
import warnings
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any, Callable, NamedTuple

import numpy as np
import torch
import torch._dynamo
import torch._inductor.config as inductor_config
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.checkpoint import checkpoint

try:
    import triton
    import triton.language as tl
except ImportError:
    triton = None

torch._dynamo.config.cache_size_limit = 64
inductor_config.max_autotune = True
warnings.filterwarnings("ignore")
PATTERN = re.compile(r"^eval\\(")
HAS_COMPILE = hasattr(torch, "compile")


@dataclass(frozen=True)
class Settings:
    chunk: int = 1024
    names: list[str] = field(default_factory=list)

    def __post_init__(self):
        assert self.chunk > 0


class Step(NamedTuple):
    loss: Tensor
    tokens: int


class ChunkedLoss(torch.autograd.Function):
    @staticmethod
    def forward(ctx, hidden, weight, target):
        ctx.save_for_backward(hidden, weight, target)
        return F.cross_entropy(hidden @ weight.t(), target)

    @staticmethod
    def backward(ctx, grad):
        hidden, weight, target = ctx.saved_tensors
        with torch.enable_grad():
            hidden = hidden.detach().requires_grad_()
            loss = F.cross_entropy(hidden @ weight.t(), target)
        return torch.autograd.grad(loss, hidden, grad)[0], None, None


class Timer:
    def __enter__(self):
        self.start = time.perf_counter()
        return self

    def __exit__(self, *exc):
        self.elapsed = time.perf_counter() - self.start

    def __repr__(self):
        return f"{type(self).__name__}({self.elapsed:.3f})"


class Prefetcher:
    def __init__(self, iterator, device):
        self.iterator = iterator
        self.stream = torch.cuda.Stream() if device.type == "cuda" else None
        self.queue = deque()
        self.record = []

    def __iter__(self):
        return self

    def __next__(self):
        batch = next(self.iterator)
        if self.stream is not None:
            with torch.cuda.stream(self.stream):
                batch = batch.to("cuda", non_blocking=True)
            batch.record_stream(torch.cuda.current_stream())
        return batch


@functools.cache
def compiled(fn: Callable[..., Any]) -> Callable[..., Any]:
    return torch.compile(fn, mode="max-autotune") if HAS_COMPILE else fn


def forward(model, input, *, type=None, id=0, vars=()):
    with sdpa_kernel([SDPBackend.FLASH_ATTENTION, SDPBackend.MATH]):
        return model(input, use_cache=False).logits


def pick[T](items: list[T], index: int) -> T:
    match items:
        case [first, *_] if index == 0:
            return first
        case _:
            return items[index]


def inner_steps(model, data_iterator, optimizer, num_steps, device, num_gpus=1):
    settings = Settings()
    model.config.use_cache = False
    fused = getattr(optimizer, "fused", None)
    if hasattr(model, "gradient_checkpointing_disable"):
        model.gradient_checkpointing_disable()
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    step = compiled(forward)
    total, counts = 0, defaultdict(int)
    for batch in Prefetcher(data_iterator, device):
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device.type, dtype=torch.bfloat16), contextlib.nullcontext():
            logits = step(model, batch[:, :-1])
            loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), math.inf)
        optimizer.step()
        total += batch.numel()
        counts["steps"] += 1
        lr = optimizer.param_groups[0]["lr"]
    print(f"os.sys {total} __globals__ {lr} {fused}", flush=True)
    return Step(loss, total)


if __name__ == "__main__":
    import os
    import sys

    torch.backends.cudnn.benchmark = True
    with torch.profiler.profile() as profile:
        exec(open(sys.argv[1]).read())
    torch.save(profile, os.path.join("trace", "x"))
else:
    CHUNK = 3
`;

describe('the scanner, on whole programs', function () {
  this.timeout(60_000);
  let scanner: Scanner;
  before(() => {
    scanner = createScanner();
  });
  after(() => scanner.close());

  it('lets everything pass that a performance engineer writes', async () => {
    const { findings } = await scanner.scan(ENGINEER);
    assert.deepEqual(
      findings.filter(({ severity }) => severity === 'reject'),
      [],
    );
  });

  it('lets every honest program of the tests pass', async () => {
    for (const file of await programs('honest')) {
      const report = await scanner.scan(await readFile(new URL(file, folder('honest')), 'utf8'));
      assert.deepEqual([file, report.findings.filter(({ severity }) => severity === 'reject')], [file, []]);
    }
  });

  it('refuses every program that is to be refused', async () => {
    for (const file of await programs('refused')) {
      const report = await scanner.scan(await readFile(new URL(file, folder('refused')), 'utf8'));
      assert.equal(report.ok, false, file);
    }
  });
});
