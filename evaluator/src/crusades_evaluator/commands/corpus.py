"""`corpus prepare` and `corpus show`: the tokens that attempts are cut from."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from crusades_evaluator.codes import CODES, AttemptFailed
from crusades_evaluator.commands.options import corpora_folder

#: Seconds between two lines of progress: on a terminal, where they replace each other, and in a log.
_TERMINAL_S, _LOG_S = 0.5, 10.0
_FILE_MODE = "the folder that CRUSADES_CORPORA names, else ~/.local/state/crusades/corpora"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    prepare = actions.add_parser("prepare", help="pack the data set of a settings file into one file of tokens")
    prepare.add_argument("--settings", type=Path, required=True, metavar="HPARAMS.json")
    prepare.add_argument("--text", type=Path, metavar="DIR", help="documents from *.txt, *.md, *.jsonl, not the hub")
    prepare.add_argument("--tokenizer", type=Path, metavar="PATH", help="tokenizer.json or its folder, not the hub")
    show = actions.add_parser("show", help="list the prepared corpora and check their hashes")
    for action in (prepare, show):
        action.add_argument("--out", type=Path, metavar="DIR", help=f"default: {_FILE_MODE}")
        action.add_argument("--json", action="store_true", help="print one JSON document")


def run(options: argparse.Namespace) -> int:
    folder = (options.out or corpora_folder()).absolute()
    try:
        return _show(folder, options) if options.action == "show" else _prepare(folder, options)
    except AttemptFailed as failure:
        if not options.json:
            raise
        error = {"code": failure.code, "message": failure.message, "remedy": CODES[failure.code].remedy}
        print(json.dumps({"error": error}))
        return 2 if failure.code == "evaluator_spec_invalid" else 3


def _prepare(folder: Path, options: argparse.Namespace) -> int:
    from crusades_evaluator.commands.hparams import Hparams
    from crusades_evaluator.corpus.documents import folder_documents, hub_documents
    from crusades_evaluator.corpus.prepare import prepare
    from crusades_evaluator.corpus.tokenizer import hub_tokenizer, local_tokenizer

    hparams = Hparams(options.settings)
    data = hparams.data()
    if data.corpus == "synthetic":
        raise AttemptFailed(
            "evaluator_spec_invalid", f"{options.settings} names the synthetic corpus: there is nothing to prepare"
        )
    token = os.environ.get("HF_TOKEN") or None
    progress = _Progress()
    try:
        progress.note("loading the tokenizer")
        tokenizer = local_tokenizer(options.tokenizer) if options.tokenizer else hub_tokenizer(data.tokenizer, token)
        progress.note("reading documents" if options.text else f"contacting the hub for {data.corpus}")
        if options.text:
            documents = folder_documents(options.text, data.samples, data.master_seed)
        else:
            documents = hub_documents(data.corpus, data.split, data.samples, data.master_seed, token)
        place, description = prepare(
            data,
            documents,
            tokenizer,
            folder,
            source="text folder" if options.text else "hub",
            vocabulary=hparams.vocabulary(),
            progress=progress.tell,
        )
    finally:
        progress.end()
    facts = {"key": place.key, "file": str(place.tokens), **description.model_dump(mode="json")}
    print(json.dumps(facts, indent=2) if options.json else _lines(facts))
    return 0


def _show(folder: Path, options: argparse.Namespace) -> int:
    from crusades_evaluator.corpus.files import Place, check, failed, read_description

    found: list[dict[str, Any]] = []
    for path in sorted(folder.glob("*.json")):
        place = Place(folder, path.stem)
        entry: dict[str, Any] = {"key": place.key, "file": str(place.tokens), "problem": None}
        try:
            description = read_description(place)
            if description is None:
                raise failed(f"{path} is gone")
            entry |= description.model_dump(mode="json")
            check(place, description)
        except AttemptFailed as failure:
            entry["problem"] = failure.message
        found.append(entry)
    if options.json:
        print(json.dumps({"folder": str(folder), "corpora": found}, indent=2))
    elif not found:
        print(f"No corpus is prepared in {folder}.")
    else:
        print("\n\n".join(_lines(entry) for entry in found))
    return 1 if any(entry["problem"] for entry in found) else 0


def _lines(facts: dict[str, Any]) -> str:
    width = max(len(name) for name in facts)
    return "\n".join(f"{name:{width}}  {value}" for name, value in facts.items() if value is not None)


class _Progress:
    """Documents, tokens and their rate on stderr: one line that changes on a terminal, one now and then in a log."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._began = self._shown = time.monotonic()

    def note(self, text: str) -> None:
        """Says what begins now."""
        self._write(text)
        self._began = self._shown = time.monotonic()

    def tell(self, documents: int, tokens: int) -> None:
        now = time.monotonic()
        if now - self._shown < (_TERMINAL_S if self._terminal else _LOG_S):
            return
        self._shown = now
        rate = tokens / (now - self._began)
        self._write(f"{documents:,} documents, {tokens:,} tokens, {rate:,.0f} tokens/s")

    def end(self) -> None:
        """Takes an unfinished line off the terminal."""
        if self._terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def _write(self, text: str) -> None:
        print(f"\r\033[K{text}" if self._terminal else text, end="" if self._terminal else "\n", file=sys.stderr)
        sys.stderr.flush()
