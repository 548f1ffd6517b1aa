"""Messages between referee and contestant: fixed size, fixed fields, no text that is parsed.

The contestant's side says BOUND, LOADED, READY and DONE, each once and in this order; FAILED may take the place of any.
Up to BOUND no code of a miner has run there; everything after it is a claim.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from enum import IntEnum

from crusades_evaluator.codes import CLAIMABLE

_MAGIC = b"CRUSADE1"
_TEXT_BYTES = 2048
#: magic, kind, code, length of text, total_tokens, final_loss, text
_FORMAT = struct.Struct(f"<8sHHIqd{_TEXT_BYTES}s")
MESSAGE_BYTES = _FORMAT.size

#: What the referee sends: the program, once the contestant is BOUND, as its length and its UTF-8 text; then this byte,
#: which begins the timed run.
GO = b"G"
_LENGTH = struct.Struct("<I")
LENGTH_BYTES = _LENGTH.size


def encode_length(length: int) -> bytes:
    return _LENGTH.pack(length)


def decode_length(raw: bytes) -> int:
    return int(_LENGTH.unpack(raw)[0])


class Kind(IntEnum):
    LOADED = 1
    READY = 2
    DONE = 3
    FAILED = 4
    BOUND = 5


@dataclass(frozen=True)
class Message:
    """code and text are meaningful for FAILED, tokens and loss for DONE."""

    kind: Kind
    code: str = ""
    text: str = ""
    tokens: int = 0
    loss: float = math.nan


class Malformed(Exception):
    """Bytes that no harness sends."""


def encode(message: Message) -> bytes:
    """The message as MESSAGE_BYTES bytes. Text that is too long is cut."""
    text = message.text.encode("utf-8", "replace")[:_TEXT_BYTES]
    code = CLAIMABLE.index(message.code) if message.kind is Kind.FAILED else 0
    return _FORMAT.pack(_MAGIC, message.kind, code, len(text), message.tokens, message.loss, text)


def decode(raw: bytes) -> Message:
    """A message from exactly MESSAGE_BYTES bytes. Raises Malformed; text comes back escaped."""
    magic, kind, code, length, tokens, loss, text = _FORMAT.unpack(raw)
    if magic != _MAGIC or kind not in list(Kind) or code >= len(CLAIMABLE) or length > _TEXT_BYTES:
        raise Malformed
    return Message(Kind(kind), CLAIMABLE[code], printable(text[:length]), tokens, loss)


def printable(raw: bytes) -> str:
    """Text of unknown origin for people: bad UTF-8 replaced, control characters but newline and tab escaped."""
    text = raw.decode("utf-8", "replace")
    return "".join(c if c in "\n\t" or c.isprintable() else c.encode("unicode_escape").decode() for c in text)
