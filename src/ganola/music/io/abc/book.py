"""The tunes of an ABC book (the ABC standard 2.1, section 2)."""

import re
from collections import Counter

from ganola.music.io.limits import refusal
from ganola.music.io.texts import decode_text, plain_text

MAX_TUNES = 20_000

_NUMBER = re.compile(r"^X:[ \t]*(\d*)", re.MULTILINE)
_CHARSET = re.compile(r"^(?:%%|I:)abc-charset[ \t]+(iso-8859-\d{1,2})", re.MULTILINE | re.IGNORECASE)
_BOOK_FIELD = re.compile(r"^(?:[LMQ]:|%%MIDI|I:[ ]*MIDI).*", re.MULTILINE)  # what of its head is valid for each tune


def split_book(data: bytes) -> list[tuple[str, str]]:
    """Return the tunes of a book: the mark of each, "#" and its number ("" for the only one), and its text.

    What a book says before its first tune goes for each. Raises InputError, with a problem that does not name the file,
    where there is no tune.
    """
    text = _decode_book(data).replace("\r\n", "\n").replace("\r", "\n")
    heads = list(_NUMBER.finditer(text))
    if not heads:
        raise refusal("no tune in it (in ABC a tune begins with a line of X: and a number)")
    if len(heads) > MAX_TUNES:
        raise refusal(f"a book of {len(heads):,} tunes, more than the {MAX_TUNES:,} that ganola reads from one file")
    common = "\n".join(_BOOK_FIELD.findall(text[: heads[0].start()]))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    texts = [f"{common}\n{text[head.end() : end]}" for head, end in zip(heads, ends, strict=True)]
    if len(texts) == 1:
        return [("", texts[0])]
    seen: Counter[str] = Counter()
    marks = []
    for head in heads:
        seen[head[1]] += 1
        marks.append(f"#{head[1]}" if seen[head[1]] == 1 else f"#{head[1]}-{seen[head[1]]}")
    return list(zip(marks, texts, strict=True))


def _decode_book(data: bytes) -> str:
    """Return the text of a book, in the encoding that it names (abc-charset) where its bytes are not Unicode."""
    text = plain_text(data)
    named = _CHARSET.search(text)
    return decode_text(data, named[1]) if named and text == data.decode("latin-1") else text
