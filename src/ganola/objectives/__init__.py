"""Adversarial losses and penalties as pure expressions of logits and gradients."""
