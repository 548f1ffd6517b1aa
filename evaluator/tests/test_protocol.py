"""Messages are fixed in size and meaning; nothing that a contestant writes is trusted or parsed."""

from __future__ import annotations

import math
import os

import pytest

from crusades_evaluator.codes import CLAIMABLE, CODES
from crusades_evaluator.protocol import MESSAGE_BYTES, Kind, Malformed, Message, decode, encode, printable


@pytest.mark.parametrize("kind", list(Kind))
def test_a_message_survives_the_way(kind: Kind) -> None:
    code = "out_of_memory" if kind is Kind.FAILED else CLAIMABLE[0]
    sent = Message(kind, code, "what happened", 5120, 7.25)
    raw = encode(sent)
    assert len(raw) == MESSAGE_BYTES
    assert decode(raw) == sent


def test_long_text_is_cut_and_control_characters_are_escaped() -> None:
    received = decode(encode(Message(Kind.FAILED, "syntax_error", "\x1b[31mé" + "x" * 10_000)))
    assert received.text.startswith("\\x1b[31mé")
    assert len(received.text) < 2100


def test_lies_are_carried_as_numbers() -> None:
    assert math.isnan(decode(encode(Message(Kind.DONE, tokens=-1, loss=math.nan))).loss)


def test_random_bytes_are_malformed_and_never_an_exception_of_another_kind() -> None:
    for _ in range(200):
        with pytest.raises(Malformed):
            decode(os.urandom(MESSAGE_BYTES))
    valid = bytearray(encode(Message(Kind.READY)))
    for position, value in ((8, 99), (10, 250), (12, 255)):
        broken = bytearray(valid)
        broken[position] = value
        broken[position + 1] = 255
        with pytest.raises(Malformed):
            decode(bytes(broken))


def test_a_contestant_can_only_blame_itself() -> None:
    assert all(CODES[code].fault == "miner" for code in CLAIMABLE)


def test_printable_replaces_what_is_not_text() -> None:
    assert printable(b"a\xff\x00\x1b]0;title\x07\n\tb") == "a\ufffd\\x00\\x1b]0;title\\x07\n\tb"
    assert printable("\u202egnp.exe".encode()) == "\\u202egnp.exe"
