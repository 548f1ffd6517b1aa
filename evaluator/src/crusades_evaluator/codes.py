"""Every way an attempt can end, as data: the Python half of the project's one error catalogue."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Fault = Literal["miner", "infrastructure", "operator"]
Stage = Literal["starting", "warming_up", "timed", "judging", "session"]


@dataclass(frozen=True)
class OutcomeCode:
    """One way out.

    stage: where it usually arises; a result carries the stage where it did arise.
    retryable: the same attempt may be repeated. final: further attempts of the submission are pointless.
    message: what happened; a result carries a message with the details of its case.
    """

    code: str
    stage: Stage
    fault: Fault
    retryable: bool
    final: bool
    message: str
    remedy: str


def _miner(code: str, stage: Stage, message: str, remedy: str, *, final: bool = False) -> OutcomeCode:
    return OutcomeCode(code, stage, "miner", False, final, message, remedy)


def _infrastructure(code: str, stage: Stage, message: str, remedy: str, *, retryable: bool = True) -> OutcomeCode:
    return OutcomeCode(code, stage, "infrastructure", retryable, False, message, remedy)


_ALL = (
    _miner(
        "block_attribution_mismatch",
        "judging",
        "A part of the sequence did not contribute to the gradient as it should.",
        "Train on every position of every row: batch[:, :-1] predicts batch[:, 1:].",
    ),
    OutcomeCode(
        "cancelled",
        "session",
        "operator",
        False,
        False,
        "The attempt was cancelled.",
        "Nothing to do; evaluate the submission again if its score is wanted.",
    ),
    _miner(
        "contestant_crashed",
        "timed",
        "The process that ran train.py ended without a result.",
        "Don't end the process (exit, os._exit, signals) and check native code for crashes.",
    ),
    _infrastructure(
        "data_load_failed",
        "starting",
        "The training data could not be loaded.",
        "Check the data settings, and that the prepared corpus is there and readable.",
    ),
    _infrastructure(
        "evaluator_failed",
        "judging",
        "The evaluator itself failed.",
        "Read the worker's log; repeat the attempt; report it if it happens again.",
    ),
    _infrastructure(
        "evaluator_spec_invalid",
        "starting",
        "The attempt's specification is not valid.",
        "Correct the specification: every problem is listed in the details.",
        retryable=False,
    ),
    _miner(
        "execution_failed",
        "timed",
        "inner_steps raised an exception in the timed run.",
        "Run inner_steps twice in a row on fresh data: the second call must work like the first.",
    ),
    _infrastructure(
        "gpu_busy",
        "session",
        "Another referee holds this device.",
        "Stop the other evaluator on this device, or give this one another device or slot.",
    ),
    _infrastructure(
        "gpu_memory_short",
        "starting",
        "The GPU has too little free memory for the shared buffers and the reference.",
        "Free it, or choose a larger GPU or a smaller model.",
    ),
    _infrastructure(
        "gpu_quarantined",
        "session",
        "The GPU did not return to its baseline after a contestant, and takes no more work.",
        "See which process holds its memory (nvidia-smi), end it or restart the host; then start the worker again.",
    ),
    _infrastructure(
        "gpu_slowed",
        "timed",
        "The GPU's hardware slowed it down during the timed window.",
        "Check the GPU's cooling and power supply; the attempt is repeated.",
    ),
    _infrastructure(
        "gpu_unavailable",
        "session",
        "The device is not there or can't be used.",
        "Check the device's name, its driver and that it is visible to this process.",
    ),
    _miner(
        "implausible_mfu",
        "judging",
        "The measured MFU is higher than the device can reach.",
        "Nothing to do if the work was honest: an operator looks at every such case.",
    ),
    _miner(
        "insufficient_mfu",
        "judging",
        "The measured MFU is below the minimum.",
        "Make inner_steps faster; compare it with the baseline.",
    ),
    _miner(
        "insufficient_trainable_params",
        "timed",
        "Some parameters do not require gradients.",
        "Leave requires_grad of every parameter on.",
    ),
    _miner(
        "invalid_logits_shape",
        "timed",
        "final_logits does not have the shape (batch, sequence - 1, vocabulary).",
        "Return the logits of the whole last batch, one for each predicted position.",
    ),
    _miner(
        "invalid_return_type",
        "timed",
        "inner_steps did not return what the contract asks for.",
        "Return an object with final_logits (dense torch.Tensor), total_tokens (int), final_loss (float).",
    ),
    _miner(
        "late_write",
        "judging",
        "Weights, optimizer state or logits changed after the work was said to be done.",
        "Return only when all work is finished; leave no thread, process or kernel running.",
    ),
    _miner(
        "logits_mismatch",
        "judging",
        "final_logits are not those of the model at the last step.",
        "Return the logits of the last step's forward pass.",
    ),
    _miner(
        "loss_mismatch",
        "judging",
        "final_loss is not the loss of the last step.",
        "Return the mean next-token cross entropy of the last batch as a float.",
    ),
    _miner(
        "missing_inner_steps",
        "starting",
        "train.py has no function inner_steps(model, data_iterator, optimizer, num_steps, device).",
        "Define inner_steps with these parameters at the top level of train.py.",
        final=True,
    ),
    _miner(
        "missing_logits",
        "timed",
        "final_logits is missing.",
        "Return the last step's logits as final_logits.",
    ),
    _infrastructure(
        "model_load_failed",
        "starting",
        "The model could not be built.",
        "Check the model settings and the installed version of transformers.",
    ),
    _miner(
        "moment_mismatch",
        "judging",
        "The optimizer's first moment is not the one that the training leads to.",
        "Train every parameter on every token with the given optimizer, in full precision of the model.",
    ),
    _miner(
        "out_of_memory",
        "timed",
        "The contestant needed more memory than it may have.",
        "Use less memory: smaller pieces of the loss, gradient checkpointing.",
    ),
    _miner(
        "protocol_breach",
        "timed",
        "The contestant's process did something that the protocol does not allow.",
        "Leave the harness alone: no messages, no work before the start, no more threads than given.",
    ),
    _miner(
        "row_attribution_mismatch",
        "judging",
        "A row of a batch did not contribute to the gradient as it should.",
        "Train on every row of every batch exactly once.",
    ),
    _miner(
        "second_moment_mismatch",
        "judging",
        "The optimizer's second moment is not the one that the training leads to.",
        "Use the given optimizer and its settings.",
    ),
    _miner(
        "sequence_truncation",
        "timed",
        "final_logits cover fewer positions than the batch has.",
        "Process the whole sequence.",
    ),
    _miner(
        "syntax_error",
        "starting",
        "train.py is not valid Python.",
        "Correct the syntax; try `python3 -m py_compile train.py`.",
        final=True,
    ),
    _miner(
        "timeout",
        "timed",
        "A phase took longer than it may.",
        "Make the named phase faster; look for waiting that never ends.",
    ),
    _miner(
        "token_count_mismatch",
        "timed",
        "The number of tokens is not the number that was given out.",
        "Take exactly num_steps batches and return the number of their tokens as total_tokens.",
    ),
    _miner(
        "update_mismatch",
        "judging",
        "The weights were not updated as the optimizer would have done.",
        "Call optimizer.step() once after every batch and leave its settings alone.",
    ),
    _miner(
        "warmup_failed",
        "warming_up",
        "train.py failed while it was loaded or warmed up.",
        "Run inner_steps with the baseline's arguments; the details show the exception.",
    ),
)

#: Code name -> its description, in alphabetical order.
CODES: dict[str, OutcomeCode] = {entry.code: entry for entry in sorted(_ALL, key=lambda entry: entry.code)}

#: What the contestant may say about itself. All of them are the miner's fault, so a lie gains nothing.
#: The position is the number in the message: append only.
CLAIMABLE: tuple[str, ...] = (
    "syntax_error",
    "missing_inner_steps",
    "invalid_return_type",
    "insufficient_trainable_params",
    "token_count_mismatch",
    "missing_logits",
    "invalid_logits_shape",
    "sequence_truncation",
    "out_of_memory",
    "warmup_failed",
    "execution_failed",
)


class AttemptFailed(Exception):
    """An attempt ended without a score. `code` is one of CODES."""

    def __init__(
        self,
        code: str,
        message: str | None = None,
        *,
        stage: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        entry = CODES[code]
        self.code = code
        self.message = message or entry.message
        self.stage = stage
        self.details = details or {}
        super().__init__(f"{code}: {self.message}")


def catalogue() -> list[dict[str, Any]]:
    """All codes as plain data, for `codes --json`."""
    return [asdict(entry) for entry in CODES.values()]
