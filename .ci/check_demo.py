"""Fails unless the demo left eight phrases that read back as music, beside their pictures, sound and report."""

import sys
from pathlib import Path

from PIL import Image

from ganola.music.io.files import read_provenance, read_score
from ganola.networks.model_file import load_model

folder = Path(sys.argv[1])
midi = sorted((folder / "phrases").glob("*.mid"))
if len(midi) < 8:
    sys.exit(f"only {len(midi)} MIDI files in {folder / 'phrases'}")
model = load_model(folder / "run" / "model.safetensors")
for path in midi:
    score = read_score(path)
    provenance = read_provenance(path)
    if len(score.notes) < 8 or len(score.tracks) < 2:
        sys.exit(f"{path} is no music: {len(score.notes)} notes in {len(score.tracks)} tracks")
    if provenance is None or provenance["model"] != model.digest:
        sys.exit(f"{path} does not say that {model.digest} made it")
    if not path.with_suffix(".wav").read_bytes().startswith(b"RIFF"):
        sys.exit(f"no sound beside {path}")
    Image.open(path.with_suffix(".png")).verify()
for picture in (folder / "contact-sheet.png", folder / "run" / "curves.png"):
    Image.open(picture).verify()
if not (folder / "chorales.corpus" / "manifest.json").is_file():
    sys.exit("the demo left no corpus")
print(f"{len(midi)} phrases of {folder} read back as music")
