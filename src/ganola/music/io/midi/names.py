"""The names of a MIDI file's tracks. Their encoding is stated nowhere: where it is not UTF-8 it is judged from all of
them together, by how likely a text of musicians each encoding makes of their bytes."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from ganola.music.tracks import clean_name

# Costs in bits, roughly: how surprising a character is in the name of a track.
_COMMON, _USUAL, _RARE, _NEVER = 6.0, 12.0, 17.0, 40.0
_KANA, _HALF_KANA, _KANA_MARK, _CYRILLIC, _SYMBOL = 5.0, 6.5, 3.0, 5.0, 9.0
_CAPITAL, _CAPITAL_INSIDE, _ALONE, _MISFIT = 1.0, 6.0, 3.0, 7.0  # what is added for what is odd where it stands
_LONGEST_SAMPLE = 2_000  # characters; more of them say nothing more

_COMMON_CHARACTERS = frozenset(
    "钢琴吉他贝斯贝司鼓小中大提琴弦乐主旋律左右手二胡笛箫古筝琵琶扬琴和声伴奏合唱人声男女电子音色背景打击铃木管铜长短圆号"
    "萨克斯轨道低高第一二三四五六七八九十部曲谱前后副歌节奏未命名新建作词编月亮我的心爱你不天花春夏秋冬雨风雪夜水山"
    "鋼琴貝斯貝司弦樂簫古箏揚琴和聲人聲電子擊樂鈴銅圓號軌道譜節奏作詞編愛風"
    "右手左手主旋律伴奏歌声低音高音和音打楽器弦楽器木管金管太鼓三味線尺八箏琴笛千本桜"
    "피아노기타드럼베이스바이올린첼로멜로디코러스현악합창플룻플루트트럼펫오르간신디반주노래왼오른손"
    "이다가는에을의고한하도은지사로자리대어인나시그부정라서해보만니과장전여일제수있것거구들원조면상우공국미동무세비성선모"
)
_RUSSIAN = frozenset("абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ")


@dataclass(frozen=True, slots=True)
class _Encoding:
    """A way to write text: its codec, what a person calls it, and the first bytes of its usual characters."""

    codec: str
    name: str
    usual: range = range(0)


_ENCODINGS = (
    _Encoding("cp1252", "Western European (Latin-1)"),
    _Encoding("cp1251", "Cyrillic (Windows-1251)"),
    _Encoding("cp932", "Japanese (Shift-JIS)", range(0x88, 0x98)),
    _Encoding("gbk", "Chinese (GBK)", range(0xB0, 0xD8)),
    _Encoding("big5", "Chinese (Big5)", range(0xA4, 0xC7)),
    _Encoding("cp949", "Korean (EUC-KR)", range(0xB0, 0xC9)),
    _Encoding("latin-1", "Western European (Latin-1)"),  # it takes any bytes
)


@dataclass(frozen=True, slots=True)
class Names:
    """The names of tracks as text, and the encoding that was guessed for them, if any was."""

    texts: tuple[str, ...]
    guessed: str | None


@lru_cache(maxsize=1024)  # in file after file of a collection they are the same
def decode_names(names: tuple[bytes, ...]) -> Names:
    """Return the names as text, all of them in one encoding. Different bytes are different names."""
    encoding = _encoding(names)
    codec = encoding.codec if encoding else "utf-8"
    texts: dict[bytes, str] = {}
    taken: dict[str, int] = {}
    for name in names:
        if name not in texts:
            texts[name] = _distinct(clean_name(name.decode(codec)), taken)
    return Names(tuple(texts[name] for name in names), encoding.name if encoding else None)


def _encoding(names: tuple[bytes, ...]) -> _Encoding | None:
    """Return the encoding that makes the likeliest text of the names; None for UTF-8."""
    different = list(dict.fromkeys(names))
    if _decoded(different, "utf-8") is not None:
        return None
    costs = {encoding: _cost(different, encoding) for encoding in _ENCODINGS}
    return min(costs, key=costs.__getitem__)


def _decoded(names: list[bytes], codec: str) -> list[str] | None:
    """Return each name as text, or None where one of them cannot be in this encoding."""
    try:
        return [name.decode(codec) for name in names]
    except UnicodeDecodeError:
        return None


def _cost(names: list[bytes], encoding: _Encoding) -> float:
    """Return in bits how surprising the names are if they are in this encoding."""
    texts = _decoded(names, encoding.codec)
    if texts is None:
        return float("inf")
    text = " ".join(texts)[:_LONGEST_SAMPLE]
    return sum(
        _character_cost(before, character, after, encoding)
        for before, character, after in zip(" " + text, text, text[1:] + " ", strict=False)
        if not character.isascii()
    )


def _character_cost(before: str, character: str, after: str, encoding: _Encoding) -> float:
    if character in _COMMON_CHARACTERS:
        return _COMMON
    misfit = _MISFIT if _is_english(before) or _is_english(after) else 0.0
    match unicodedata.name(character, "NEVER").split(" ")[0]:
        case "HIRAGANA" | "KATAKANA" | "KATAKANA-HIRAGANA":
            return _KANA if encoding.codec == "cp932" else _RARE
        case "HALFWIDTH":
            return _half_kana_cost(before, character, after)
        case "FULLWIDTH":
            return _COMMON
        case "CJK" | "HANGUL":
            return _USUAL if character.encode(encoding.codec)[0] in encoding.usual else _RARE + misfit
        case "CYRILLIC" if encoding.codec == "cp1251" and character in _RUSSIAN:
            alone = _MISFIT if (before + after).isascii() else 0.0
            return _CYRILLIC + _capital_cost(before, character) + misfit + alone
        case "LATIN":
            return _COMMON + _capital_cost(before, character) + (0.0 if misfit else _ALONE)
        case "NEVER":
            return _NEVER
        case _:
            return _RARE if character.isalpha() else _SYMBOL


def _half_kana_cost(before: str, character: str, after: str) -> float:
    voiced = len(unicodedata.normalize("NFKC", before + character)) == 1
    if voiced or character == "ｰ":
        return _KANA_MARK
    return _HALF_KANA + (_MISFIT if (before + after).isascii() else 0.0)


def _capital_cost(before: str, character: str) -> float:
    if not character.isupper():
        return 0.0
    return _CAPITAL_INSIDE if before.islower() else _CAPITAL


def _is_english(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _distinct(name: str, taken: dict[str, int]) -> str:
    """Return the name, with a number where it is taken; `taken` says how often each name was wanted."""
    distinct = name
    while name and distinct in taken:
        taken[name] += 1
        distinct = f"{name} ({taken[name]})"
    taken[distinct] = 1
    return distinct
