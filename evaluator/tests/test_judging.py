"""Statistics and verdict on hand-made values: what each statistic sees, and that limits decide."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from support import PROFILE

from crusades_evaluator.devices import device_named
from crusades_evaluator.interface import Limits, Mfu, Optimizer
from crusades_evaluator.layout import Layout, Region, Slot
from crusades_evaluator.referee.moment import compare_moments
from crusades_evaluator.referee.reference import Expected
from crusades_evaluator.referee.sampling import Reading, Sampler
from crusades_evaluator.referee.statistics import LACKS, IllConditioned, Measured, measure
from crusades_evaluator.referee.verdict import judge, judge_speed, mfu_percent, statistics_of

_STEPS, _ROWS, _BLOCKS, _SAMPLES = 3, 2, 4, 200
_SETTINGS = Optimizer()
_LIMITS = Limits(**PROFILE["limits"])
_LAYOUT = Layout(
    (Slot("a.weight", (50, 10), 0), Slot("b.bias", (30,), 512)),
    (Region("logits", 1, torch.float32),),
    (3, 2, 9),
    (2, 8, 5),
)


_TWELVE = Layout(
    tuple(Slot(f"{number}.weight", (20, 10), 200 * number) for number in range(12)),
    _LAYOUT.regions,
    _LAYOUT.tokens_shape,
    _LAYOUT.logits_shape,
)


def _honest(layout: Layout = _LAYOUT) -> tuple[Reading, Expected]:
    stream = torch.Generator().manual_seed(1)
    tensors = len(layout.slots)
    shares = torch.randn(_STEPS, _ROWS, _BLOCKS, tensors, _SAMPLES, generator=stream)
    weights = 0.1 * 0.9 ** torch.arange(_STEPS - 1, -1, -1.0)
    rows, blocks = shares.sum(2), (shares.sum(1) * weights.view(-1, 1, 1, 1)).sum(0)
    moment = (rows.sum(1) * weights.view(-1, 1, 1)).sum(0)
    updates = torch.randn(_STEPS, tensors, _SAMPLES, generator=stream) * 1e-5
    before = torch.randn(tensors, _SAMPLES, generator=stream, dtype=torch.float64).float() * 0.02
    found = Reading(
        (before.double() + updates.double().sum(0)).float(),
        moment,
        torch.rand(tensors, _SAMPLES, generator=stream),
        torch.randn(64, 5, generator=stream),
    )
    flat = _flat(stream, layout)
    errors = compare_moments(flat.clone(), flat, layout, 5)
    patches = tuple(shares.permute(0, 3, 1, 2, 4))
    return found, Expected(before, found, updates, patches, rows, blocks, (7.0, 6.9, 6.8), errors)


def _flat(stream: torch.Generator, layout: Layout = _LAYOUT) -> torch.Tensor:
    """A first moment over all coordinates of the layout."""
    return torch.randn(layout.slots[-1].offset + 64, generator=stream)


def _codes(found: Reading, expected: Expected, loss: float = 6.8) -> tuple[str | None, set[str], Measured]:
    measured = measure(found, expected, _LAYOUT, _SETTINGS)
    statistics = statistics_of(measured, loss, expected.losses[-1], _LIMITS)
    return judge(statistics, measured).code, {s.name for s in statistics if not s.passed}, measured


def test_an_honest_run_has_no_error_and_all_coefficients_are_one() -> None:
    code, failed, measured = _codes(*_honest())
    assert (code, failed) == (None, set())
    assert measured.moment == 0
    assert torch.allclose(measured.rows, torch.ones(_STEPS, _ROWS, dtype=torch.float64), atol=1e-5)
    assert measured.blocks.shape == (_BLOCKS,)


def test_a_missing_row_has_the_coefficient_zero_and_is_named() -> None:
    found, expected = _honest()
    moment = found.exp_avg - 0.1 * 0.9 * expected.rows[1, 0]
    measured = _codes(replace(found, exp_avg=moment), expected)[2]
    assert measured.rows[1, 0] == pytest.approx(0, abs=1e-4)
    statistics = statistics_of(measured, 6.8, 6.8, _LIMITS)
    assert "(step 2, row 1)" in judge(statistics, measured).message


def test_a_missing_block_has_the_coefficient_zero() -> None:
    found, expected = _honest()
    gone = found.exp_avg - expected.blocks[2]
    assert _codes(replace(found, exp_avg=gone), expected)[2].blocks[2] == pytest.approx(0, abs=1e-4)


def test_a_patch_that_lost_a_part_of_its_gradient_is_counted_whatever_else_its_row_and_block_hold() -> None:
    found, expected = _honest()
    gone = found.exp_avg - 0.1 * 0.9 * expected.patches[1][:, 1, 2]
    code, failed, measured = _codes(replace(found, exp_avg=gone), expected)
    assert code == "row_attribution_mismatch"
    assert "patch" in failed
    assert measured.patches[1, 1, 2] == pytest.approx(0, abs=0.5)
    assert measured.patch == 1 / (_STEPS * _ROWS * _BLOCKS)


def _noise_of_two_percent(found: Reading, seed: int) -> torch.Tensor:
    noise = torch.randn(found.exp_avg.shape, generator=torch.Generator().manual_seed(seed))
    return noise * 0.02 * found.exp_avg.square().mean(-1, keepdim=True).sqrt()


def _scatter(coefficients: torch.Tensor) -> float:
    return float((coefficients - 1).square().mean().sqrt())


def test_a_tensor_with_more_noise_than_the_others_does_not_blur_the_coefficients() -> None:
    found, expected = _honest(_TWELVE)
    noise = _noise_of_two_percent(found, 8)
    quiet = measure(replace(found, exp_avg=found.exp_avg + noise), expected, _TWELVE, _SETTINGS)
    noise[3] *= 20
    noisy = measure(replace(found, exp_avg=found.exp_avg + noise), expected, _TWELVE, _SETTINGS)
    assert _scatter(noisy.rows) < 1.5 * _scatter(quiet.rows)
    assert _scatter(noisy.blocks) < 1.5 * _scatter(quiet.blocks)
    assert _scatter(noisy.patches) < 1.5 * _scatter(quiet.patches)


def test_a_tensor_that_agrees_by_chance_does_not_outweigh_all_others() -> None:
    found, expected = _honest(_TWELVE)
    wrong = _noise_of_two_percent(found, 9) - 0.1 * 0.9 * expected.rows[1, 0]
    wrong[5] = 0
    assert measure(replace(found, exp_avg=found.exp_avg + wrong), expected, _TWELVE, _SETTINGS).rows[1, 0] < 0.4


def test_the_patches_of_a_row_that_scatters_as_a_whole_lack_nothing() -> None:
    found, expected = _honest()
    measured = measure(found, expected, _LAYOUT, _SETTINGS)
    patches = torch.ones(5, 8, 256)
    patches[2, 3] += 0.2 * torch.randn(256, generator=torch.Generator().manual_seed(11))
    assert (patches < 0.8).sum() > 20
    assert replace(measured, patches=patches).patch == 0
    patches[2, 4, :3] = 0.75
    assert replace(measured, patches=patches).patch == 3 / (5 * 8 * 256)


def test_a_patch_of_next_to_no_gradient_is_not_taken_for_a_missing_one() -> None:
    found, expected = _honest()
    noise = torch.randn(found.exp_avg.shape, generator=torch.Generator().manual_seed(7)) * 1e-3
    faint = expected.patches[0].clone()
    faint[:, 0, 0] *= 1e-4
    for patches in (expected.patches, (faint, *expected.patches[1:])):
        disturbed = replace(found, exp_avg=found.exp_avg + noise)
        assert measure(disturbed, replace(expected, patches=patches), _LAYOUT, _SETTINGS).patches[0, 0, 0] > 0.9


def test_one_coordinate_that_is_off_does_not_cost_a_patch_its_gradient() -> None:
    found, expected = _honest(_TWELVE)
    with_a_rare_token, weight = expected.patches[1].clone(), 0.1 * 0.9
    with_a_rare_token[:, 1, 2] *= 0.5
    with_a_rare_token[4, 1, 2, 9] = 40
    more = with_a_rare_token - expected.patches[1]
    rows, blocks = expected.rows.clone(), expected.blocks + weight * more.sum(1).transpose(0, 1)
    rows[1] += more.sum(2).transpose(0, 1)
    moment = found.exp_avg + weight * more.sum((1, 2)) + 15 * _noise_of_two_percent(found, 12)
    moment[4, 9] = found.exp_avg[4, 9] + 0.5 * weight * 40
    patches = (expected.patches[0], with_a_rare_token, expected.patches[2])
    changed = replace(expected, patches=patches, rows=rows, blocks=blocks)
    measured = measure(replace(found, exp_avg=moment), changed, _TWELVE, _SETTINGS)
    assert measured.patches[1, 1, 2] > 1 - LACKS


def _with_moment(found: torch.Tensor, reference: torch.Tensor) -> tuple[str | None, set[str], Measured]:
    reading, expected = _honest()
    return _codes(reading, replace(expected, moment=compare_moments(found, reference, _LAYOUT, 5)))


def test_a_tensor_that_was_not_trained_is_seen_and_named() -> None:
    reference = _flat(torch.Generator().manual_seed(2))
    found = reference.clone()
    found[512:542] = 0
    code, failed, measured = _with_moment(found, reference)
    assert code == "moment_mismatch"
    assert failed >= {"moment", "moment_tensor"}
    assert measured.moment_tensors == {"a.weight": 0, "b.bias": 1}


def test_a_few_wrong_coordinates_in_a_large_tensor_are_strays_though_the_norm_hardly_moves() -> None:
    layout = Layout((Slot("w", (4_000_000,), 0),), (), (3, 2, 9), (2, 8, 5))
    reference = torch.randn(4_000_000, generator=torch.Generator().manual_seed(3))
    found = reference.clone()
    found[::1000] = 0
    errors = compare_moments(found, reference, layout, 5)
    assert errors.overall < 0.05
    assert 0.0003 < errors.stray_share < 0.003


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_one_value_that_is_no_number_anywhere_in_the_moment_fails(value: float) -> None:
    reference = _flat(torch.Generator().manual_seed(4))
    found = reference.clone()
    found[7] = value
    assert _with_moment(found, reference)[0] == "moment_mismatch"


def test_updates_that_take_each_other_back_in_a_whole_tensor_say_nothing_about_the_others() -> None:
    found, expected = _honest()
    updates = expected.updates.clone()
    updates[:, 1] = 0
    updates[:2, 1, 7] = torch.tensor([1e-5, -1e-5])
    moved = (expected.before.double() + updates.double().sum(0)).float()
    _, failed, measured = _codes(replace(found, parameters=moved), replace(expected, updates=updates))
    assert failed == set()
    assert torch.allclose(measured.updates, torch.ones(_STEPS, dtype=torch.float64), atol=1e-3)


def test_one_coordinate_that_was_rounded_the_other_way_does_not_cost_a_step_its_update() -> None:
    found, expected = _honest(_TWELVE)
    updates = expected.updates.clone()
    updates[:, 5] = 0
    moved = expected.before.double() + updates.double().sum(0)
    updates[0, 5, 7] = 1e-5
    there = replace(found, parameters=moved.float())
    measured = measure(there, replace(expected, updates=updates), _TWELVE, _SETTINGS)
    assert measured.updates[0] > 0.9


def test_one_noisy_coordinate_does_not_decide_about_the_second_moments_of_all_tensors() -> None:
    found, expected = _honest(_TWELVE)
    second_moment = found.exp_avg_sq.clone()
    second_moment[4, 9] *= 1000
    expected = replace(expected, reading=replace(expected.reading, exp_avg_sq=second_moment))
    disturbed = second_moment.clone()
    disturbed[4, 9] *= 1.12
    assert measure(replace(found, exp_avg_sq=disturbed), expected, _TWELVE, _SETTINGS).second_moment < 0.05


def test_an_update_that_was_not_written_is_seen_by_nothing_else() -> None:
    found, expected = _honest()
    parameters = (found.parameters.double() - expected.updates[-1].double()).float()
    code, failed, measured = _codes(replace(found, parameters=parameters), expected)
    assert (code, failed) == ("update_mismatch", {"update_min"})
    assert measured.updates[-1] == pytest.approx(0, abs=1e-2)


@pytest.mark.parametrize(
    ("field", "code"),
    [("exp_avg", "row_attribution_mismatch"), ("exp_avg_sq", "second_moment_mismatch"), ("logits", "logits_mismatch")],
)
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_single_value_that_is_no_number_fails(field: str, code: str, value: float) -> None:
    found, expected = _honest()
    poisoned = getattr(found, field).clone()
    poisoned[0, 0] = value
    assert _codes(replace(found, **{field: poisoned}), expected)[0] == code


def test_weights_that_are_no_numbers_fail() -> None:
    found, expected = _honest()
    parameters = found.parameters.clone()
    parameters[1, 5] = math.nan
    assert _codes(replace(found, parameters=parameters), expected)[0] == "update_mismatch"


@pytest.mark.parametrize("loss", [7.2, math.nan, math.inf, -6.8])
def test_a_claimed_loss_far_from_the_reference_fails(loss: float) -> None:
    assert _codes(*_honest(), loss=loss)[0] == "loss_mismatch"


def test_rows_that_repeat_each_other_are_the_datas_fault() -> None:
    found, expected = _honest()
    rows = expected.rows.clone()
    rows[:, 1] = rows[:, 0]
    with pytest.raises(IllConditioned):
        measure(found, replace(expected, rows=rows), _LAYOUT, _SETTINGS)


def test_readings_differ_by_bits() -> None:
    found, _ = _honest()
    assert found.same_bits(replace(found, logits=found.logits.clone()))
    poisoned = found.logits.clone()
    poisoned[0, 0] = math.nan
    with_nan = replace(found, logits=poisoned)
    assert with_nan.same_bits(replace(found, logits=poisoned.clone()))
    assert not with_nan.same_bits(found)


def test_coordinates_lie_within_their_tensors_and_follow_from_the_seed() -> None:
    sampler = Sampler(_LAYOUT, device_named("cpu"))
    one, two = sampler.draw(b"one"), sampler.draw(b"two")
    assert int(one.within[0].max()) < 500 and int(one.within[1].max()) < 30
    assert int(one.flat[1].min()) >= 512
    assert not torch.equal(one.flat, two.flat)
    assert torch.equal(one.flat, sampler.draw(b"one").flat)


def test_mfu_in_percent_and_its_bounds() -> None:
    # 3,085,938,688 parameters, 40,960 tokens, 1.85 s at 989 TFLOP/s is 41.5 %
    assert mfu_percent(3_085_938_688, 40_960, 1.85, 989e12) == pytest.approx(41.5, abs=0.1)
    bounds = Mfu(peak_flops=1e12, peak_source="configured", min_mfu=20, max_plausible_mfu=75)
    assert [judge_speed(mfu, bounds).code for mfu in (19.9, 20, 75, 75.1)] == [
        "insufficient_mfu",
        None,
        None,
        "implausible_mfu",
    ]
