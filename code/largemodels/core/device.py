"""Choose where tensors live."""

import torch


def best_device() -> torch.device:
    """Return this machine's accelerator (cuda, mps, xpu, ...) if torch can use one, else the CPU."""
    if torch.accelerator.is_available():
        accelerator = torch.accelerator.current_accelerator()
        if accelerator is not None:
            return accelerator
    return torch.device("cpu")
