"""Music: time signatures, grids, tracks, notes, rolls and keys; and, in `io`, the files that it comes from."""
