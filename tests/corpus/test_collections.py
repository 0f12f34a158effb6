"""The built-in collections, as the installed music21 holds them."""

import io
import re
import subprocess
import sys
import zipfile
from collections import Counter
from functools import cache
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from ganola.corpus import collections
from ganola.corpus.collections import COLLECTIONS, OTHER_KIND
from ganola.corpus.source import SourceFile
from ganola.errors import InputError
from ganola.music.io.files import read_score
from ganola.music.metre import TimeSignature
from ganola.music.tracks import Track

FEWEST = {"chorales": 410, "quartets": 46, "palestrina": 1318, "folk": 1059, "madrigals": 48}
RESTRICTIVE = ("licence", "license", "reserved", "commercial", "restrict")
PART_NAME = re.compile("<part-name[^>]*>([^<]*)</part-name>")
SATB = ["Soprano", "Alto", "Tenor", "Bass"]
FIVE_VOICES = ["Canto", "Quinto", "Alto", "Tenor", "Basso"]


@cache
def files(collection: str) -> dict[str, SourceFile]:
    return {file.name: file for file in COLLECTIONS[collection].files()}


def text(file: SourceFile) -> str:
    """The file as text, unpacked where it is compressed MusicXML."""
    data = file.path.read_bytes()
    if file.path.suffix == ".mxl":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = max((archive.read(name) for name in archive.namelist()), key=len)
    return data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "latin-1")


def part_names(file: SourceFile) -> list[str]:
    return [name.strip() for name in PART_NAME.findall(text(file))]


def names_taken(track: Track) -> tuple[str, ...]:
    return getattr(track, "takes", ()) or (track.name,)


def test_each_is_under_its_own_name():
    assert list(COLLECTIONS) == list(FEWEST)
    assert all(collection.name == name for name, collection in COLLECTIONS.items())


@pytest.mark.parametrize("name", FEWEST)
def test_its_files_are_there_in_order_of_name_each_once(name: str):
    found = COLLECTIONS[name].files()
    names = [file.name for file in found]
    assert names == sorted(set(names))
    assert len(found) >= FEWEST[name]
    assert all(file.path.is_file() and file.member is None for file in found)


@pytest.mark.parametrize("name", FEWEST)
def test_a_name_is_the_way_to_the_file_in_the_corpus_of_music21(name: str):
    for file in files(name).values():
        assert file.path.as_posix().endswith(f"/music21/corpus/{file.name}{file.path.suffix}")


def test_finding_them_does_not_import_music21():
    find = (
        "import sys\n"
        "from ganola.corpus.collections import COLLECTIONS\n"
        "assert all(collection.files() for collection in COLLECTIONS.values())\n"
        "assert 'music21' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", find], check=True)


class TestLabels:
    def test_chorales_have_none(self):
        assert {file.label for file in files("chorales").values()} == {""}

    def test_quartets_are_labelled_by_composer(self):
        labels = Counter(file.label for file in files("quartets").values())
        assert labels.keys() == {"Haydn", "Mozart", "Beethoven"}
        assert labels >= Counter({"Haydn": 9, "Mozart": 15, "Beethoven": 22})
        assert files("quartets")["mozart/k458/movement2"].label == "Mozart"

    def test_masses_are_labelled_by_movement(self):
        labels = {file.label for file in files("palestrina").values()}
        assert labels == {"Kyrie", "Gloria", "Credo", "Sanctus", "Benedictus", "Agnus"}
        assert files("palestrina")["palestrina/Agnus_II_03_b"].label == "Agnus"
        assert files("palestrina")["palestrina/Credo_06_i"].label == "Credo"

    def test_madrigals_are_labelled_by_book(self):
        labels = Counter(file.label for file in files("madrigals").values())
        assert labels == {"book 3": 20, "book 4": 20, "book 5": 8}

    def test_tunes_are_labelled_by_kind(self):
        labels = Counter(file.label for file in files("folk").values())
        kinds = {"reel": 439, "hornpipe": 250, "jig": 239, "strathspey": 49, "clog": 37, "slip jig": 17, "fling": 16}
        assert labels >= Counter(kinds)
        assert labels[OTHER_KIND] < 10

    @pytest.mark.parametrize(
        ("name", "label"),
        [
            ("AcaciaReel", "reel"),
            ("42dHighlandRegimentStrathspey", "strathspey"),
            ("AndrewCareysSlipjig", "slip jig"),
            ("BeebesHornpipe", "hornpipe"),  # only its title says so
            ("WalkAroundChawRoastBeef", "walkaround"),  # as does this one's, in two words
            ("EssenceOfOldVirginny", OTHER_KIND),
        ],
    )
    def test_the_kind_of_one_tune(self, name: str, label: str):
        assert files("folk")[f"ryansMammoth/{name}"].label == label

    @pytest.mark.parametrize(
        ("tune", "label"),
        [
            ("X:1\nT:The Jig -- REEL\nR: Reel\nK:C\n", "reel"),
            ("X:1\nT:THE CAT'S HORNPIPE\nR:\nK:C\n", "hornpipe"),
            ("X:1\nR:slipjig\nK:C\n", "slip jig"),
            ("X:1\nT:Nobody's\nN: a reel\nK:C\n", OTHER_KIND),
            ("X:1\nT:Caf\xe9 Clog\nK:C\n", "clog"),
        ],
    )
    def test_the_rhythm_field_tells_it_or_else_the_title(self, corpus: Path, tune: str, label: str):
        (corpus / "ryansMammoth").mkdir()
        (corpus / "ryansMammoth" / "tune.abc").write_bytes(tune.encode("latin-1"))
        assert [file.label for file in COLLECTIONS["folk"].files()] == [label]


class TestWhatIsLeftOut:
    def test_a_piece_is_read_from_one_of_its_formats(self):
        first_movement = files("quartets")["beethoven/opus18no1/movement1"].path
        assert first_movement.suffix == ".mxl"
        assert first_movement.with_suffix(".krn").is_file()  # else this test shows nothing
        assert files("chorales")["bach/bwv366"].path.suffix == ".mxl"

    def test_a_piece_in_the_lesser_format_alone_is_read_from_that(self, corpus: Path):
        (corpus / "bach").mkdir()
        for name in ("bwv1.krn", "bwv1.xml", "bwv2.1.krn", "bwv3.rntxt", "bwv3.txt"):
            (corpus / "bach" / name).touch()
        assert [(file.name, file.path.name) for file in COLLECTIONS["chorales"].files()] == [
            ("bach/bwv1", "bwv1.xml"),
            ("bach/bwv2.1", "bwv2.1.krn"),
        ]

    def test_mozarts_piano_sonata_is_no_quartet(self):
        assert not any("k545" in name for name in files("quartets"))

    def test_the_older_copy_of_a_madrigal_is_left_out(self):
        assert "monteverdi/madrigal.3.1" in files("madrigals")
        assert not any("old" in name for name in files("madrigals"))


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The empty corpus of another music21."""
    spec = ModuleSpec("music21", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(collections, "find_spec", lambda name: spec if name == "music21" else None)
    (tmp_path / "corpus").mkdir()
    return tmp_path / "corpus"


@pytest.mark.parametrize("name", FEWEST)
def test_a_music21_without_its_music_is_told_of(corpus: Path, name: str):
    with pytest.raises(InputError, match="lacks the music") as caught:
        COLLECTIONS[name].files()
    assert "pip install" in caught.value.remedy


class TestLicences:
    """What is printed of a licence is what the files say, so the files are asked."""

    def test_each_repeats_the_reservation_of_music21(self):
        for collection in COLLECTIONS.values():
            assert "may not be used commercially" in collection.licence
            assert "music21" in collection.about

    def test_every_file_of_palestrina_reserves_rights(self):
        for file in files("palestrina").values():
            assert "Copyright 2000, John Miller" in text(file)
            assert "Rights to all derivative electronic formats reserved" in text(file)
        assert "copyright 2000 John Miller" in COLLECTIONS["palestrina"].licence
        assert "rights to all derivative electronic formats reserved" in COLLECTIONS["palestrina"].licence

    @pytest.mark.parametrize("name", ["chorales", "quartets", "folk", "madrigals"])
    def test_no_file_of_the_others_states_a_restriction(self, name: str):
        for file in files(name).values():
            words = text(file).casefold()
            assert not [word for word in RESTRICTIVE if word in words], file.name

    def test_most_chorales_bear_a_name(self):
        marked = sum("Margaret Greentree" in text(file) for file in files("chorales").values())
        assert marked > 0.8 * len(files("chorales"))
        assert "Margaret Greentree" in COLLECTIONS["chorales"].licence

    @pytest.mark.parametrize("name", ["quartets", "folk"])
    def test_these_bear_no_copyright(self, name: str):
        assert not [file.name for file in files(name).values() if "copyright" in text(file).casefold()]
        assert (
            "neither a copyright" in COLLECTIONS[name].licence or "none states a copyright" in COLLECTIONS[name].licence
        )

    def test_the_edition_is_named_in_the_fifth_book_alone(self):
        named = {file.label for file in files("madrigals").values() if "ORPHEUS" in text(file)}
        assert named == {"book 5"}


class TestTracks:
    @pytest.mark.parametrize(
        ("name", "monophonic", "programs"),
        [("chorales", True, {52}), ("quartets", False, {40, 41, 42}), ("folk", True, {40}), ("madrigals", True, {52})],
    )
    def test_only_the_strings_of_a_quartet_sound_several_notes_at_once(
        self, name: str, monophonic: bool, programs: set[int]
    ):
        tracks = COLLECTIONS[name].tracks or ()
        assert {track.monophonic for track in tracks} == {monophonic}
        assert {track.program for track in tracks} == programs

    def test_a_piece_of_palestrina_may_lack_a_voice_and_double_another(self):
        collection = COLLECTIONS["palestrina"]
        assert [track.name for track in collection.tracks or ()] == SATB
        assert not any(track.monophonic for track in collection.tracks or ())
        assert [name for name, other in COLLECTIONS.items() if not other.complete] == ["palestrina"]

    def test_every_quartet_has_the_four_instruments_under_names_that_are_known(self):
        tracks = COLLECTIONS["quartets"].tracks or ()
        for file in files("quartets").values():
            places = [
                index for name in part_names(file) for index, track in enumerate(tracks) if name in names_taken(track)
            ]
            assert places == [0, 1, 2, 3], f"{file.name}: {part_names(file)}"

    def test_every_madrigal_but_one_names_its_five_voices(self):
        voices = sorted(track.name for track in COLLECTIONS["madrigals"].tracks or ())
        others = [file for file in files("madrigals").values() if not set(voices) <= set(part_names(file))]
        assert [len(part_names(file)) for file in others] == [5]  # so that the order tells them

    @pytest.mark.parametrize(
        ("collection", "name", "parts", "metre"),
        [
            ("chorales", "bach/bwv66.6", SATB, "4/4"),
            ("quartets", "haydn/opus1no1/movement1", ["Violin I", "Violin II", "Viola", "Cello"], "6/8"),
            ("palestrina", "palestrina/Kyrie_02", SATB, "4/2"),
            ("madrigals", "monteverdi/madrigal.3.19", FIVE_VOICES, "4/4"),
        ],
    )
    def test_one_of_its_files_as_it_is_read(self, collection: str, name: str, parts: list[str], metre: str):
        score = read_score(files(collection)[name].path)
        assert [track.name for track in score.tracks] == parts
        assert [str(metre) for metre in score.metres] == [metre]
        assert COLLECTIONS[collection].metre in (TimeSignature.parse(metre), None)
        tracks = COLLECTIONS[collection].tracks
        if tracks is not None:
            assert [[part for part in parts if part in names_taken(track)] for track in tracks] == [[p] for p in parts]

    def test_a_tune_is_one_line(self):
        score = read_score(files("folk")["ryansMammoth/AcaciaReel"].path)
        assert len(score.tracks) == len(COLLECTIONS["folk"].tracks or ()) == 1
        assert len(score.notes) > 50


def test_the_chorales_which_seldom_state_a_tempo_have_a_slow_one():
    stated = [re.search(r'<per-minute>|tempo="', text(file)) for file in files("chorales").values()]
    assert sum(map(bool, stated)) < len(stated) / 4
    assert COLLECTIONS["chorales"].tempo == 90.0
