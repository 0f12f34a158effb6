import numpy as np

from ganola.corpus.split import SHARES, split


def collection(count: int = 500) -> tuple[list[str], list[int], list[int]]:
    """Names, families and windows of synthetic pieces; each seventh is another version of the piece before it."""
    names = [f"piece {index:03d}" for index in range(count)]
    families = [index - 1 if index % 7 == 6 else index for index in range(count)]
    windows = np.random.default_rng(3).integers(1, 60, count).tolist()
    return names, families, windows


def test_shares_come_near_what_was_asked():
    names, families, windows = collection()
    sides = split(names, families, windows)
    for side, share in SHARES.items():
        own = sum(size for size, where in zip(windows, sides, strict=True) if where == side)
        assert abs(own / sum(windows) - share) < 0.01


def test_no_family_is_divided():
    names, families, windows = collection()
    sides = split(names, families, windows)
    assert all(sides[piece] == sides[family] for piece, family in enumerate(families))


def test_the_order_of_the_pieces_does_not_matter():
    names, families, windows = collection()
    sides = dict(zip(names, split(names, families, windows), strict=True))
    order = np.random.default_rng(4).permutation(len(names)).tolist()
    place = {piece: index for index, piece in enumerate(order)}
    shuffled = split(
        [names[piece] for piece in order],
        [place[families[piece]] for piece in order],
        [windows[piece] for piece in order],
    )
    assert [sides[names[piece]] for piece in order] == shuffled


def test_other_names_are_dealt_out_otherwise():
    names, families, windows = collection()
    renamed = [name.replace("piece", "song") for name in names]
    assert split(names, families, windows) != split(renamed, families, windows)


def test_one_piece_is_for_training():
    assert split(["only"], [0], [3]) == ["train"]


def test_ten_equal_pieces_are_eight_one_and_one():
    sides = split([f"piece {index}" for index in range(10)], list(range(10)), [5] * 10)
    assert [sides.count(side) for side in SHARES] == [8, 1, 1]


def test_pieces_without_windows_can_be_split():
    assert set(split(["a", "b"], [0, 1], [0, 0])) <= set(SHARES)
