"""A folder of music files becomes a corpus: packed bars on disk, split by piece, with an account of every file."""
