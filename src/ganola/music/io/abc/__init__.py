"""ABC, in (the ABC standard 2.1)."""
