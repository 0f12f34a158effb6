import io
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ganola.events import Diagnosed, Snapshot, StepLogged
from ganola.music.grid import Grid
from ganola.music.io.files import read_score
from ganola.music.roll import encode, to_planes
from ganola.music.score import Notes, quantise
from ganola.music.tracks import Track
from ganola.rendering.diary import Diary
from ganola.rendering.sound import no_sound

GRID = Grid(lowest=48, pitches=25, steps_per_quarter=4, metre="3/4", bars=2)
TRACKS = (Track(name="flute", program=73), Track(name="bass", program=32))
FIRST = [(0, 0, 3, 60), (0, 3, 6, 60), (1, 0, 24, 48)]
SECOND = [(0, 5, 7, 72), (1, 20, 24, 50)]


METRICS = {"critic_loss": -1.5, "generator_loss": 2.5, "penalty": 0.125, "real_logits": 1.0, "fake_logits": -0.5}
GRADIENTS = {"critic": 3.0, "generator": 4.0}


def logged(samples: int) -> StepLogged:
    return StepLogged(1, samples, 1.0, 0.5, 640.0, "adversarial", METRICS, GRADIENTS)


def rolls() -> np.ndarray:
    return to_planes(np.stack([encode(Notes.of(rows), 2, GRID.steps, GRID) for rows in (FIRST, SECOND)]))


def diary(folder: Path, *, tensorboard: bool = False) -> Diary:
    return Diary(folder, GRID, TRACKS, tempo=96.0, tensorboard=tensorboard)


def board(folder: Path) -> Any:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    events = accumulator.EventAccumulator(str(folder / "tensorboard"), size_guidance={"images": 0, "audio": 0})
    return events.Reload()


def test_a_snapshot_is_the_phrases_in_a_row_with_a_bar_of_rest_between(tmp_path: Path) -> None:
    diary(tmp_path).on_snapshot(Snapshot(1234, rolls()))
    score = quantise(read_score(tmp_path / "samples" / "000001234.mid"), GRID.steps_per_quarter)
    later = (GRID.bars + 1) * GRID.steps_per_bar
    expected = FIRST + [(track, start + later, end + later, pitch) for track, start, end, pitch in SECOND]
    assert score.notes.rows() == sorted(expected)
    assert score.tempo == pytest.approx(96.0, abs=0.01)
    assert str(score.metres[0]) == "3/4"
    assert [track.name for track in score.tracks] == ["flute", "bass"]


def test_a_snapshot_is_a_picture_too(tmp_path: Path) -> None:
    diary(tmp_path).on_snapshot(Snapshot(0, rolls()))
    picture = Image.open(io.BytesIO((tmp_path / "samples" / "000000000.png").read_bytes()))
    assert len(picture.convert("RGB").getcolors(1 << 16)) > 8
    assert picture.info["ganola"] == '{"samples":0}'


def test_rolls_of_one_plane_are_understood(tmp_path: Path) -> None:
    diary(tmp_path).on_snapshot(Snapshot(64, rolls().any(axis=2, keepdims=True)))
    score = read_score(tmp_path / "samples" / "000000064.mid")
    assert len(score.notes) == len(FIRST) + len(SECOND) - 1  # one plane cannot tell the repeated note


def test_silent_rolls_are_kept(tmp_path: Path) -> None:
    diary(tmp_path).on_snapshot(Snapshot(64, np.zeros_like(rolls())))
    assert sorted(path.name for path in (tmp_path / "samples").iterdir()) == [
        "000000064.mid",
        "000000064.png",
    ]


@pytest.mark.parametrize("wanted", [False, True])
def test_without_tensorboard_nothing_is_missing_but_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: bool
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    kept = diary(tmp_path, tensorboard=wanted)
    kept.on_step(logged(64))
    kept.on_snapshot(Snapshot(64, rolls()))
    kept.close()
    assert [path.name for path in tmp_path.iterdir()] == ["samples"]


def test_tensorboard_gets_numbers_pictures_and_sound(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    kept = diary(tmp_path, tensorboard=True)
    kept.on_snapshot(Snapshot(0, rolls()))
    kept.on_step(logged(64))
    kept.close()
    events = board(tmp_path)
    for tag, value in (("metrics/critic_loss", -1.5), ("metrics/penalty", 0.125), ("gradient_norms/generator", 4.0)):
        assert [(event.step, event.value) for event in events.Scalars(tag)] == [(64, value)]
    assert sorted(events.Tags()["images"]) == ["phrase/1", "phrase/2"]
    image = events.Images("phrase/1")[0]
    assert (image.width, image.height) == (5 * GRID.steps, 4 * GRID.pitches)
    if no_sound() is None:
        sound = events.Audio("phrase/2")[0]
        assert sound.length_frames / sound.sample_rate == pytest.approx(24 / 4 * 60 / 96 + 2, abs=0.3)


def test_tensorboard_gets_what_the_doctor_found(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    kept = diary(tmp_path, tensorboard=True)
    kept.on_diagnosed(Diagnosed("silence", 64, 640, "The generator is silent", ("vae.share=0.5",)))
    kept.close()
    (event,) = board(tmp_path).Tensors("doctor/text_summary")
    assert (event.step, event.tensor_proto.string_val[0]) == (
        640,
        b"The generator is silent. Next time: --set vae.share=0.5",
    )


def test_without_sound_tensorboard_gets_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tensorboard")
    monkeypatch.setitem(sys.modules, "midirenderer", None)
    kept = diary(tmp_path, tensorboard=True)
    kept.on_snapshot(Snapshot(0, rolls()))
    kept.close()
    tags = board(tmp_path).Tags()
    assert tags["images"]
    assert not tags["audio"]


def test_a_training_that_goes_on_overrides_what_was_lost(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    for samples in ([64, 128, 192, 256], [192, 320]):  # cut off at 256, saved between 128 and 192
        kept = diary(tmp_path, tensorboard=True)
        for seen in samples:
            kept.on_step(logged(seen))
        kept.close()
        time.sleep(1.1)  # TensorBoard orders files by the second they were begun in; a run goes on in a later one
    assert [event.step for event in board(tmp_path).Scalars("metrics/critic_loss")] == [64, 128, 192, 320]
