"""The architectures. Each is a module of this package that defines `ARCHITECTURE`; its name is the module's.

To add one, add a file: recipes then accept its name as `networks.architecture`.
"""

import pkgutil


def architecture_names() -> list[str]:
    """Return the names of all architectures."""
    return [module.name for module in pkgutil.iter_modules(__path__)]
