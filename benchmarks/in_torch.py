"""The same rules written by hand in PyTorch, for the CPU: an optional contender.

``pip install torch`` beside microlearn, and ``make bench`` takes it in. float32, rows are samples,
the biases are vectors of their own, and nothing is left to autograd.
"""

from __future__ import annotations

import math

import torch
from contenders import BATCH, DECAY, LEARNING_RATE, NOISE, SAMPLES, bench_data

from microlearn import create_network
from microlearn.measures import PROBES

Tensor = torch.Tensor


class Torch:
    """A network of one hidden layer of sigmoid units, squared error, and five rules."""

    @torch.inference_mode()
    def __init__(self, rule: str, sizes: tuple[int, int, int]) -> None:
        torch.manual_seed(0)
        self.rule, data = rule, bench_data(sizes[0])
        network = create_network(sizes, "sigmoid", "sigmoid", "textbook")
        hidden, output = (torch.from_numpy(w) for w in network.weights)
        self.w_h, self.c_h = hidden[:-1].clone(), hidden[-1].clone()
        self.w_y, self.c_y = output[:-1].clone(), output[-1].clone()
        self.weights = [self.w_h, self.c_h, self.w_y, self.c_y]
        self.b = 0.1 * torch.randn(sizes[2], sizes[1])
        self.train, self.validation = (
            (torch.from_numpy(split.x.copy()), torch.from_numpy(split.y.copy()))
            for split in (data.train, data.validation)
        )
        self.order = torch.empty(0, dtype=torch.long)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = torch.addmm(self.c_h, x, self.w_h).sigmoid_()
        return h, torch.addmm(self.c_y, h, self.w_y).sigmoid_()

    @staticmethod
    def losses(y: Tensor, out: Tensor) -> Tensor:
        return (y - out).square_().sum(1).mul_(0.5)

    def signals(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """δ of both layers for every sample, the hidden activity, and the losses."""
        if self.rule == "node_perturbation":
            a = torch.addmm(self.c_h, x, self.w_h)
            h = a.sigmoid()
            clean = torch.addmm(self.c_y, h, self.w_y).sigmoid_()
            xi_h, xi_y = torch.randn_like(a).mul_(NOISE), torch.randn_like(clean).mul_(NOISE)
            noisy = torch.addmm(self.c_y, a.add_(xi_h).sigmoid_(), self.w_y).add_(xi_y).sigmoid_()
            losses = self.losses(y, clean)
            rise = (self.losses(y, noisy) - losses).div_(-(NOISE**2)).unsqueeze(1)
            return xi_h.mul_(rise), xi_y.mul_(rise), h, losses
        h, out = self.forward(x)
        delta_y = (y - out).mul_(out * (1 - out))
        back = self.w_y.T if self.rule == "backprop" else self.b
        delta_h = (delta_y @ back).mul_(h * (1 - h))
        return delta_h, delta_y, h, self.losses(y, out)

    def shaken(self, x: Tensor, y: Tensor) -> tuple[list[Tensor], Tensor, Tensor]:
        """Noise on every weight, and the losses without it and with it."""
        psi = [torch.randn_like(w).mul_(NOISE) for w in self.weights]
        w_h, c_h, w_y, c_y = (w + p for w, p in zip(self.weights, psi, strict=True))
        noisy = torch.addmm(c_y, torch.addmm(c_h, x, w_h).sigmoid_(), w_y).sigmoid_()
        return psi, self.losses(y, self.forward(x)[1]), self.losses(y, noisy)

    @torch.inference_mode()
    def update(self) -> None:
        if len(self.order) < BATCH:
            self.order = torch.randperm(len(self.train[0]))
        rows, self.order = self.order[:BATCH], self.order[BATCH:]
        x, y = (a.index_select(0, rows) for a in self.train)
        if self.rule == "weight_perturbation":
            psi, losses, noisy = self.shaken(x, y)
            rise = (noisy.mean() - losses.mean()).item()
            step = -LEARNING_RATE * rise / NOISE**2
            for w, p in zip(self.weights, psi, strict=True):
                w.add_(p, alpha=step)
        else:
            delta_h, delta_y, h, losses = self.signals(x, y)
            rate = LEARNING_RATE / BATCH
            if self.rule == "kolen_pollack":
                self.b.mul_(1 - LEARNING_RATE * DECAY).addmm_(delta_y.T, h, alpha=rate)
                self.w_y.mul_(1 - LEARNING_RATE * DECAY)
            # The step is part of the product, which numpy has no way to say.
            self.w_h.addmm_(x.T, delta_h, alpha=rate)
            self.w_y.addmm_(h.T, delta_y, alpha=rate)
            self.c_h.add_(delta_h.sum(0), alpha=rate)
            self.c_y.add_(delta_y.sum(0), alpha=rate)
        if not math.isfinite(losses.mean().item()):
            raise ArithmeticError("diverged")

    @torch.inference_mode()
    def epoch(self) -> None:
        for _ in range(len(self.train[0]) // BATCH):
            self.update()
        for x, y in ([a[:PROBES] for a in self.train], self.validation):
            out = self.forward(x)[1]
            self.losses(y, out).mean().item()
            (out.argmax(1) == y.argmax(1)).float().mean().item()

    @torch.inference_mode()
    def signal_to_noise(self) -> float:
        x, y = (a[:SAMPLES] for a in self.train)
        if self.rule == "weight_perturbation":
            shape = (len(self.w_h) + 1, self.w_h.shape[1])
            total, squares = torch.zeros(shape), torch.zeros(shape)
            for i in range(SAMPLES):
                psi, losses, noisy = self.shaken(x[i : i + 1], y[i : i + 1])
                step = torch.cat([psi[0], psi[1][None]]).mul_(-(noisy - losses) / NOISE**2)
                total += step
                squares.addcmul_(step, step)
        else:
            delta = self.signals(x, y)[0]
            p = torch.cat([x, torch.ones(SAMPLES, 1)], 1)
            total, squares = p.T @ delta, p.square().T @ delta.square()
        mean = total / SAMPLES
        variance = squares / SAMPLES - mean * mean
        live = variance > 1e-10 * squares / SAMPLES
        return (mean[live].abs() / variance[live].sqrt()).mean().item()
