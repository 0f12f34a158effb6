"""A model's phrases to be judged, and what only a model can be asked: how its latents and its critic behave."""

import numpy as np
from jaxtyping import UInt8

from ganola.corpus.store import Corpus
from ganola.judging.analysis import Cells
from ganola.judging.bootstrap import Estimate
from ganola.judging.calibration import Reliability, measure_reliability, probability_real
from ganola.judging.critic_scores import critic_scores
from ganola.judging.diversity import jaccard_distances
from ganola.judging.reference import Reference, refuse_other_music
from ganola.judging.results import Candidate
from ganola.judging.validation import PHRASES, load_validation
from ganola.judging.windows import independent
from ganola.networks.model import Model
from ganola.playing.generate import generate, play_latents
from ganola.playing.latents import rotate_towards
from ganola.randomness import Purpose, latents, stream
from ganola.wording import counted

ANGLES = (2.0, 10.0, 30.0, 90.0)  # degrees between two latents whose phrases are compared
ANGLED = 64  # pairs of them


def audition(model: Model, name: str, reference: Reference, count: int, seed: int) -> Candidate:
    """Return `count` phrases of a model, to be judged.

    Raises InputError where the reference has another grid or tracks.
    """
    refuse_other_music(reference.corpus, model.spec.grid, model.spec.tracks, name)
    cells = np.stack([phrase.cells for phrase in generate(model, count, seed)])
    record, remarks = model.record, []
    if record.corpus_fingerprint != reference.corpus.manifest.fingerprint:
        remarks.append("It learned from another corpus: what it is compared with may be music that it has seen.")
    relied, judged = _judge(model, cells, reference.held_out.cells)
    if relied is None:
        remarks.append("Its critic's judgement is not calibrated, so there is no J of its phrases.")
    return Candidate(
        kind="model",
        music=independent(name, cells),
        about=f"model {model.digest}; {model.spec.networks.architecture} networks, "
        f"trained for {counted(record.steps, 'step')} on {counted(record.samples, 'sample')}",
        sensitivity=sensitivity(model, seed),
        reliability=relied,
        mean_judgement=judged,
        remarks=tuple(remarks),
    )


def validation_ratio(model: Model, corpus: Corpus, seed: int) -> Estimate:
    """Return how far the phrases are from validation music by which a training with this seed judges its models."""
    held = load_validation(corpus)
    if held is None:
        raise ValueError("a corpus without validation music")
    r = latents(PHRASES, model.spec.latent, stream(seed, Purpose.VALIDATION))
    return held.estimate(play_latents(model, r))


def sensitivity(model: Model, seed: int) -> tuple[tuple[float, float], ...]:
    """Return for each of ANGLES what share of the notes changes, on average, when the latent is rotated so far."""
    length = model.spec.latent
    one = latents(ANGLED, length, stream(seed, Purpose.SENSITIVITY))
    other = latents(ANGLED, length, stream(seed, Purpose.SENSITIVITY, 1))
    played = play_latents(model, one)
    return tuple(
        (degrees, float(jaccard_distances(played, play_latents(model, rotate_towards(one, other, degrees))).mean()))
        for degrees in ANGLES
    )


def _judge(
    model: Model, generated: Cells, real: UInt8[np.ndarray, "real tracks steps pitches"]
) -> tuple[Reliability | None, float | None]:
    """Return how reliable J is on as many real phrases as generated ones, and the mean J of the latter."""
    calibration = model.record.calibration
    if model.critic is None or calibration is None:
        return None, None
    planes, count = model.spec.planes, min(len(generated), len(real))
    of_generated, of_real = (
        probability_real(calibration, critic_scores(model.critic, cells, planes)) for cells in (generated, real)
    )
    both = np.concatenate([of_real[:count], of_generated[:count]])
    return measure_reliability(both, np.arange(2 * count) < count), float(of_generated.mean())
