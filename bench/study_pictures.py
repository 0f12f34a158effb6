"""Draw and play what the models of a study learned: a picture of four phrases and a sound of each value.

They are the first phrases of seed 0 of each value's first training; nobody chose among them. The pictures and sounds of
docs/gans-for-music.md are made by it, of the study `ladder`.
"""

import ganola  # isort: skip  # noqa: F401 - before torch: it says how threads wait

import argparse
import re
from pathlib import Path

from ganola.music.roll import OFF, to_score
from ganola.rendering.picture import contact_sheet, png_bytes
from ganola.rendering.players import opening_heard
from ganola.rendering.selection import opening
from ganola.rendering.sound import compressed_sound
from ganola.storage import write_whole
from ganola.study.report.phrases import PhraseBook, Phrases
from ganola.study.report.results import read_results

SHOWN, COLOURS = 4, 64
SECONDS_HEARD = 11.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", type=Path, help="the folder of a study")
    parser.add_argument("out", type=Path, help="where the pictures and sounds go")
    parser.add_argument("--corpus", help="the collection; else the first one")
    chosen = parser.parse_args()
    results, book = read_results(chosen.study), PhraseBook(chosen.study)
    corpus = chosen.corpus or results.corpora[0]
    for question in results.questions:
        for number, value in enumerate(question.values):
            trial = next((one for one in value.trials if one.corpus == corpus), None)
            phrases = None if trial is None else book.phrases_of(trial)
            if phrases is not None:
                show(phrases, chosen.out, f"{question.name}-{number:02}-{file_name(value.name)}")


def show(phrases: Phrases, folder: Path, name: str) -> None:
    """Write the picture and the sound of some phrases; none of silence."""
    seen = opening(phrases.grid)
    picture = contact_sheet([("", list(phrases.cells[:SHOWN, :, : seen.steps]))], seen, phrases.tracks)
    write_whole(folder / f"{name}.png", png_bytes(picture.quantize(COLOURS)))
    print(f"{name}.png")
    if (phrases.cells[0] != OFF).any():
        heard = opening_heard(phrases.grid, phrases.tempo, SECONDS_HEARD)
        score = to_score(phrases.cells[0][:, : heard.steps], heard, phrases.tracks, phrases.tempo)
        write_whole(folder / f"{name}.mp3", compressed_sound(score)[0])
        print(f"{name}.mp3")


def file_name(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


if __name__ == "__main__":
    main()
