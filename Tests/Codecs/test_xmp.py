"""Edited XMP packets, checked with exiftool."""

import random
import threading

import pytest

from library import CodecError
from metadata_files import THUMBNAIL, edit, edit_with_note, exiftool, tags, without


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
    after = tags_of_xmp(edit("xmp_edit", packet, note=THUMBNAIL), tmp_path)
    assert after == without(before, "XMP-xmp:Thumbnail") | CHANGED


def test_private_removes_private_properties(packet, tmp_path):
    before, edited = tags_of_xmp(packet, tmp_path), edit("xmp_edit", packet, is_private=True)
    after = tags_of_xmp(edited, tmp_path)
    gone = ("XMP-xmp:Thumbnail", "XMP-exif:GPS", "XMP-aux:SerialNumber", "XMP-aux:LensSerialNumber",
            "XMP-aux:OwnerName", "XMP-exifEX:SerialNumber", "XMP-exifEX:OwnerName", "XMP-photoshop:City",
            "XMP-iptcExt:", "XMP-xmpMM:")
    assert after == without(before, *gone) | CHANGED
    assert all(f"XMP-{name}" in after for name in ("aux:Lens", "dc:Creator", "dc:Title-de", "crs:Exposure2012"))
    for secret in (b"S12345", b"L999", b"S678", b"Bob", b"48,", b"Here", b"d0c1d"):
        assert secret in packet and secret not in edited


def xmp(properties, namespaces=""):
    return (f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
            f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
            f'{namespaces}>{properties}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>').encode()


def test_xmp_without_changes_keeps_its_bytes():
    block = xmp("<!-- words --><dc:format>image/png</dc:format>", 'xmlns:dc="http://purl.org/dc/elements/1.1/"')
    assert edit("xmp_edit", block) == block


def test_positions_in_other_namespaces_are_private(tmp_path):
    block = xmp('<d:GpsLatitude>48.1</d:GpsLatitude><d:GimbalDegree>9</d:GimbalDegree><d:CameraSerialNumber>77'
                '</d:CameraSerialNumber>', 'xmlns:d="http://www.dji.com/drone-dji/1.0/"')
    edited = edit("xmp_edit", block, is_private=True)
    assert b"48.1" not in edited and b"77" not in edited and b"GimbalDegree" in edited


def description(uri, *names, prefix="p"):
    """A packet with these properties in a namespace."""
    return xmp("".join(f"<{prefix}:{name}>secret</{prefix}:{name}>" for name in (*names, "Kept")),
               f'xmlns:{prefix}="{uri}"')


@pytest.mark.parametrize("uri, names", [
    ("http://www.dji.com/drone-dji/1.0/", ("AbsoluteAltitude", "RelativeAltitude", "GpsLongtitude", "DroneSerialNo")),
    ("http://ns.adobe.com/exif/1.0/aux/", ("SerialNumber", "LensSerialNumber", "OwnerName")),
    ("http://cipa.jp/exif/1.0/", ("BodySerialNumber", "LensSerialNumber", "CameraOwnerName")),
    ("http://ns.google.com/photos/1.0/camera/", ("hdrp_makernote", "shot_log_data")),
    ("http://ns.camerabits.com/photomechanic/1.0/", ("Location", "Camera_Serial_Number")),
    ("http://ns.microsoft.com/photo/1.0/", ("LensSerialNo", "ImageLatitude")),
    ("http://iptc.org/std/Iptc4xmpExt/2008-02-29/", ("LocationShown", "LocationCreated")),
    ("http://any.example/1/", ("lat", "Lon", "geohash", "GeoTag", "ThumbnailJPEG"))])
def test_private_names_in_any_namespace_and_prefix(uri, names):
    for prefix in ("p", "exif", "geo"):
        if prefix == "p" or "any.example" in uri:
            edited = edit("xmp_edit", description(uri, *names, prefix=prefix), is_private=True)
            assert edited.count(b"secret") == 1 and b"Kept" in edited


@pytest.mark.parametrize("prefix", ["geo", "g", "wgs84"])
def test_a_position_in_the_w3c_namespace_is_private(prefix):
    block = xmp("<dc:format>kept</dc:format>",
                'xmlns:dc="http://purl.org/dc/elements/1.1/" '
                f'xmlns:{prefix}="http://www.w3.org/2003/01/geo/wgs84_pos#" '
                f'{prefix}:lat="48.5" {prefix}:long="11.2" {prefix}:alt="507.3"')
    edited = edit("xmp_edit", block, is_private=True)
    assert b"kept" in edited and not any(number in edited for number in (b"48.5", b"11.2", b"507.3"))
    assert edit("xmp_edit", block) == block


def test_a_private_structure_is_removed_as_a_whole():
    block = xmp('<d:GPSInfo rdf:parseType="Resource"><d:North>48.5</d:North></d:GPSInfo><d:Kept>kept</d:Kept>',
                'xmlns:d="http://d.example/"')
    edited = edit("xmp_edit", block, is_private=True)
    assert b"kept" in edited and b"48.5" not in edited


@pytest.mark.parametrize("uri, name", [
    ("http://ns.adobe.com/hdr-gain-map/1.0/", "Version"), ("http://ns.google.com/photos/1.0/camera/", "MotionPhoto"),
    ("http://ns.google.com/photos/1.0/camera/", "MicroVideoOffset"),
    ("http://ns.google.com/photos/1.0/depthmap/", "Data"), ("http://ns.google.com/photos/1.0/image/", "Data"),
    ("http://ns.google.com/photos/1.0/audio/", "Data"), ("http://ns.google.com/photos/1.0/container/", "Directory"),
    ("http://ns.google.com/photos/dd/1.0/device/", "Profiles"), ("http://ns.apple.com/HDRGainMap/1.0/", "Version")])
def test_properties_about_companion_images_are_removed(uri, name):
    properties = f"<p:{name}>secret</p:{name}><dc:format>kept</dc:format>"
    block = xmp(properties, f'xmlns:p="{uri}" xmlns:dc="http://purl.org/dc/elements/1.1/"')
    edited, note = edit_with_note("xmp_edit", block)
    assert b"secret" not in edited and b"kept" in edited
    assert note.startswith("what it says of a depth map, a gain map, a film or further images (") and "left out" in note


def test_private_removes_a_packet_of_private_properties():
    block = xmp("<exif:GPSLatitude>48,6.0N</exif:GPSLatitude>", 'xmlns:exif="http://ns.adobe.com/exif/1.0/"')
    assert edit("xmp_edit", block, is_private=True) is None
    assert edit("xmp_edit", block) == block


@pytest.mark.parametrize("block", [
    b"words", b"<x:xmpmeta", b"\xff" * 50, b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>',
    xmp("<dc:title>")])
def test_invalid_packets_are_damage(block, capfd):
    with pytest.raises(CodecError) as failure:
        edit("xmp_edit", block)
    assert failure.value.code == "damaged" and "XMP packet" in failure.value.reason
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("properties, code", [
    ('<d:a rdf:parseType="Resource">' * 50000 + "</d:a>" * 50000, "unsupported"),
    ('<d:a rdf:parseType="Resource">' * 5000 + "</d:a>" * 5000, "damaged"),
    ("".join(f"<d:a{index}>x</d:a{index}>" for index in range(40000)), "unsupported")])
def test_too_complex_packets_are_refused(properties, code, capfd):
    with pytest.raises(CodecError) as failure:
        edit("xmp_edit", xmp(properties, 'xmlns:d="http://a.b/"'), is_private=True)
    assert failure.value.code == code and "XMP packet" in failure.value.reason
    assert capfd.readouterr() == ("", "")


def test_damaged_packets_never_crash(packet, capfd):
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


def test_reasons_are_plain():
    """The toolkit's error numbers mean nothing to users."""
    packet = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    with pytest.raises(CodecError) as error:
        edit_with_note("xmp_edit", packet)
    assert error.value.reason == "XMP packet cannot be parsed: it is no well-formed XML"
