"""Which causal language models transformers can build, and the configuration of one of them.

Nothing is fetched: a configuration is figures from the specification, and models that bring code of their own
(auto_map) are refused like every other key that the family's configuration class does not have.
"""

from __future__ import annotations

import copy
import dataclasses
import difflib
import functools
import importlib
import json
from typing import Any

from crusades_evaluator import interface
from crusades_evaluator.codes import AttemptFailed

#: What building, training and checkpointing import only when they are first called (measured, tests/test_models.py).
_LAZILY_IMPORTED = (
    "torch._dynamo",
    "torch.utils.checkpoint",
    "transformers.initialization",
    "transformers.masking_utils",
    "transformers.modeling_flash_attention_utils",
    "transformers.models.auto.modeling_auto",
)


def import_family(architecture: str) -> None:
    """Imports the code of one family, and what building it would import on the way. Makes no tensor.

    Raises AttemptFailed(model_load_failed) if transformers has no such causal language model.
    """
    _model_class(architecture)
    for name in _LAZILY_IMPORTED:
        importlib.import_module(name)


def configuration(model: interface.Model) -> Any:
    """A fresh copy of the transformers configuration; the checked original is kept for later calls.

    Raises AttemptFailed(model_load_failed): unknown family, unknown keys, values that the family refuses, no text-only
    model.
    """
    return copy.deepcopy(_checked(model.architecture, json.dumps(model.config, sort_keys=True)))


@functools.lru_cache(maxsize=8)
def _checked(architecture: str, text: str) -> Any:
    given: dict[str, Any] = json.loads(text)
    _model_class(architecture)
    from transformers import AutoConfig

    try:
        config: Any = AutoConfig.for_model(architecture, **{**given, "use_cache": False})
    except Exception as error:
        raise _refused(architecture, in_words(error)) from error
    if "text_config" in getattr(config, "sub_configs", {}):
        raise _refused(architecture, "it is not for text alone; a family with one configuration for text is needed")
    if unknown := _unknown_keys(config, given):
        raise _refused(architecture, f"it has no {', '.join(unknown)}")
    vocabulary = getattr(config, "vocab_size", None)
    if type(vocabulary) is not int or vocabulary < 2:
        raise _refused(architecture, f"vocab_size must be a whole number above 1, not {vocabulary!r}")
    return config


def _unknown_keys(config: Any, given: dict[str, Any]) -> list[str]:
    """Keys that the family has no use for. Older spellings (rope_theta) are taken up and leave no trace."""
    fields = {field.name for field in dataclasses.fields(config)}
    known = fields | set(getattr(config, "attribute_map", {})) | {"use_cache"}
    return sorted(key for key in given if key not in known and key in vars(config))


def _model_class(architecture: str) -> type:
    import transformers
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES as names

    if architecture not in names:
        near = difflib.get_close_matches(architecture, names, n=3)
        hint = f"; near: {', '.join(near)}" if near else ""
        raise AttemptFailed(
            "model_load_failed",
            f"transformers {transformers.__version__} has no causal language model {architecture!r}{hint}.",
        )
    found: type = getattr(transformers, names[architecture])
    return found


def _refused(architecture: str, reason: str) -> AttemptFailed:
    return AttemptFailed("model_load_failed", f"The configuration of {architecture} is refused: {reason}.")


def in_words(error: BaseException) -> str:
    """What an error says, on one line of at most 500 characters, without a full stop."""
    words = " ".join(str(error).split()).rstrip(".")[:500]
    return words if isinstance(error, ValueError) and words else f"{type(error).__name__}: {words}"
