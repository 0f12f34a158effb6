from ganola.corpus.labels import labels_of_pieces, sort_pieces


def test_folders_of_a_piece_each_are_no_labels():
    labels = [f"folder {index}" for index in range(300)]
    assert labels_of_pieces(labels) == [""] * 300
    assert labels_of_pieces([*labels, "folder 0", "folder 1"]) == [""] * 302


def test_folders_that_sort_pieces_are_labels_even_if_some_hold_one():
    labels = ["rock"] * 5 + ["jazz"] * 4 + ["odd", ""]
    assert labels_of_pieces(labels) == labels
    assert sort_pieces({"rock": 2, "jazz": 2})
    assert not sort_pieces({"rock": 1, "jazz": 2})


def test_pieces_without_folders_have_none():
    assert not sort_pieces({"": 7})
    assert labels_of_pieces([]) == []
