"""Write a compound file ([MS-CFB]), as Outlook's mails are: streams by their path."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

SECTOR = 512
LEAST = 4096  # a shorter stream would be stored inside another
END, FREE, NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFF


def write_compound(path: Path, streams: Mapping[str, bytes]) -> Path:
    """Write streams; "a/b" lies in the storage "a". Short ones end in zeros, so that none shares its sectors."""
    streams = {name: content.ljust(LEAST, b"\0") for name, content in streams.items()}
    folders = sorted({name.rpartition("/")[0] for name in streams} - {""})
    entries = [("Root Entry", 5), *((name, 1) for name in folders), *((name, 2) for name in streams)]
    directory_sectors = -(-len(entries) // 4)
    fat = [0xFFFFFFFD, *range(2, directory_sectors + 1), END]
    data, starts = b"", {}
    for name, content in streams.items():
        count = max(1, -(-len(content) // SECTOR))
        starts[name] = len(fat)
        fat += [*range(len(fat) + 1, len(fat) + count), END]
        data += content.ljust(count * SECTOR, b"\0")
    assert len(fat) <= 128
    fat += [FREE] * (128 - len(fat))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<9I", 0, 1, 1, 0, LEAST, END, 0, END, 0) + struct.pack("<109I", *[FREE] * 108, FREE)
    numbers = {name: number for number, (name, _) in enumerate(entries)}
    directory = b"".join(_entry(name, kind, numbers, starts, streams) for name, kind in entries)
    content = struct.pack("<128I", *fat) + directory.ljust(directory_sectors * SECTOR, b"\0") + data
    path.write_bytes(head.replace(struct.pack("<I", FREE), struct.pack("<I", 0), 1)[:SECTOR] + content)
    return path


def _entry(
    name: str, kind: int, numbers: Mapping[str, int], starts: Mapping[str, int], streams: Mapping[str, bytes]
) -> bytes:
    def inside(folder: str) -> list[int]:
        return [number for other, number in numbers.items() if number and other.rpartition("/")[0] == folder]

    own = numbers[name]
    beside = [number for number in inside(name.rpartition("/")[0]) if number > own] if own else []
    below = inside("" if not own else name) if kind != 2 else []
    encoded = name.rpartition("/")[2].encode("utf-16-le") + b"\0\0"
    return (
        encoded.ljust(64, b"\0")
        + struct.pack(
            "<HBBIII", len(encoded), kind, 1, NONE, beside[0] if beside else NONE, below[0] if below else NONE
        )
        + bytes(36)
        + struct.pack("<IQ", starts.get(name, END if kind == 5 else 0), len(streams.get(name, b"")))
    )
