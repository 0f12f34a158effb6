"""Assemble a corpus from its packed shards: tell tunes apart, split them, and write the records and the manifest."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

import numpy as np

from ganola.corpus.build_folder import BuildFolder, write_rejections
from ganola.corpus.columns import load_record
from ganola.corpus.labels import class_labels
from ganola.corpus.packing import ShardSummary
from ganola.corpus.pieces import Piece, Rejection, piece_line
from ganola.corpus.plan import PLAN, WrittenPlan
from ganola.corpus.shards import shard_paths
from ganola.corpus.similarity import group_same_tunes
from ganola.corpus.split import split
from ganola.corpus.stages import unread_archives
from ganola.corpus.store import FORMAT_VERSION, PIECES, REJECTED, Manifest, fingerprint, write_manifest
from ganola.records import checksum_of_file
from ganola.storage import whole_file, write_whole


@dataclass(slots=True)
class _Totals:
    """What is needed of all pieces at once. The pieces themselves are not kept: there can be very many."""

    names: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    windows: list[int] = field(default_factory=list)
    tempos: list[float] = field(default_factory=list)
    checksums: list[str] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    sketches: list[np.ndarray] = field(default_factory=lambda: [np.zeros(0, np.uint32)])
    lengths: list[np.ndarray] = field(default_factory=lambda: [np.zeros(0, np.int64)])
    owners: list[np.ndarray] = field(default_factory=lambda: [np.zeros(0, np.int64)])

    def add(self, summary: ShardSummary) -> None:
        self.sketches.append(summary.sketches)
        self.lengths.append(summary.lengths)
        self.owners.append(summary.piece_of_line + len(self.names))
        self.rejections += summary.rejections
        self.checksums += summary.checksums
        for piece in summary.pieces:
            self.names.append(piece.name)
            self.labels.append(piece.label)
            self.windows.append(piece.windows)
            self.tempos.append(piece.tempo)

    def families(self) -> list[int]:
        """Return for each piece the index of the first piece of its tune."""
        sketches, lengths, owners = map(np.concatenate, (self.sketches, self.lengths, self.owners))
        return group_same_tunes(sketches, lengths, owners, len(self.names))


def assemble(folder: BuildFolder, written: WrittenPlan, summaries: Sequence[Path], stamp: str) -> None:
    """Write a corpus: all but its shards, and last of all the manifest, by which it is finished."""
    write_whole(folder.path / PLAN, written.text)
    totals = _Totals(rejections=unread_archives(folder.source))
    for path in summaries:
        totals.add(load_record(path, ShardSummary))
    labels, families = class_labels(totals.labels), totals.families()
    splits = split(totals.names, families, totals.windows, labels)

    def pieces() -> Iterator[Piece]:
        known = zip(labels, splits, families, strict=True)
        read = chain.from_iterable(load_record(path, ShardSummary).pieces for path in summaries)
        for piece, (label, side, family) in zip(read, known, strict=True):
            yield replace(piece, label=label, split=side, family=totals.names[family])

    with whole_file(folder.path / PIECES) as unfinished, unfinished.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(map(piece_line, pieces()))
    write_rejections(folder.path, totals.rejections)
    shards = [path for shard in range(len(summaries)) for path in shard_paths(folder.path, shard)]
    files = {name: checksum_of_file(folder.path / name) for name in (PLAN, PIECES, REJECTED)}
    plan = written.plan
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        source=folder.source.name,
        grid=plan.grid,
        tracks=plan.corpus_tracks,
        common_tonic=plan.common_tonic,
        tempo=folder.source.tempo or statistics.median(totals.tempos),
        fingerprint=fingerprint(plan, pieces(), folder.path, len(summaries)),
        labels=tuple(sorted(set(labels) - {""})),
        stamp=stamp,
        files=files | dict(zip([path.name for path in shards], totals.checksums, strict=True)),
    )
    write_manifest(folder.path, manifest)
