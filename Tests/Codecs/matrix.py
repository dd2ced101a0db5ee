"""Files with metadata of each kind, for each format, made by other programs. exiftool and Pillow decide whether a
result still has it."""

import struct
import zlib
from dataclasses import dataclass
from typing import Callable

import tifffile

from matrix_files import (GEO, PIXELS, any_of, aspect, bmp_with_profile, dots, exif_source, exif_with, hexadecimal,
                          insert, late_exif, numbers, png_text, png_texts, png_with, profile, profile_of, saved,
                          small, tiff_fields, tiff_with, webp_with, with_aspect)
from processing import EXTENSIONS, tagged

TITLED = (b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
          b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="Sourced"/></rdf:RDF>'
          b'</x:xmpmeta>')
LINK = b"8BIM\x04\x0b\0\0" + struct.pack(">I", 16) + b"http://a.example"
MATRIX = (34264, 12, 16, (1.0, 0.0, 0.0, 100.0, 0.0, -1.0, 0.0, 200.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0))
#: Keys of values that are derived from other fields.
PARAMETERS = ((34735, 3, 16, (1, 1, 0, 3, 1024, 0, 1, 2, 1026, 34737, 5, 0, 2057, 34736, 1, 0)),
              (34736, 12, 1, (6378137.0,)), (34737, 2, 0, "Acme|"))
ITEMS = '<GDALMetadata><Item name="unit">metre</Item></GDALMetadata>'
NOTHING = (42113, 2, 6, b"-9999\0")
TEXTS = ((270, 2, 0, "Described"), (315, 2, 0, "Ann"), (33432, 2, 0, "Ann 2020"))
GAMMA = struct.pack(">I", 100000)
# The display that colors were made for, and their brightness.
HDR = {"mDCV": bytes(range(1, 25)), "cLLI": bytes(range(1, 9))}
PRIMARIES = struct.pack(">8I", 31270, 32900, 70000, 29000, 17000, 79700, 13100, 4600)

EXIF = ("jpeg", "png", "tiff", "webp")


@dataclass(frozen=True)
class Kind:
    """A kind of metadata. `make` writes a file that has it; None if the format cannot hold it."""
    name: str
    formats: tuple
    make: Callable
    #: Whether a result still has it, by the result's tags and path.
    arrived: Callable
    #: Words of the note about its loss.
    words: tuple
    is_private: bool = False
    #: Whether `strip` keeps it.
    is_color: bool = False
    #: Whether the metadata only says what is assumed for files without it.
    is_assumed: bool = False


KINDS = [
    Kind("ICC", ("jpeg", "png", "tiff", "webp", "bmp"),
         lambda path: bmp_with_profile(path) if path.suffix == ".bmp" else saved(path, icc_profile=profile("test")),
         lambda tags, path: profile_of(path) == profile("test"), ("profile",), is_color=True),
    Kind("EXIF", EXIF, lambda path: exif_source(path, "-IFD0:Make=Acme", "-ExifIFD:ISO=213", "-ExifIFD:FNumber=2.8"),
         lambda tags, path: (tags.get("IFD0:Make"), tags.get("ExifIFD:ISO"), tags.get("ExifIFD:FNumber"))
         == ("Acme", 213, 2.8), ("EXIF",)),
    Kind("EXIF: position", EXIF,
         lambda path: exif_source(path, "-GPSLatitude=48.5", "-GPSLatitudeRef=N", "-GPSLongitude=11.25",
                                  "-GPSLongitudeRef=E"),
         lambda tags, path: (tags.get("GPS:GPSLatitude"), tags.get("GPS:GPSLongitude")) == (48.5, 11.25), ("EXIF",),
         is_private=True),
    Kind("EXIF: serial number", EXIF, lambda path: exif_source(path, "-ExifIFD:SerialNumber=S12345"),
         lambda tags, path: any_of(tags, "S12345"), ("EXIF",), is_private=True),
    Kind("XMP", EXIF, lambda path: exif_source(path, "-XMP-dc:Title=Titled", "-XMP-xmp:Rating=4"),
         lambda tags, path: (tags.get("XMP-dc:Title"), tags.get("XMP-xmp:Rating")) == ("Titled", 4), ("XMP",)),
    Kind("XMP: position", EXIF, lambda path: exif_source(path, "-XMP-exif:GPSLatitude=48.5"),
         lambda tags, path: tags.get("XMP-exif:GPSLatitude") == 48.5, ("XMP",), is_private=True),
    Kind("EXIF behind the pixels", ("jpeg",), lambda path: late_exif(path),
         lambda tags, path: b"Acme, late" in path.read_bytes(), ("EXIF",)),
    Kind("EXIF: white point, primary colors", EXIF,
         lambda path: exif_source(path, "-IFD0:WhitePoint=0.3127 0.329", "-IFD0:Make=Acme",
                                  "-IFD0:PrimaryChromaticities=0.64 0.33 0.3 0.6 0.15 0.06"),
         lambda tags, path: numbers(tags, "IFD0:WhitePoint") == [0.3127, 0.329]
         and numbers(tags, "IFD0:PrimaryChromaticities") == [0.64, 0.33, 0.3, 0.6, 0.15, 0.06], ("EXIF",)),
    Kind("EXIF: thumbnail", ("jpeg", "png", "webp"), lambda path: exif_source(path, f"-ThumbnailImage<={small(path)}"),
         lambda tags, path: any("ThumbnailImage" in name for name in tags), ("EXIF",), is_private=True),
    Kind("XMP: thumbnail", EXIF,
         lambda path: exif_source(path, "-XMP-xmp:Thumbnails={Format=JPEG,Image=QUJD}", "-XMP-dc:Title=Titled"),
         lambda tags, path: "XMP-xmp:Thumbnails" in tags, ("XMP",), is_private=True),
    Kind("XMP: depth map, gain map, film", EXIF,
         lambda path: exif_source(path, "-XMP-GDepth:Format=RangeInverse", "-XMP-dc:Title=Titled"),
         lambda tags, path: any_of(tags, "RangeInverse"), ("XMP",)),
    Kind("IPTC", ("jpeg", "png", "tiff"), lambda path: exif_source(path, "-IPTC:Headline=Headed", "-IPTC:Keywords=key"),
         lambda tags, path: (tags.get("IPTC:Headline"), tags.get("IPTC:Keywords")) == ("Headed", "key"), ("IPTC",)),
    Kind("IPTC: preview", ("jpeg", "png", "tiff"),
         lambda path: exif_source(path, "-IPTC:Headline=Headed", "-IPTC:ObjectPreviewData=previewed",
                                  "-IPTC:ObjectPreviewFileFormat=11", "-IPTC:ObjectPreviewFileVersion=1"),
         lambda tags, path: "IPTC:ObjectPreviewData" in tags, ("IPTC",)),
    Kind("resolution", ("jpeg", "png", "tiff", "bmp"), lambda path: saved(path, dpi=(300, 300)),
         lambda tags, path: dots(path) == [300, 300], ("resolution",)),
    Kind("resolution in EXIF", ("png", "webp"),
         lambda path: exif_source(path, "-IFD0:XResolution=300", "-IFD0:YResolution=300",
                                  "-IFD0:ResolutionUnit#=2", "-IFD0:Make=Acme"),
         lambda tags, path: dots(path) == [300, 300], ("EXIF",)),
    Kind("aspect of pixels, without a unit", ("jpeg", "png", "tiff"), lambda path: with_aspect(path, 2, 1),
         lambda tags, path: aspect(tags) == [2, 1], ("pixel aspect", "2:1")),
    Kind("text: tEXt, zTXt, iTXt", ("png",), lambda path: saved(path, pnginfo=png_texts()),
         lambda tags, path: png_text(path) == {"Comment": "plain", "Story": "long " * 400, "Title": "Ärger"},
         ("text", "Comment", "Story", "Title")),
    Kind("EXIF in a text", ("png",),
         lambda path: insert(saved(path), "zTXt", b"Raw profile type exif\0\0" + zlib.compress(hexadecimal(
             b"exif", exif_with(0x10F, "Acme")))), lambda tags, path: tags.get("IFD0:Make") == "Acme", ("EXIF",)),
    Kind("XMP in a text", ("png",), lambda path: insert(saved(path), "tEXt", b"XML:com.adobe.xmp\0" + TITLED),
         lambda tags, path: tags.get("XMP-dc:Source") == "Sourced", ("XMP",)),
    Kind("gAMA", ("png",), lambda path: png_with(path, "gAMA", GAMMA),
         lambda tags, path: tags.get("PNG:Gamma") == 1, ("gAMA",), is_color=True),
    Kind("cHRM", ("png",), lambda path: png_with(path, "cHRM", PRIMARIES),
         lambda tags, path: tags.get("PNG:RedX") == 0.7 and tags.get("PNG:BlueY") == 0.046, ("cHRM",),
         is_color=True),
    Kind("sRGB", ("png",), lambda path: png_with(path, "sRGB", b"\1"),
         lambda tags, path: tags.get("PNG:SRGBRendering") == 1, ("sRGB",), is_color=True, is_assumed=True),
    Kind("cICP", ("png",), lambda path: png_with(path, "cICP", bytes([9, 16, 0, 1])),
         lambda tags, path: b"cICP\x09\x10\x00\x01" in path.read_bytes(), ("cICP",), is_color=True),
    *(Kind(name, ("png",), lambda path, name=name, data=data: png_with(path, name, data),
           lambda tags, path, name=name, data=data: name.encode() + data in path.read_bytes(), (name,), is_color=True)
      for name, data in HDR.items()),
    Kind("tIME", ("png",), lambda path: png_with(path, "tIME", struct.pack(">H5B", 2020, 1, 2, 3, 4, 5)),
         lambda tags, path: b"tIME" in path.read_bytes(), ("tIME",)),
    Kind("description, artist, copyright", ("tiff",), lambda path: tiff_with(path, *TEXTS, software="Made by Nine"),
         lambda tags, path: any_of(tags, "Described", "Made by Nine", "Ann", "Ann 2020"), ("EXIF",)),
    Kind("GeoTIFF: scale, tie points, keys", ("tiff",), lambda path: tiff_with(path, *GEO),
         lambda tags, path: tags.get("IFD0:PixelScale") == "0.5 0.5 0"
         and "440720" in str(tags.get("IFD0:ModelTiePoint")) and tags.get("GeoTiff:GTModelType") == 1, ("GeoTIFF",),
         is_private=True),
    Kind("GeoTIFF: transformation", ("tiff",), lambda path: tiff_with(path, MATRIX),
         lambda tags, path: str(tags.get("IFD0:ModelTransform")).startswith("1 0 0 100 0 -1 0 200"), ("GeoTIFF",),
         is_private=True),
    Kind("GeoTIFF: parameters", ("tiff",), lambda path: tiff_with(path, *PARAMETERS),
         lambda tags, path: tiff_fields(path, 34735, 34736, 34737) == [field[3] for field in PARAMETERS], ("GeoTIFF",),
         is_private=True),
    Kind("GDAL: metadata", ("tiff",), lambda path: tiff_with(path, (42112, 2, 0, ITEMS)),
         lambda tags, path: tiff_fields(path, 42112) == [ITEMS], ("GDAL",), is_private=True),
    Kind("GDAL: no-data", ("tiff",), lambda path: tiff_with(path, NOTHING),
         lambda tags, path: any_of(tags, "-9999"), ("GDAL",)),
    Kind("other fields", ("tiff",), lambda path: tiff_with(path, (65000, 2, 0, "private text")),
         lambda tags, path: b"private text" in path.read_bytes(), ("field", "65000")),
    Kind("comment", ("jpeg",), lambda path: saved(path, comment=b"a comment"),
         lambda tags, path: any_of(tags, "a comment"), ("comment", "a comment")),
    Kind("Photoshop's resources", ("jpeg", "png", "tiff"),
         lambda path: insert(saved(path), "tEXt", b"Raw profile type 8bim\0" + hexadecimal(b"8bim", LINK))
         if path.suffix == ".png" else exif_source(path, "-Photoshop:URL=http://a.example"),
         lambda tags, path: any_of(tags, "http://a.example"), ("Photoshop",)),
    Kind("unknown chunk", ("webp", "png"),
         lambda path: webp_with(path, b"mine", b"secret") if path.suffix == ".webp"
         else png_with(path, "miNe", b"secret"),
         lambda tags, path: b"secret" in path.read_bytes(), ("left out",)),
]


def sources(folder):
    """A file for each kind in each format that can hold it: {(format, kind's name): path}."""
    made = {}
    for number, kind in enumerate(KINDS):
        for format in kind.formats:
            path = folder / f"{format}{number}.{EXTENSIONS[format]}"
            made[format, kind.name] = kind.make(path)
    return made


def full_sources(folder):
    """For each format, one file with all kinds except those that exclude each other: {format: (path, names)}."""
    tags = ["-IFD0:Make=Acme", "-ExifIFD:ISO=213", "-ExifIFD:FNumber=2.8", "-ExifIFD:SerialNumber=S12345",
            "-GPSLatitude=48.5", "-GPSLatitudeRef=N", "-GPSLongitude=11.25", "-GPSLongitudeRef=E",
            "-XMP-dc:Title=Titled", "-XMP-xmp:Rating=4", "-XMP-exif:GPSLatitude=48.5"]
    records = ["-IPTC:Headline=Headed", "-IPTC:Keywords=key"]
    icc = profile("test")
    jpeg = saved(folder / "all-jpg.jpg", icc_profile=icc, dpi=(300, 300), comment=b"a comment")
    made = {
        "jpeg": tagged(jpeg, *tags, *records),
        "webp": tagged(saved(folder / "all-webp.webp", icc_profile=icc, lossless=True), *tags),
        "bmp": bmp_with_profile(folder / "all-bmp.bmp"),
    }
    chunks = {"gAMA": GAMMA, "cHRM": PRIMARIES, "cICP": bytes([9, 16, 0, 1]), **HDR,
              "tIME": struct.pack(">H5B", 2020, 1, 2, 3, 4, 5)}
    path = saved(folder / "all-png.png", icc_profile=icc, dpi=(300, 300), pnginfo=png_texts())
    for name, data in chunks.items():
        insert(path, name, data)
    made["png"] = tagged(path, *tags, *records)
    path = folder / "all-tif.tif"
    fields = (*GEO, MATRIX, (42112, 2, 0, ITEMS), NOTHING, *TEXTS, (65000, 2, 0, "private text"))
    tifffile.imwrite(path, PIXELS, photometric="rgb", metadata=None, software="Made by Nine", iccprofile=icc,
                     resolution=(300, 300), resolutionunit="INCH", extratags=[(*field, True) for field in fields])
    made["tiff"] = tagged(path, *tags, *records)
    return made
