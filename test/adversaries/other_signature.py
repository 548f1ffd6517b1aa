# expect: missing_inner_steps
"""Defines inner_steps with other parameters."""


def inner_steps(model, optimizer):
    return model
