"""What can go wrong with the hub, in words."""

from __future__ import annotations

from collections.abc import Iterator

from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.corpus.files import failed

_INSTEAD = "or give local copies with --text DIR and --tokenizer PATH"

#: Classes of exceptions by name, since the libraries are not installed where tests run.
_UNREACHABLE = {
    "ConnectionError",
    "ConnectError",
    "ConnectTimeout",
    "ReadTimeout",
    "TimeoutException",
    "TimeoutError",
    "OfflineModeIsEnabled",
    "LocalEntryNotFoundError",
    "gaierror",
}
_ABSENT = {"RepositoryNotFoundError", "DatasetNotFoundError", "EntryNotFoundError", "RevisionNotFoundError"}


def quiet() -> None:
    """Turns off the libraries' own progress and warnings about retries; errors still arrive as exceptions."""
    from huggingface_hub.utils import disable_progress_bars, logging

    disable_progress_bars()
    logging.set_verbosity_error()


def hub_failure(what: str, error: BaseException, token: str | None) -> AttemptFailed:
    """The failure for an exception of datasets or huggingface_hub; `what` was tried, `token` was used."""
    chain = list(_chain(error))
    names = {parent.__name__ for each in chain for parent in type(each).__mro__}
    text = " ".join(str(error).split())
    access = "HF_TOKEN is not set" if token is None else "HF_TOKEN was sent"
    if "GatedRepoError" in names or "is a gated" in text:
        return failed(
            f"{what} is gated on the hub ({access}): accept its terms there, then set HF_TOKEN to a token of that "
            f"account, {_INSTEAD}"
        )
    unreachable = [each for each in chain if {parent.__name__ for parent in type(each).__mro__} & _UNREACHABLE]
    if unreachable:
        reason = " ".join(str(unreachable[-1]).split())[:200]
        return failed(
            f"{what} can't be loaded: the hub can't be reached ({reason}): check the network, a proxy (HTTPS_PROXY) "
            f"and HF_ENDPOINT, {_INSTEAD}"
        )
    if names & _ABSENT:
        return failed(f"{what} is not on the hub, or not for this account ({access}): check its name, {_INSTEAD}")
    if "split" in text.lower():
        return failed(f"{what} can't be loaded: {text[:300]}: set benchmark_dataset_split to one of its splits")
    return failed(f"{what} can't be loaded from the hub ({access}): {type(error).__name__}: {text[:300]}")


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__
