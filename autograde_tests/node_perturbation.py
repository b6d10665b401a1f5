"""node_perturbation beside the reference."""

from .perturbing import require_the_same_spread as test

__all__ = ["test"]
