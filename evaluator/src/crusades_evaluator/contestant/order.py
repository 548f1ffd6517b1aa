"""What the referee tells the contestant's side. Nothing in it is secret: no seed, no weights, no limits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from crusades_evaluator import interface


@dataclass(frozen=True)
class Order:
    """uid and gid are the contestant's; scratch is an empty folder made for this attempt.

    warm_up_steps: on unrelated tokens before READY, enough for compilation and for capturing a graph. cache: names
    whose compile cache it may use, None: none is kept. The program itself follows later, see protocol.py.
    """

    device: str
    threads: int
    memory_bytes: int
    uid: int
    gid: int
    scratch: str
    warm_up_steps: int
    cache: str | None
    model: interface.Model
    data: interface.Data
    optimizer: interface.Optimizer

    def encode(self) -> bytes:
        plain: dict[str, Any] = {**self.__dict__}
        for name in ("model", "data", "optimizer"):
            plain[name] = plain[name].model_dump()
        return json.dumps(plain).encode()

    @classmethod
    def decode(cls, raw: bytes) -> Order:
        plain = json.loads(raw)
        return cls(
            **{
                **plain,
                "model": interface.Model(**plain["model"]),
                "data": interface.Data(**plain["data"]),
                "optimizer": interface.Optimizer(**plain["optimizer"]),
            }
        )
