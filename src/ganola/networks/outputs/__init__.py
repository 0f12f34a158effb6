"""From a generator's logits to cells (N13): how zeros and ones come about, and how the gradient passes them."""
