"""Pretrained weights from a local folder of safetensors, and their disturbance for one attempt."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.layout import Layout, Slot

_SINGLE, _INDEX = "model.safetensors", "model.safetensors.index.json"
#: What checkpoints put before the names of a base model.
_PREFIXES = ("model.", "transformer.")
_HEADS = ("lm_head.weight", "embed_out.weight")
_EMBEDDINGS = ("embed_tokens.weight", "wte.weight", "embed_in.weight", "word_embeddings.weight")
#: Tables that older checkpoints hold and models compute: no parameters.
_COMPUTED = ("inv_freq", "attn.bias", "attention.bias", "masked_bias", "position_ids")
_TYPES = ("F64", "F32", "F16", "BF16")

#: Noise on pretrained weights as a share of each tensor's RMS: enough that nothing about timed weights is known
#: before t0, far below what changes the size of gradients.
DISTURBANCE = 0.01
#: Elements that are worked on at once: 128 MiB of random numbers.
_CHUNK = 1 << 25
#: Bytes hashed at once; one call holds the GIL for no longer than a few milliseconds of copying.
_HASHED = 1 << 24


@dataclass(frozen=True)
class _Stored:
    """One tensor of the folder, not read yet."""

    file: Any
    shape: tuple[int, ...]
    type: str


def read_pretrained(folder: Path, layout: Layout, flat: torch.Tensor) -> str:
    """Reads weights into a parameter buffer, converted to its type; padding between tensors is zero.

    folder: `model.safetensors`, or shards with `model.safetensors.index.json`, as save_pretrained writes them. Names
    may have or lack the base model's prefix; a tied head may be there or not.
    Returns the SHA-256 over names, types, shapes and stored bytes of all parameters in the layout's order.
    Raises AttemptFailed(model_load_failed) with every tensor that is missing, unexpected or of another shape; then
    nothing has been written.
    """
    with ExitStack() as opened:
        try:
            stored = _stored(folder, opened)
            plan = _plan(folder, layout, stored)
            flat.zero_()
            digest = hashlib.sha256()
            for slot, name in plan:
                tensor = stored[name].file.get_tensor(name).reshape(-1)
                _hash(digest, slot, stored[name].type, tensor)
                flat[slot.offset : slot.offset + slot.numel].copy_(tensor)
            return digest.hexdigest()
        except (OSError, SafetensorError) as error:
            raise _failed(folder, f"can't be read: {error}") from error


def disturb(flat: torch.Tensor, layout: Layout, generator: torch.Generator) -> None:
    """Adds normal noise of 1 % of its RMS to each tensor of a parameter buffer, in place.

    generator: of flat's device. Computed in float32, rounded once. A tensor of zeros stays one.
    """
    for slot in layout.slots:
        part = flat[slot.offset : slot.offset + slot.numel]
        square = torch.zeros((), dtype=torch.float64, device=flat.device)
        for chunk in _pieces(part, _CHUNK):
            square += torch.linalg.vector_norm(chunk, dtype=torch.float32).double().square()
        deviation = (square / slot.numel).sqrt().float() * DISTURBANCE
        for chunk in _pieces(part, _CHUNK):
            noise = torch.randn(chunk.numel(), generator=generator, device=flat.device, dtype=torch.float32)
            chunk.copy_(noise.mul_(deviation).add_(chunk))


def _stored(folder: Path, opened: ExitStack) -> dict[str, _Stored]:
    """Every tensor of the folder's files by its name."""
    found: dict[str, _Stored] = {}
    for path in _files(folder):
        file: Any = opened.enter_context(safe_open(path, framework="pt", device="cpu"))
        for name in file.keys():  # noqa: SIM118 – not a mapping
            piece = file.get_slice(name)
            found[name] = _Stored(file, tuple(piece.get_shape()), str(piece.get_dtype()))
    return found


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise _failed(folder, "is not a folder")
    index = folder / _INDEX
    if not index.exists():
        if not (folder / _SINGLE).exists():
            raise _failed(folder, f"has neither {_SINGLE} nor {_INDEX}")
        return [folder / _SINGLE]
    try:
        names = sorted({str(name) for name in json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _failed(folder, f"{_INDEX} is not an index of safetensors") from error
    wrong = [name for name in names if Path(name).name != name or not (folder / name).is_file()]
    if wrong:
        raise _failed(folder, f"{_INDEX} names files that are not in the folder: {', '.join(wrong)}")
    return [folder / name for name in names]


def _plan(folder: Path, layout: Layout, stored: dict[str, _Stored]) -> list[tuple[Slot, str]]:
    """Which stored tensor goes where. Raises with everything that does not fit."""
    plan: list[tuple[Slot, str]] = []
    missing: list[str] = []
    for slot in layout.slots:
        name = next((name for name in _candidates(slot.name) if name in stored), None)
        if name is None:
            missing.append(slot.name)
        else:
            plan.append((slot, name))
    mismatched = [
        f"{name} is {stored[name].type} {list(stored[name].shape)}, not {list(slot.shape)}"
        for slot, name in plan
        if stored[name].shape != slot.shape or stored[name].type not in _TYPES
    ]
    used = {name for _, name in plan}
    spare = (*_COMPUTED, *_HEADS) if not any(slot.name.endswith(_HEADS) for slot in layout.slots) else _COMPUTED
    unexpected = sorted(name for name in stored.keys() - used if not name.endswith(spare))
    problems = {"missing": missing, "unexpected": unexpected, "of another shape or type": mismatched}
    if any(problems.values()):
        words = "; ".join(f"{kind}: {_some(names)}" for kind, names in problems.items() if names)
        raise _failed(folder, f"does not fit the model: {words}", problems)
    return plan


def _candidates(name: str) -> Iterator[str]:
    """Names under which a parameter may be stored, likeliest first; head and embedding stand in for each other."""
    yield name
    first, _, rest = name.partition(".")
    if "." in rest:
        yield rest
    yield from (prefix + name for prefix in _PREFIXES)
    if name.endswith(_HEADS):
        bases = ("", *_PREFIXES, "gpt_neox.", "model.decoder.")
        yield from (base + embedding for base in bases for embedding in _EMBEDDINGS)
    elif name.endswith(_EMBEDDINGS) and first != name:
        yield from _HEADS


def _hash(digest: Any, slot: Slot, kind: str, tensor: torch.Tensor) -> None:
    digest.update(f"{slot.name}\0{kind}\0{list(slot.shape)}\0".encode())
    for piece in _pieces(tensor.contiguous().view(torch.uint8), _HASHED):
        digest.update(piece.numpy())


def _pieces(flat: torch.Tensor, size: int) -> Iterator[torch.Tensor]:
    """Views of at most `size` elements each."""
    return (flat[start : start + size] for start in range(0, flat.numel(), size))


def _some(names: list[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def _failed(folder: Path, problem: str, details: dict[str, Any] | None = None) -> AttemptFailed:
    return AttemptFailed("model_load_failed", f"Pretrained weights: {folder} {problem}.", details=details)
