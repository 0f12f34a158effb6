"""Make the sound in docs/sounds/: the first phrases of the model that comes with ganola, one after the other, as MP3.

They are the first two of seed 0, and nobody chose them. It needs soundfile's encoder, which ganola's install brings.
"""

import argparse
from pathlib import Path

import numpy as np

from ganola.app.defaults import BUILT_IN
from ganola.app.projects import built_in_models
from ganola.music.roll import to_score
from ganola.networks.model_file import load_model
from ganola.playing.generate import generate
from ganola.rendering.sound import compressed_sound
from ganola.storage import write_whole

SOUND = Path(__file__).resolve().parents[1] / "docs" / "sounds" / f"{BUILT_IN}.mp3"
PHRASES, SEED = 2, 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=SOUND, metavar="FILE", help="the MP3 file to write")
    out = parser.parse_args().out
    model = load_model(built_in_models()[BUILT_IN])
    cells = np.concatenate([phrase.cells for phrase in generate(model, PHRASES, SEED)], axis=1)
    sound, kind = compressed_sound(to_score(cells, model.spec.grid, model.spec.tracks, model.record.tempo))
    if kind != "audio/mpeg":
        parser.error("soundfile is not installed: pip install soundfile")
    write_whole(out, sound)
    print(f"{out}: {len(sound):,} bytes")


if __name__ == "__main__":
    main()
