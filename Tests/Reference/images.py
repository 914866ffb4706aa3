"""Fixtures of Tests/ImagesTests: what Pillow and torchvision make of small pictures.

Run: python Tests/Reference/images.py        (Pillow, NumPy, torch, torchvision)
Writes Tests/ImagesTests/Fixtures/{decode,resize,preprocess}; expected pictures are PPM (P6), so
that no decoder under test reads them.
"""

import io
import pathlib
import shutil
import struct
import zlib

import numpy as np
import torch
from PIL import Image, ImageOps
from torchvision import transforms

ROOT = pathlib.Path(__file__).resolve().parent.parent / "ImagesTests" / "Fixtures"
RANDOM = np.random.default_rng(20260101)


def picture(width, height):
    """Smooth colours, an edge and some noise."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [
        127 + 120 * np.sin(x / 5 + y / 9),
        255 * x / width,
        np.where(x * height > y * width, 230, 20),
    ]
    noisy = np.stack(planes, -1) + RANDOM.normal(0, 12, (height, width, 3))
    return np.clip(noisy, 0, 255).astype(np.uint8)


def write_ppm(path, pixels):
    height, width, _ = pixels.shape
    path.write_bytes(b"P6\n%d %d\n255\n" % (width, height) + pixels.astype(np.uint8).tobytes())


def on_white(image):
    rgba = image.convert("RGBA")
    white = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
    return np.asarray(Image.alpha_composite(white, rgba).convert("RGB"))


# --- PNG by hand, for what Pillow does not write -------------------------------------------------

ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(samples, depth, colour, interlaced=False, extra=b""):
    """samples: [height, width, channels] of integers below 2**depth."""
    height, width, channels = samples.shape

    def rows(part):
        out = b""
        for row in part:
            values = row.reshape(-1).astype(np.uint32)
            bits = (values[:, None] >> np.arange(depth - 1, -1, -1)) & 1
            out += b"\0" + np.packbits(bits.reshape(-1).astype(np.uint8)).tobytes()
        return out

    if interlaced:
        parts = [samples[y0::dy, x0::dx] for x0, y0, dx, dy in ADAM7]
        data = b"".join(rows(part) for part in parts if part.size)
    else:
        data = rows(samples)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra
        + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    )


def decode_fixtures(folder):
    base = picture(24, 17)
    image = Image.fromarray(base)

    def jpeg(name, picture, **options):
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=90, **options)
        keep(name + ".jpg", buffer.getvalue())

    def keep(name, data, expected=None):
        (folder / name).write_bytes(data)
        if expected is None:
            opened = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
            expected = np.asarray(opened.convert("RGB"))
        write_ppm(folder / (name + ".ppm"), expected)

    jpeg("baseline-420", image, subsampling=2)
    jpeg("baseline-444", image, subsampling=0)
    jpeg("progressive", image, progressive=True)
    jpeg("grey", image.convert("L"))
    jpeg("cmyk", image.convert("CMYK"))
    data = bytearray((folder / "cmyk.jpg").read_bytes())
    data[data.index(b"Adobe") + 11] = 2  # says YCCK; both decoders must follow
    keep("ycck.jpg", bytes(data))
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        jpeg(f"exif-{orientation}", image, exif=exif)

    grey = base[:, :, :1].astype(np.uint32)
    for depth in [1, 2, 4, 8]:
        levels = grey >> (8 - depth)
        full = np.repeat((levels * (255 // (2**depth - 1))).astype(np.uint8), 3, 2)
        for interlaced in [False, True]:
            name = f"grey{depth}{'-adam7' if interlaced else ''}.png"
            keep(name, png(levels, depth, 0, interlaced), full)
    wide = grey * 257 - 100 * (grey > 0)
    keep("grey16.png", png(wide, 16, 0), np.repeat((wide >> 8).astype(np.uint8), 3, 2))
    colour = base.astype(np.uint32)
    keep("rgb8-adam7.png", png(colour, 8, 2, True), base)
    keep("rgb16.png", png(colour * 256 + 200, 16, 2))
    alpha = RANDOM.integers(0, 256, (17, 24, 1))
    for channels, kind, name in [(colour, 6, "rgba8"), (grey, 4, "grey-alpha8")]:
        for interlaced in [False, True]:
            data = png(np.concatenate([channels, alpha], 2), 8, kind, interlaced)
            keep(f"{name}{'-adam7' if interlaced else ''}.png", data, on_white(Image.open(io.BytesIO(data))))
    palette = RANDOM.integers(0, 256, (16, 3)).astype(np.uint8)
    indices = RANDOM.integers(0, 16, (17, 24, 1))
    plte = chunk(b"PLTE", palette.tobytes())
    keep("palette4.png", png(indices, 4, 3, extra=plte), palette[indices[:, :, 0]])
    transparency = chunk(b"tRNS", bytes([0, 40, 128, 200]))
    data = png(indices, 8, 3, extra=plte + transparency)
    keep("palette8-transparent.png", data, on_white(Image.open(io.BytesIO(data))))


def resize_fixtures(folder):
    source = picture(61, 37)
    write_ppm(folder / "source.ppm", source)
    image = Image.fromarray(source)
    filters = {"box": Image.BOX, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}
    for name, code in filters.items():
        for size in [(16, 11), (61, 20), (23, 37), (70, 45), (1, 1), (5, 60)]:
            expected = np.asarray(image.resize(size, code))
            write_ppm(folder / f"{name}-{size[0]}x{size[1]}.ppm", expected)


def preprocess_fixtures(folder):
    cases = [  # name, size, crop percent, squash, (width, height)
        ("wide", 32, 0.875, False, (61, 47)),
        ("tall", 32, 0.9, False, (45, 83)),
        ("whole", 24, 1.0, False, (51, 40)),
        ("squash", 28, 0.95, True, (57, 33)),
        ("enlarged", 48, 0.875, False, (20, 31)),
    ]
    mean, deviation = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    for name, size, percent, squash, shape in cases:
        source = picture(*shape)
        write_ppm(folder / f"{name}.source.ppm", source)
        scaled = int(size / percent)
        chain = transforms.Compose([
            transforms.Resize((scaled, scaled) if squash else scaled, transforms.InterpolationMode.BICUBIC),
            transforms.CenterCrop(size),
        ])
        square = chain(Image.fromarray(source))
        write_ppm(folder / f"{name}.square.ppm", np.asarray(square))
        if name == "whole":
            tensor = transforms.ToTensor()(square)
            tensor = transforms.Normalize(mean, deviation)(tensor)
            values = tensor.permute(1, 2, 0).contiguous().numpy().astype("<f4")
            (folder / f"{name}.f32").write_bytes(values.tobytes())


if __name__ == "__main__":
    torch.manual_seed(0)
    shutil.rmtree(ROOT, ignore_errors=True)
    for name, make in [("decode", decode_fixtures), ("resize", resize_fixtures), ("preprocess", preprocess_fixtures)]:
        (ROOT / name).mkdir(parents=True)
        make(ROOT / name)
    print(sum(f.stat().st_size for f in ROOT.rglob("*") if f.is_file()), "bytes")
