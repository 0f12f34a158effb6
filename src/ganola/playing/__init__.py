"""From a model to music: phrases, their latents, and the bytes of their files."""
