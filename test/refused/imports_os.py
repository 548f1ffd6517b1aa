"""A training program that the scanner refuses: it imports what no training needs."""

import os
import subprocess

import torch.nn.functional as F


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    """Reads the environment and starts another program, on the way to an ordinary training loop."""
    home = os.environ.get("HOME")
    subprocess.run(["ls", home], check=False)
    for _ in range(num_steps):
        batch = next(data_iterator).to(device)
        logits = model(batch[:, :-1]).logits
        loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return logits, loss
