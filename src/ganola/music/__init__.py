"""Music as ganola sees it: grids, tracks, scores, rolls, keys, and the files they come from."""
