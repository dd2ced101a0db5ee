"""EXIF, XMP and IPTC blocks, edited; judged by exiftool and Pillow."""

import ctypes as c
import json
import random
import struct
import subprocess
import threading

import pytest
from PIL import Image, IptcImagePlugin

import library
from library import Bytes, CodecError, Edit, check


def exiftool(*arguments):
    return subprocess.run(["exiftool", *arguments], check=True, capture_output=True).stdout


def tags(path):
    """What exiftool reads, by group and name: {"IFD0:Artist": "Ann"}."""
    found = json.loads(exiftool("-json", "-G1", "-a", "-n", "-u", "-b", path))[0]
    return {name: value for name, value in found.items()
            if name.split(":")[0] not in ("SourceFile", "ExifTool", "System", "File", "JFIF", "Composite")}


def edit_with_note(function, data, width=300, height=200, is_private=False):
    """The edited block, None if nothing is left, and what a success says of it."""
    result, calls = Bytes(), library.library()
    status = getattr(calls, "twc_" + function)(
        (c.c_uint8 * max(1, len(data)))(*data), c.c_size_t(len(data)), c.byref(Edit(width, height, is_private)),
        c.byref(result))
    check(status)
    copied = bytes(result.bytes[:result.count]) if result.bytes else None
    c.CDLL(None).free(result.bytes)
    return copied, status.reason.decode()


def edit(*arguments, **options):
    block, reason = edit_with_note(*arguments, **options)
    assert reason == ""
    return block


# MARK: EXIF


@pytest.fixture(scope="module", params=["II", "MM"])
def camera(request, tmp_path_factory):
    """A picture with many tags in this byte order, a thumbnail at the end of the block, and its tags."""
    folder = tmp_path_factory.mktemp("camera")
    path, thumbnail = folder / "camera.jpg", folder / "thumbnail.jpg"
    Image.new("RGB", (64, 48), (10, 20, 30)).save(path)
    Image.effect_noise((160, 120), 80).save(thumbnail)
    exiftool("-q", "-overwrite_original", "-exifbyteorder=" + request.param, "-Orientation#=6", "-ExifImageWidth=640",
             "-ExifImageHeight=480", "-Make=Acme", "-Model=Nine", "-Artist=Ann", "-Copyright=Ann", "-HostComputer=desk",
             "-SerialNumber=S12345", "-LensSerialNumber=L999", "-OwnerName=Bob", "-ImageUniqueID=abcdef",
             "-UserComment=hello", "-DateTimeOriginal=2020:01:02 03:04:05", "-GPSLatitude=48.1", "-GPSLatitudeRef=N",
             "-GPSLongitude=11.5", "-GPSLongitudeRef=E", "-ExposureTime=1/50", "-FNumber=2.8", "-ISO=200",
             "-InteropIndex=R98", "-XPTitle=Title", f"-ThumbnailImage<={thumbnail}", path)
    return exif_of(path), tags(path)


def exif_of(path):
    return exiftool("-exif", "-b", path)


def tags_of_exif(block, tmp_path):
    path = tmp_path / "holder.jpg"
    Image.new("RGB", (16, 16)).save(path, exif=b"Exif\0\0" + block)
    return tags(path)


def without(found, *prefixes):
    return {name: value for name, value in found.items() if not name.startswith(prefixes)}


def test_orientation_is_read_in_both_orders(camera):
    assert library.library().twc_exif_orientation(camera[0], c.c_size_t(len(camera[0]))) == 6


@pytest.mark.parametrize("block", [b"", b"II*\0", b"II*\0\xff\xff\xff\xff" + bytes(20), b"JPEG" * 9, bytes(100),
                                   b"II*\0\x08\0\0\0\xff\xff" + bytes(10)])
def test_nonsense_has_orientation_one(block):
    assert library.library().twc_exif_orientation(block, c.c_size_t(len(block))) == 1


@pytest.mark.parametrize("type, value, expected", [(3, 8, 8), (3, 9, 1), (3, 0, 1), (4, 5, 5), (1, 3, 3), (2, 3, 1)])
def test_orientation_of_each_type(type, value, expected):
    for order in "<>":
        value_bytes = struct.pack(order + {1: "B3x", 2: "B3x", 3: "H2x", 4: "I"}[type], value)
        block = exif_block(order, [(0x112, type, 1, value_bytes)])
        assert library.library().twc_exif_orientation(block, c.c_size_t(len(block))) == expected


def test_keep_changes_orientation_and_size_only(camera, tmp_path):
    block, before = camera
    edited = edit("exif_edit", block)
    after = tags_of_exif(edited, tmp_path)
    expected = without(before, "IFD1:") | {"IFD0:Orientation": 1, "ExifIFD:ExifImageWidth": 300,
                                           "ExifIFD:ExifImageHeight": 200}
    assert after == expected
    assert edited[:2] == block[:2]
    # The thumbnail was the end of the block, and all else is where it was.
    assert len(edited) < len(block) - 1000
    assert sum(a != b for a, b in zip(edited, block)) <= 9
    with Image.open(tmp_path / "holder.jpg") as image:
        assert image.getexif()[0x112] == 1


def test_sizes_become_larger_numbers_than_they_were(camera, tmp_path):
    order = "<" if camera[0][:2] == b"II" else ">"
    short = lambda number: struct.pack(order + "H2x", number)
    block = exif_block(order, [(0x100, 3, 1, short(10)), (0x101, 3, 1, short(20)), (0x10F, 2, 5, b"Acme\0")],
                       [(0xA002, 3, 1, short(10)), (0xA003, 3, 1, short(20))])
    after = tags_of_exif(edit("exif_edit", block, width=100000, height=70000), tmp_path)
    assert after == {"IFD0:ImageWidth": 100000, "IFD0:ImageHeight": 70000, "IFD0:Make": "Acme",
                     "ExifIFD:ExifImageWidth": 100000, "ExifIFD:ExifImageHeight": 70000}


def test_nothing_is_added(tmp_path):
    block = exif_block("<", [(0x10F, 2, 5, b"Acme\0")])
    assert edit("exif_edit", block) == block
    # Exiv2 writes no empty directory.
    assert tags_of_exif(edit("exif_edit", block, is_private=True), tmp_path) == {"IFD0:Make": "Acme"}


def test_private_has_no_positions_numbers_owners_thumbnails(camera, tmp_path):
    block, before = camera
    edited = edit("exif_edit", block, is_private=True)
    after = tags_of_exif(edited, tmp_path)
    gone = ("IFD1:", "GPS:", "IFD0:HostComputer", "ExifIFD:SerialNumber", "ExifIFD:LensSerialNumber",
            "ExifIFD:OwnerName", "ExifIFD:ImageUniqueID")
    assert after == without(before, *gone) | {"IFD0:Orientation": 1, "ExifIFD:ExifImageWidth": 300,
                                              "ExifIFD:ExifImageHeight": 200}
    assert after["IFD0:Artist"] == "Ann" and edited[:2] == block[:2]
    for secret in (b"S12345", b"L999", b"Bob", b"abcdef", b"desk", b"\xff\xd8"):
        assert secret in block and secret not in edited


def test_private_bytes_that_nothing_refers_to_are_gone():
    block = exif_block("<", [(0x10F, 2, 5, b"Acme\0")]) + b"left over: 48.1 N"
    assert b"48.1" in edit("exif_edit", block) and b"48.1" not in edit("exif_edit", block, is_private=True)


def test_nothing_is_left_of_a_block_of_private_things():
    assert edit("exif_edit", exif_block("<", [(0x13C, 2, 5, b"desk\0")]), is_private=True) is None
    assert edit("exif_edit", b"") is None


def exif_block(order, first, exif=None, second=None):
    """A block of a first directory, an Exif directory and a second one; entries as (tag, type, count, bytes)."""
    def directory(entries, start, following):
        entries = sorted(entries, key=lambda entry: entry[0])
        data_start, table, data = start + 2 + 12 * len(entries) + 4, b"", b""
        for tag, type, count, value in entries:
            place = value.ljust(4, b"\0")
            if len(value) > 4:
                place = struct.pack(order + "I", data_start + len(data))
                data += value + bytes(len(value) % 2)
            table += struct.pack(order + "HHI", tag, type, count) + place
        link = data_start + len(data) if following else 0
        return struct.pack(order + "H", len(entries)) + table + struct.pack(order + "I", link) + data

    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    if exif is None:
        block = head + directory(first, 8, second)
    else:
        size = len(directory([*first, (0x8769, 4, 1, bytes(4))], 8, False))
        pointer = (0x8769, 4, 1, struct.pack(order + "I", 8 + size))
        inner = directory(exif, 8 + size, False)
        # The link to the second directory goes past the Exif directory.
        start = directory([*first, pointer], 8, False)
        if second:
            at = 2 + 12 * (len(first) + 1)
            start = start[:at] + struct.pack(order + "I", 8 + size + len(inner)) + start[at + 4:]
        block = head + start + inner
    return block + (directory(second, len(block), False) if second else b"")


def makernote_block(order, make, structure=False):
    """A block with a maker note in the manner of Canon: a directory whose offsets count from the block's start."""
    entries = [(0x10F, 2, len(make) + 1, make + b"\0"), (0x112, 3, 1, struct.pack(order + "H2x", 8))]
    if structure:
        entries.append((0x103, 3, 1, struct.pack(order + "H2x", 1)))
    thumbnail = [(0x201, 4, 1, struct.pack(order + "I", 0)), (0x202, 4, 1, struct.pack(order + "I", 0))]
    size, note = 0, b""
    for _ in range(2):  # the note's place is known once a block was made
        text = b"Firmware Version 1.0\0\0\0\0"
        number = struct.pack(order + "I", 123456789)
        note = struct.pack(order + "H", 2) + struct.pack(order + "HHII", 7, 2, len(text), size + 30) + struct.pack(
            order + "HHI", 0xC, 4, 1) + number + bytes(4) + text
        block = exif_block(order, entries, [(0x9003, 2, 20, b"2020:01:02 03:04:05\0"),
                                            (0x927C, 7, len(note), note)], thumbnail)
        size = block.index(note) if note in block else 0
    return block, note


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("structure", [False, True])
def test_a_known_maker_note_is_kept(order, structure, tmp_path):
    block, note = makernote_block(order, b"Canon", structure)
    before = tags_of_exif(block, tmp_path)
    assert before["Canon:CanonFirmwareVersion"] == "Firmware Version 1.0" and before["Canon:SerialNumber"] == 123456789
    after = tags_of_exif(edit("exif_edit", block), tmp_path)
    assert after == without(before, "IFD1:", "IFD0:Compression") | {"IFD0:Orientation": 1}
    private = edit("exif_edit", block, is_private=True)
    assert tags_of_exif(private, tmp_path) == without(after, "Canon:") and b"Firmware" not in private


@pytest.mark.parametrize("order", "<>")
def test_an_unknown_maker_note_stays_where_it_is(order):
    block, note = makernote_block(order, b"Acme")
    edited = edit("exif_edit", block)
    assert edited.index(note) == block.index(note) and len(edited) == len(block)
    assert note[40:] not in edit("exif_edit", block, is_private=True)


def test_unknown_tags_survive(tmp_path):
    entries = [(0x10F, 2, 5, b"Acme\0"), (0x112, 3, 1, b"\6\0\0\0"), (0xB123, 7, 9, b"something"),
               (0xB124, 5, 1, struct.pack("<II", 1, 3)), (0xB125, 12, 1, struct.pack("<d", 2.5))]
    for structure in ([], [(0x103, 3, 1, b"\1\0\0\0")]):
        after = tags_of_exif(edit("exif_edit", exif_block("<", entries + structure)), tmp_path)
        upright = [entries[0], (0x112, 3, 1, b"\1\0\0\0"), *entries[2:]]
        assert after == tags_of_exif(exif_block("<", upright), tmp_path)


def test_structure_of_a_tiff_file_is_left_out(tmp_path):
    path = tmp_path / "whole.tif"
    Image.new("RGB", (64, 48)).save(path, description="words", software="Acme", compression="tiff_lzw")
    after = tags_of_exif(edit("exif_edit", path.read_bytes()), tmp_path)
    assert after == {"IFD0:ImageWidth": 300, "IFD0:ImageHeight": 200, "IFD0:ImageDescription": "words",
                     "IFD0:Software": "Acme"}


def test_entries_beyond_64_kib_are_reported(tmp_path):
    entries = [(0x10F, 2, 5, b"Acme\0"), (0xB123, 7, 90000, b"x" * 90000)]
    assert len(edit("exif_edit", exif_block("<", entries))) > 90000
    block, reason = edit_with_note("exif_edit", exif_block("<", entries + [(0x103, 3, 1, b"\1\0\0\0")]))
    assert reason == "1 EXIF entries could not be kept"


@pytest.mark.parametrize("block", [b"\0" * 100, b"II", b"GIF89a" * 10, b"II*\0\xff\xff\xff\xff" + bytes(20)])
def test_what_is_no_exif_block_is_damaged(block, capfd):
    with pytest.raises(CodecError) as failure:
        edit("exif_edit", block)
    assert failure.value.code == "damaged" and "EXIF block" in failure.value.reason
    assert capfd.readouterr() == ("", "")


def test_damaged_blocks_end_nothing(camera, capfd):
    generator = random.Random(5)
    blocks = [camera[0], makernote_block("<", b"Canon")[0], makernote_block(">", b"NIKON CORPORATION")[0]]
    for _ in range(600):
        damaged = bytearray(generator.choice(blocks))
        for _ in range(generator.randint(1, 6)):
            damaged[generator.randrange(min(len(damaged), 900))] = generator.choice([0, 255, generator.randrange(256)])
        damaged = bytes(damaged[:generator.choice([len(damaged), generator.randint(0, len(damaged))])])
        for is_private in (False, True):
            try:
                edit_with_note("exif_edit", damaged, is_private=is_private)
            except CodecError as error:
                assert error.code == "damaged"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("order", "<>")
def test_values_that_lie_in_the_header_do_not_spoil_the_block(order):
    # Found by fuzzing: four orientations at byte 1 were replaced in place, and the byte order mark with them.
    block = exif_block(order, [(0x10F, 2, 3, b"ab\0"), (0x112, 3, 4, struct.pack(order + "I", 1))])
    edited = edit("exif_edit", block)
    image = Image.Exif()
    image.load(b"Exif\0\0" + edited)
    assert image[0x10F] == "ab" and image[0x112] == 1


def test_a_block_of_which_nothing_is_left_is_noted():
    # Exiv2 0.27 does not read directories of more than 256 entries.
    entries = [(0xD000 + index, 3, 1, b"\1\0") for index in range(300)]
    edited, note = edit_with_note("exif_edit", exif_block("<", entries))
    assert edited is None and note.startswith("EXIF block is damaged, nothing of it was kept: Directory")


# MARK: XMP


@pytest.fixture(scope="module")
def packet(tmp_path_factory):
    path = tmp_path_factory.mktemp("xmp") / "packet.xmp"
    exiftool("-q", "-XMP-tiff:Orientation#=6", "-XMP-tiff:ImageWidth=640", "-XMP-tiff:ImageHeight=480",
             "-XMP-exif:ExifImageWidth=640", "-XMP-exif:ExifImageHeight=480", "-XMP-exif:GPSLatitude=48.1",
             "-XMP-exif:GPSLongitude=11.5", "-XMP-aux:SerialNumber=S12345", "-XMP-aux:LensSerialNumber=L999",
             "-XMP-aux:OwnerName=Bob", "-XMP-aux:Lens=Fine lens", "-XMP-exifEX:SerialNumber=S678",
             "-XMP-exifEX:OwnerName=Bob", "-XMP-dc:Creator=Ann", "-XMP-dc:Creator=Ben", "-XMP-dc:Title=Title",
             "-XMP-dc:Title-de=Überschrift", "-XMP-dc:Rights=Ann's", "-XMP-dc:Subject=a", "-XMP-dc:Subject=b",
             "-XMP-crs:Exposure2012=+0.5", "-XMP-xmp:Rating=4", "-XMP-photoshop:City=Here",
             "-XMP-xmpMM:DocumentID=d0c1d",
             "-XMP-iptcExt:LocationCreated={City=Here,GPSLatitude=48.1}",
             "-XMP-xmp:Thumbnails={Format=JPEG,Image=QUJD}",
             "-XMP-mwg-rs:RegionInfo={AppliedToDimensions={W=640,H=480,Unit=pixel},RegionList=[{Name=Ann,Type=Face,"
             "Area={X=0.5,Y=0.4,W=0.1,H=0.1,Unit=normalized}}]}", path)
    return path.read_bytes()


def tags_of_xmp(block, tmp_path):
    path = tmp_path / "packet.xmp"
    path.write_bytes(block)
    return without(tags(path), "XMP-x:XMPToolkit")


CHANGED = {"XMP-tiff:Orientation": 1, "XMP-tiff:ImageWidth": 300, "XMP-tiff:ImageHeight": 200,
           "XMP-exif:ExifImageWidth": 300, "XMP-exif:ExifImageHeight": 200}


def test_xmp_keeps_all_but_orientation_sizes_and_thumbnails(packet, tmp_path):
    before = tags_of_xmp(packet, tmp_path)
    assert "XMP-xmp:ThumbnailImage" in before and "XMP-mwg-rs:RegionName" in before
    after = tags_of_xmp(edit("xmp_edit", packet), tmp_path)
    assert after == without(before, "XMP-xmp:Thumbnail") | CHANGED


def test_private_xmp(packet, tmp_path):
    before, edited = tags_of_xmp(packet, tmp_path), edit("xmp_edit", packet, is_private=True)
    after = tags_of_xmp(edited, tmp_path)
    gone = ("XMP-xmp:Thumbnail", "XMP-exif:GPS", "XMP-aux:SerialNumber", "XMP-aux:LensSerialNumber",
            "XMP-aux:OwnerName", "XMP-exifEX:SerialNumber", "XMP-exifEX:OwnerName", "XMP-photoshop:City", "XMP-iptcExt:", "XMP-xmpMM:")
    assert after == without(before, *gone) | CHANGED
    assert all(f"XMP-{name}" in after for name in ("aux:Lens", "dc:Creator", "dc:Title-de", "crs:Exposure2012"))
    for secret in (b"S12345", b"L999", b"S678", b"Bob", b"48,", b"Here", b"d0c1d"):
        assert secret in packet and secret not in edited


def xmp(properties, namespaces=""):
    return (f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
            f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
            f'{namespaces}>{properties}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>').encode()


def test_xmp_without_a_need_stays_byte_for_byte():
    block = xmp("<!-- words --><dc:format>image/png</dc:format>", 'xmlns:dc="http://purl.org/dc/elements/1.1/"')
    assert edit("xmp_edit", block) == block


def test_positions_in_namespaces_of_others_are_private(tmp_path):
    block = xmp('<d:GpsLatitude>48.1</d:GpsLatitude><d:GimbalDegree>9</d:GimbalDegree><d:CameraSerialNumber>77'
                '</d:CameraSerialNumber>', 'xmlns:d="http://www.dji.com/drone-dji/1.0/"')
    edited = edit("xmp_edit", block, is_private=True)
    assert b"48.1" not in edited and b"77" not in edited and b"GimbalDegree" in edited


def test_ultra_hdr_and_motion_are_no_longer_claimed():
    block = xmp("<hdrgm:Version>1.0</hdrgm:Version><GCamera:MotionPhoto>1</GCamera:MotionPhoto>"
                "<GCamera:Other>1</GCamera:Other>", 'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" '
                'xmlns:GCamera="http://ns.google.com/photos/1.0/camera/"')
    edited = edit("xmp_edit", block)
    assert b"hdrgm:Version" not in edited and b"MotionPhoto" not in edited and b"GCamera:Other" in edited


def test_nothing_is_left_of_a_packet_of_private_things():
    block = xmp("<exif:GPSLatitude>48,6.0N</exif:GPSLatitude>", 'xmlns:exif="http://ns.adobe.com/exif/1.0/"')
    assert edit("xmp_edit", block, is_private=True) is None
    assert edit("xmp_edit", block) == block


@pytest.mark.parametrize("block", [
    b"words", b"<x:xmpmeta", b"\xff" * 50, b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>',
    xmp("<dc:title>")])
def test_what_is_no_packet_is_damaged(block, capfd):
    with pytest.raises(CodecError) as failure:
        edit("xmp_edit", block)
    assert failure.value.code == "damaged" and "XMP packet" in failure.value.reason
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("properties, code", [
    ('<d:a rdf:parseType="Resource">' * 50000 + "</d:a>" * 50000, "unsupported"),
    ('<d:a rdf:parseType="Resource">' * 5000 + "</d:a>" * 5000, "damaged"),
    ("".join(f"<d:a{index}>x</d:a{index}>" for index in range(40000)), "unsupported")])
def test_packets_that_would_take_forever_are_refused(properties, code, capfd):
    with pytest.raises(CodecError) as failure:
        edit("xmp_edit", xmp(properties, 'xmlns:d="http://a.b/"'), is_private=True)
    assert failure.value.code == code and "XMP packet" in failure.value.reason
    assert capfd.readouterr() == ("", "")


def test_damaged_packets_end_nothing(packet, capfd):
    generator = random.Random(6)
    for _ in range(400):
        damaged = bytearray(packet.rstrip())
        for _ in range(generator.randint(1, 4)):
            damaged[generator.randrange(len(damaged))] = generator.randrange(256)
        try:
            edit_with_note("xmp_edit", bytes(damaged), is_private=True)
        except CodecError as error:
            assert error.code == "damaged"
    assert capfd.readouterr() == ("", "")


def test_packets_are_edited_by_several_threads(packet):
    expected, results = edit("xmp_edit", packet), []
    threads = [threading.Thread(target=lambda: results.extend(edit("xmp_edit", packet) for _ in range(20)))
               for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 80


# MARK: IPTC


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    path = tmp_path_factory.mktemp("iptc") / "records.jpg"
    Image.new("RGB", (64, 48)).save(path)
    exiftool("-q", "-overwrite_original", "-codedcharacterset=utf8", "-IPTC:City=Hausen", "-IPTC:Sub-location=Hof",
             "-IPTC:Province-State=Land", "-IPTC:Country-PrimaryLocationName=Reich", "-IPTC:Keywords=a",
             "-IPTC:Keywords=ü", "-IPTC:By-line=Ann", "-IPTC:CopyrightNotice=Ann", "-IPTC:Headline=Words",
             "-IPTC:ContentLocationName=Dort", path)
    return exiftool("-iptc", "-b", path)


def tags_of_iptc(block, tmp_path):
    path = tmp_path / "holder.jpg"
    resource = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(block)) + block + bytes(len(block) % 2)
    segment = b"\xff\xed" + struct.pack(">H", len(resource) + 2) + resource
    Image.new("RGB", (16, 16)).save(path)
    path.write_bytes(path.read_bytes()[:2] + segment + path.read_bytes()[2:])
    with Image.open(path) as image:
        assert IptcImagePlugin.getiptcinfo(image)
    return without(tags(path), "Photoshop")


def test_iptc_stays_byte_for_byte(records):
    assert edit("iptc_edit", records) == records


def test_previews_are_left_out(records):
    preview = b"\x1c\x02\xc8\0\2\0\x0b\x1c\x02\xc9\0\2\0\1\x1c\x02\xca\0\4\xff\xd8\xff\xd9"
    assert edit("iptc_edit", records + preview) == records


def test_private_iptc_has_no_places(records, tmp_path):
    before = tags_of_iptc(records, tmp_path)
    after = tags_of_iptc(edit("iptc_edit", records, is_private=True), tmp_path)
    assert after == without(before, "IPTC:City", "IPTC:Sub-location", "IPTC:Province", "IPTC:Country", "IPTC:Content")
    assert after["IPTC:Keywords"] == ["a", "ü"] and after["IPTC:By-line"] == "Ann" and "IPTC:City" in before


def test_nothing_is_left_of_places():
    assert edit("iptc_edit", b"\x1c\x02\x5a\0\4Here", is_private=True) is None


@pytest.mark.parametrize("block", [b"words that are no records", b"\x1c\x02\x5a\0\x40Here", bytes(40)])
def test_what_has_no_records_is_damaged(block, capfd):
    with pytest.raises(CodecError) as failure:
        edit("iptc_edit", block)
    assert failure.value.code == "damaged" and "IPTC" in failure.value.reason
    assert capfd.readouterr() == ("", "")


def test_a_block_of_a_million_records_is_refused():
    with pytest.raises(CodecError, match="unsupported: IPTC block is too large"):
        edit("iptc_edit", b"\x1c\x02\x19\0\0" * 1000000)


def test_damaged_records_end_nothing(records, capfd):
    generator = random.Random(7)
    for _ in range(400):
        damaged = bytearray(records)
        for _ in range(generator.randint(1, 4)):
            damaged[generator.randrange(len(damaged))] = generator.randrange(256)
        try:
            edit_with_note("iptc_edit", bytes(damaged), is_private=True)
        except CodecError as error:
            assert error.code == "damaged"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("is_private", [False, True])
def test_a_last_record_without_data_is_read(is_private):
    # Found by fuzzing: a block was written that was then refused.
    block = b"\x1c\2\x19\0\1a\x1c\2\x69\0\0"
    assert edit("iptc_edit", block, is_private=is_private) == block
    assert edit("iptc_edit", block[6:], is_private=is_private) == block[6:]
