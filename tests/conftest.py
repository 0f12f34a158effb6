"""What every test shares: shapes and types of ganola's functions checked at run time, and reproducible examples."""

import hypothesis
import jaxtyping

# Before anything of ganola is imported: every annotated call and record is then checked as the tests run.
jaxtyping.install_import_hook("ganola", "beartype.beartype")

hypothesis.settings.register_profile("ganola", deadline=None, derandomize=True, max_examples=60)
hypothesis.settings.load_profile("ganola")
