"""MIDI files byte by byte: one commented fixture, and builders for whatever else a test needs."""

import struct

END_OF_TRACK = bytes.fromhex("00ff2f00")


def commented(text: str) -> bytes:
    """The bytes of hex digits whose lines may end in a # comment."""
    return bytes.fromhex("".join(line.partition("#")[0] for line in text.splitlines()))


SMALL_SONG = commented(
    """
    4d546864 00000006             # MThd, 6 bytes
    0001 0003 0030                # tracks that sound together, 3 of them, 48 ticks a quarter note
    4d54726b 00000013             # MTrk, 19 bytes
    00 ff5804 03021808            # 3/4
    00 ff5103 0927c0              # 600,000 microseconds a quarter note
    00 ff2f00                     # end of track
    4d54726b 00000038             # MTrk, 56 bytes
    00 ff0305 466c757465          # called Flute
    00 c049                       # General MIDI program 74, flute
    00 904354   30 804300         # G4 for 48 ticks
    00 904854   60 804800         # C5 for 96
    00 904c54   18 804c00         # E5 for 24
    00 904854   18 804800         # C5 for 24
    00 904854   30 804800         # C5 again for 48, touching the one before
    00 ff2f00                     # end of track
    4d54726b 00000014             # MTrk, 20 bytes
    00 ff0304 4b69636b            # called Kick
    30 992454   18 892400         # channel 10: a bass drum after 48 ticks, for 24
    00 ff2f00                     # end of track
    """
)
SMALL_SONG_ROWS = [
    (0, 0, 48, 67),
    (0, 48, 144, 72),
    (0, 144, 168, 76),
    (0, 168, 192, 72),
    (0, 192, 240, 72),
    (1, 48, 72, 36),
]


def midi_file(*tracks: bytes, division: int = 48, kind: int = 1) -> bytes:
    """A MIDI file of tracks' events; a positive `division` is ticks a quarter note. Kind 0 is for one track alone."""
    header = struct.pack(">HHh", kind, len(tracks), division)
    return _chunk(b"MThd", header) + b"".join(_chunk(b"MTrk", track + END_OF_TRACK) for track in tracks)


def note(pitch: int, ticks: int, wait: int = 0) -> bytes:
    """The events of one note that begins `wait` ticks after what came before it."""
    return _length(wait) + bytes([0x90, pitch, 84]) + _length(ticks) + bytes([0x80, pitch, 0])


def meta(kind: int, data: bytes) -> bytes:
    """A meta event: 0x03 names the track, 0x06 is a marker, 0x51 a tempo, 0x58 a time signature."""
    return bytes([0, 0xFF, kind]) + _length(len(data)) + data


def _chunk(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack(">I", len(data)) + data


def _length(ticks: int) -> bytes:
    """A variable-length quantity: seven bits a byte, the highest first, all but the last marked."""
    digits = [ticks & 0x7F]
    while ticks := ticks >> 7:
        digits.insert(0, ticks & 0x7F | 0x80)
    return bytes(digits)
