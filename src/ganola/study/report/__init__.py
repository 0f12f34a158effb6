"""The report of a study: a page for people, and the same as numbers for programs."""
