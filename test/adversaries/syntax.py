# expect: syntax_error
"""Is no Python."""

def inner_steps(model, data_iterator, optimizer, num_steps, device)
    return None
