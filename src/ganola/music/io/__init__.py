"""Music files in and out: a table of formats, and a folder for each."""
