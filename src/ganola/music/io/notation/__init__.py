"""Music as it is written down: note values, voices, staves, and the drums of a percussion staff."""
