# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Adam as Keras computes it, for papers whose epsilon is not small."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch.optim.optimizer import Optimizer, ParamsT

__all__ = ["KerasAdam"]


class KerasAdam(Optimizer):
    r"""Adam whose epsilon stands beside the uncorrected second moment.

    Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015, https://arxiv.org/abs/1412.6980, in the form at
    the end of their section 2: :math:`\alpha_t = \alpha \sqrt{1 - \beta_2^t} / (1 - \beta_1^t)` and
    :math:`\theta \leftarrow \theta - \alpha_t m_t / (\sqrt{v_t} + \epsilon)`. PyTorch corrects the second moment before
    it adds epsilon; so with the 0.1 of Datta et al., 2021, https://arxiv.org/abs/2105.03358, its early steps are up to
    30 times larger. As epsilon goes to 0 both are the same.

    Args:
        params: parameters or groups of them, as PyTorch's optimizers take them.
        lr: step size.
        betas: how much of the moving averages of gradient and squared gradient is kept at each step.
        eps: added to the root of the second moment.

    Raises:
        ValueError: a number outside its range.
    """

    def __init__(
        self, params: ParamsT, lr: float = 0.01, betas: tuple[float, float] = (0.9, 0.999), eps: float = 0.1
    ) -> None:
        if lr < 0 or eps <= 0:
            raise ValueError(f"lr must not be negative and eps must be positive, got {lr} and {eps}")
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas must be at least 0 and less than 1, got {tuple(betas)}")
        super().__init__(params, {"lr": lr, "betas": tuple(betas), "eps": eps})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Move every parameter that has a gradient; return what ``closure`` gives, if there is one."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, parameter.grad, group)
        return loss

    def _move(self, parameter: torch.Tensor, gradient: torch.Tensor, group: dict[str, Any]) -> None:
        state, (beta1, beta2) = self.state[parameter], group["betas"]
        if not state:
            state["step"] = 0
            state["first_moment"] = torch.zeros_like(parameter)
            state["second_moment"] = torch.zeros_like(parameter)
        state["step"] += 1
        first = state["first_moment"].lerp_(gradient, 1 - beta1)
        second = state["second_moment"].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        rate = group["lr"] * math.sqrt(1 - beta2 ** state["step"]) / (1 - beta1 ** state["step"])
        parameter.addcdiv_(first, second.sqrt().add_(group["eps"]), value=-rate)
