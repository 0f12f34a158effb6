"""A training's diary: how its music sounds and looks as it learns, and its numbers for TensorBoard."""

from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, UInt8

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

_SCALARS = {
    "loss/critic": "critic_loss",
    "loss/generator": "generator_loss",
    "judgement/real": "real",
    "judgement/fake": "fake",
    "penalty": "penalty",
    "gradient/critic": "critic_gradient",
    "gradient/generator": "generator_gradient",
    "warm start/reconstruction": "reconstruction",
    "warm start/divergence": "divergence",
    "prior/error": "prior_error",
}


@runtime_checkable
class Judged(Protocol):
    """What was found of a training's music: after how many samples, and how far it is from validation music."""

    @property
    def samples(self) -> int: ...

    @property
    def ratio(self) -> float: ...


@runtime_checkable
class Found(Protocol):
    """Something that the doctor found: after how many samples, in one line."""

    @property
    def samples(self) -> int: ...

    @property
    def sentence(self) -> str: ...


@runtime_checkable
class Moment(Protocol):
    """Where a training is: samples seen, samples a second, and a record with the values of `_SCALARS`."""

    @property
    def samples(self) -> int: ...

    @property
    def samples_per_second(self) -> float: ...

    @property
    def record(self) -> Any: ...


class Diary:
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

    def moment(self, moment: Moment) -> None:
        """Note the numbers of a moment of the training."""
        board = self._tensorboard(moment.samples)
        if board is None:
            return
        for tag, name in _SCALARS.items():
            value = getattr(moment.record, name)
            if value is not None:  # of another phase
                board.add_scalar(tag, value, moment.samples)
        board.add_scalar("samples_per_second", moment.samples_per_second, moment.samples)

    def judged(self, moment: Judged) -> None:
        """Note how far the music is from validation music."""
        board = self._tensorboard(moment.samples)
        if board is not None:
            board.add_scalar("validation/distance over floor", moment.ratio, moment.samples)

    def found(self, finding: Found) -> None:
        """Note what is wrong with the training."""
        board = self._tensorboard(finding.samples)
        if board is not None:
            board.add_text("doctor", finding.sentence, finding.samples)

    def snapshot(self, samples: int, rolls: Bool[np.ndarray, "phrases tracks planes steps pitches"]) -> None:
        """Write the phrases as one picture, and, a bar of rest after each, as one MIDI file."""
        phrases = from_planes(rolls)
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
