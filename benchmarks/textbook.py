"""The learning rules as a first course writes them, for microlearn to be measured against.

Columns are samples, everything is float64, the biases are a last column of each weight matrix, and
each rule follows its published equation to the letter. That is a fair way to teach, and some of its
costs are inherent: a batch is gathered column by column, the loss is logged with a forward pass of
its own, node perturbation forms the outer product of every unit's noise with every input for every
sample before it averages, and the signal-to-noise ratio keeps the gradient of every single sample.

The network has one hidden layer, sigmoid units throughout, and the loss of a sample is half its
squared error. An update is what is added per unit of learning rate, the mean over the batch.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def sigmoid(a: Array) -> Array:
    return 1 / (1 + np.exp(-a))


def add_bias(h: Array) -> Array:
    """A row of ones below the activities, (units + 1, samples)."""
    return np.vstack([h, np.ones((1, h.shape[1]))])


class Textbook:
    """A network of one hidden layer with five rules to train it.

    Parameters
    ----------
    w_h : (hidden, inputs + 1) and w_y : (outputs, hidden + 1), biases in the last column
    feedback : (hidden, outputs), the fixed B of feedback alignment
    """

    def __init__(self, w_h: Array, w_y: Array, feedback: Array, seed: int = 0) -> None:
        self.w_h, self.w_y, self.b = w_h, w_y, feedback
        self.rng = np.random.default_rng(seed)

    def forward(self, x: Array, w_h: Array | None = None, w_y: Array | None = None):
        w_h = self.w_h if w_h is None else w_h
        w_y = self.w_y if w_y is None else w_y
        h = sigmoid(w_h @ add_bias(x))
        return h, sigmoid(w_y @ add_bias(h))

    @staticmethod
    def losses(y: Array, prediction: Array) -> Array:
        """Half the squared error of each sample."""
        return 0.5 * np.sum((y - prediction) ** 2, axis=0)

    def _with_signal(self, x: Array, y: Array, carry) -> tuple[Array, Array]:
        h, out = self.forward(x)
        delta_y = (y - out) * out * (1 - out)
        delta_h = carry(delta_y) * h * (1 - h)
        n = x.shape[1]
        return delta_h @ add_bias(x).T / n, delta_y @ add_bias(h).T / n

    def backprop(self, x: Array, y: Array) -> tuple[Array, Array]:
        return self._with_signal(x, y, lambda delta: self.w_y[:, :-1].T @ delta)

    def feedback_alignment(self, x: Array, y: Array) -> tuple[Array, Array]:
        return self._with_signal(x, y, lambda delta: self.b @ delta)

    def kolen_pollack(self, x: Array, y: Array, decay: float) -> tuple[Array, Array, Array]:
        d_h, d_y = self.feedback_alignment(x, y)
        d_b = d_y[:, :-1].T - decay * self.b
        return d_h - decay * self.w_h, d_y - decay * self.w_y, d_b

    def weight_perturbation(self, x: Array, y: Array, noise: float) -> tuple[Array, Array]:
        psi_h = self.rng.normal(0, noise, self.w_h.shape)
        psi_y = self.rng.normal(0, noise, self.w_y.shape)
        clean = np.mean(self.losses(y, self.forward(x)[1]))
        shaken = self.forward(x, self.w_h + psi_h, self.w_y + psi_y)[1]
        rise = np.mean(self.losses(y, shaken)) - clean
        return -rise * psi_h / noise**2, -rise * psi_y / noise**2

    def node_perturbation(self, x: Array, y: Array, noise: float) -> tuple[Array, Array]:
        h, out = self.forward(x)
        n = x.shape[1]
        xi_h = self.rng.normal(0, noise, h.shape)
        xi_y = self.rng.normal(0, noise, out.shape)
        noisy_h = sigmoid(self.w_h @ add_bias(x) + xi_h)
        noisy_out = sigmoid(self.w_y @ add_bias(noisy_h) + xi_y)
        rise = self.losses(y, noisy_out) - self.losses(y, out)
        # Unit × input × sample, as the three-factor rule is written, and then the mean.
        d_h = -(rise * xi_h)[:, None, :] * add_bias(x)[None, :, :] / noise**2
        d_y = -(rise * xi_y)[:, None, :] * add_bias(h)[None, :, :] / noise**2
        return d_h.sum(axis=2) / n, d_y.sum(axis=2) / n

    def signal_to_noise(self, rule, x: Array, y: Array) -> float:
        """|mean| over standard deviation of the hidden weights' gradients, sample by sample."""
        gradients = np.array([rule(x[:, [i]], y[:, [i]])[0] for i in range(x.shape[1])])
        mean, std = gradients.mean(axis=0), gradients.std(axis=0)
        live = std > 0
        return float(np.mean(np.abs(mean[live]) / std[live]))
