"""Export the pieces of a corpus as the networks see them."""

from pathlib import Path

from ganola.app.watcher import SILENT, Watcher
from ganola.corpus.pieces import Piece
from ganola.corpus.store import Corpus, open_corpus
from ganola.errors import InputError
from ganola.folders import begin_folder
from ganola.music.io.midi.write import midi_bytes
from ganola.music.key import key_of
from ganola.music.roll import to_score
from ganola.storage import within, write_whole


def export_split(corpus_folder: Path, folder: Path, split: str, *, watcher: Watcher = SILENT) -> int:
    """Write the pieces of a split of a corpus to `folder` as MIDI, and return how many they are.

    Raises InputError where there are none, and TakenError where `folder` holds something.
    """
    corpus = open_corpus(corpus_folder)
    pieces = corpus.of_split(split)
    if not pieces:
        raise InputError(f"the {split} split of {corpus_folder} has no pieces", "Build a corpus from more music.")
    with begin_folder(folder) as unfinished, watcher.task("export") as progress:
        for done, piece in enumerate(pieces, start=1):
            # Folders are kept, and all that comes before the last .mid: no two pieces share a file.
            path = within(unfinished.folder, f"{piece.name.removesuffix('.mid')}.mid")
            write_whole(path, piece_midi(corpus, piece))
            progress("writing", done, len(pieces))
        unfinished.finish()
    return len(pieces)


def piece_midi(corpus: Corpus, piece: Piece) -> bytes:
    """Return a piece of a corpus as MIDI, exactly as the networks see it: same grid, same key."""
    score = to_score(corpus.piece_cells(piece), corpus.grid, corpus.tracks, piece.tempo)
    about = {
        "corpus": corpus.manifest.fingerprint,
        "piece": piece.name,
        "split": piece.split,
        "key": piece.key,
        "transposed": piece.semitones,
    }
    tonic = 0 if corpus.manifest.common_tonic else None
    return midi_bytes(score, about, title=piece.name, key=key_of(score, tonic))
