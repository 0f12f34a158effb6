from ganola.corpus.labels import are_classes, class_labels


def test_folders_of_a_piece_each_are_no_labels():
    labels = [f"folder {index}" for index in range(300)]
    assert class_labels(labels) == [""] * 300
    assert class_labels([*labels, "folder 0", "folder 1"]) == [""] * 302


def test_folders_that_sort_pieces_are_labels_even_if_some_hold_one():
    labels = ["rock"] * 5 + ["jazz"] * 4 + ["odd", ""]
    assert class_labels(labels) == labels
    assert are_classes({"rock": 2, "jazz": 2})
    assert not are_classes({"rock": 1, "jazz": 2})


def test_pieces_without_folders_have_none():
    assert not are_classes({"": 7})
    assert class_labels([]) == []
