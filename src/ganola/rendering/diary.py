"""A training's diary: how its music sounds and looks as it learns, and its numbers for TensorBoard."""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from ganola.events import Callback, Diagnosed, Snapshot, StepLogged, Validated, WentBack
from ganola.music.grid import Grid
from ganola.music.io.midi.write import write_midi
from ganola.music.roll import from_planes, to_score
from ganola.music.tracks import Track
from ganola.rendering.picture import contact_sheet, png_bytes, roll_array
from ganola.rendering.sound import no_sound, wav_bytes, waveform
from ganola.storage import write_whole
from ganola.wording import counted

SAMPLES = "samples"  # the folder of the music
TENSORBOARD = "tensorboard"  # and of TensorBoard's events
PHRASES_HEARD = 4  # a snapshot, in TensorBoard: each is about a megabyte


class Diary(Callback):
    """Keeps a training's snapshots as MIDI and PNG, and all of it in TensorBoard where that is installed.

    The music goes to `folder`/samples, in files named by the samples seen. `tempo` is in quarter notes a
    minute.
    """

    def __init__(
        self, folder: Path, grid: Grid, tracks: tuple[Track, ...], tempo: float, tensorboard: bool = True
    ) -> None:
        self.folder = folder
        self.grid = grid
        self.tracks = tracks
        self.tempo = tempo
        self._wants_tensorboard = tensorboard
        self._board: Any = None

    def on_step(self, event: StepLogged) -> None:
        """Write the numbers of a step: each metric, and each network's gradient norm, by name."""
        board = self._tensorboard(event.samples)
        if board is None:
            return
        for name, value in event.metrics.items():
            board.add_scalar(f"metrics/{name}", value, event.samples)
        for network, norm in event.gradient_norms.items():
            board.add_scalar(f"gradient_norms/{network}", norm, event.samples)
        board.add_scalar("samples_per_second", event.samples_per_second, event.samples)

    def on_validated(self, event: Validated) -> None:
        """Write how far the music is from validation music."""
        board = self._tensorboard(event.samples)
        if board is not None:
            board.add_scalar("validation/ratio", event.ratio, event.samples)

    def on_diagnosed(self, event: Diagnosed) -> None:
        """Write what is wrong with the training."""
        board = self._tensorboard(event.samples)
        if board is not None:
            board.add_text("doctor", event.sentence, event.samples)

    def on_went_back(self, event: WentBack) -> None:
        """Write that the game goes on from the best model."""
        board = self._tensorboard(event.samples)
        if board is not None:
            board.add_text("game", event.sentence, event.samples)

    def on_snapshot(self, event: Snapshot) -> None:
        """Write the phrases as one picture, and, a bar of rest after each, as one MIDI file."""
        phrases, samples = from_planes(event.rolls), event.samples
        place = self.folder / SAMPLES / f"{samples:09d}"
        about, title = {"samples": samples}, f"after {counted(samples, 'sample')}"
        score = to_score(in_a_row(phrases, self.grid), self.grid, self.tracks, self.tempo)
        write_midi(score, place.with_suffix(".mid"), about, title=title)
        sheet = contact_sheet([(title, list(phrases))], self.grid, self.tracks)
        write_whole(place.with_suffix(".png"), png_bytes(sheet, about))
        board = self._tensorboard(samples)
        if board is not None:
            self._show(board, samples, phrases)

    def close(self) -> None:
        """Write what TensorBoard still holds back."""
        if self._board is not None:
            self._board.close()

    def _show(self, board: Any, samples: int, phrases: UInt8[np.ndarray, "phrases tracks steps pitches"]) -> None:
        for number, cells in enumerate(phrases, start=1):
            board.add_image(f"phrase/{number}", roll_array(cells, self.grid), samples, dataformats="HWC")
        if no_sound() is None:
            for number, cells in enumerate(phrases[:PHRASES_HEARD], start=1):
                sound = waveform(wav_bytes(to_score(cells, self.grid, self.tracks, self.tempo)))
                board.add_audio(f"phrase/{number}", sound.samples.mean(axis=1), samples, sample_rate=sound.rate)
        board.flush()

    def _tensorboard(self, samples: int) -> Any:
        """Return TensorBoard's writer, or None where there is none, or where it cannot write the folder's name.

        The first thing noted says where the training is. What an earlier process noted from there on is void:
        a training goes on from its last checkpoint, and takes the steps after it again.
        """
        if self._board is None and self._wants_tensorboard:
            try:
                from torch.utils.tensorboard import SummaryWriter

                self._board = SummaryWriter(str(self.folder / TENSORBOARD), purge_step=samples)
            except (ImportError, UnicodeEncodeError):
                self._wants_tensorboard = False
        return self._board


def in_a_row(
    phrases: UInt8[np.ndarray, "phrases tracks steps pitches"], grid: Grid
) -> UInt8[np.ndarray, "tracks all_steps pitches"]:
    """Return the cells of one phrase after another, a bar of rest after each."""
    rested = np.pad(phrases, ((0, 0), (0, 0), (0, grid.steps_per_bar), (0, 0)))
    return rested.transpose(1, 0, 2, 3).reshape(phrases.shape[1], -1, phrases.shape[3])
