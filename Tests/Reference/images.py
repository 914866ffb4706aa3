"""Fixtures of Tests/ImagesTests: what Pillow, torchvision and timm make of small pictures.

Run: python Tests/Reference/images.py        (Pillow 13, NumPy, torch, torchvision, timm)
Writes Tests/ImagesTests/Fixtures/{decode,draft,resize,preprocess,augment}; expected pictures are PPM (P6), so
that no decoder under test reads them.
"""

import io
import json
import pathlib
import random
import shutil
import struct
import zlib

import numpy as np
import torch
from PIL import Image, ImageChops, ImageEnhance, ImageOps
from timm.data import auto_augment, create_transform
from torchvision import transforms
from torchvision.transforms import functional

ROOT = pathlib.Path(__file__).resolve().parent.parent / "ImagesTests" / "Fixtures"
RANDOM = np.random.default_rng(20260101)
FILTERS = {"box": Image.BOX, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}


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


def on(colour, image):
    rgba = image.convert("RGBA")
    ground = Image.new("RGBA", rgba.size, colour + (255,))
    return np.asarray(Image.alpha_composite(ground, rgba).convert("RGB"))


def on_white(image):
    return on((255, 255, 255), image)


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


    # --- kinds that are rarer
    jpeg("rgb-adobe", image, keep_rgb=True)
    jpeg("grey-progressive", image.convert("L"), progressive=True)
    adobe = bytes((folder / "cmyk.jpg").read_bytes())
    at = adobe.index(b"\xff\xee")
    plain = adobe[:at] + adobe[at + 2 + struct.unpack(">H", adobe[at + 2:at + 4])[0]:]
    # Without Adobe's marker 0 is no ink; Pillow inverts all the same.
    ink = ImageChops.invert(Image.open(io.BytesIO(plain)))
    keep("cmyk-plain.jpg", plain, np.asarray(ink.convert("RGB")))
    wide_alpha = alpha.astype(np.uint32) * 257 - 100 * (alpha > 0)
    for channels, kind, name in [(colour, 6, "rgba16"), (grey, 4, "grey-alpha16")]:
        samples = np.concatenate([channels * 256 + 99, wide_alpha], 2)
        high = (samples >> 8).astype(np.uint8)
        rgba = np.concatenate([np.repeat(high[:, :, :1], 3, 2), high[:, :, 1:]], 2) if kind == 4 else high
        keep(name + ".png", png(samples, 16, kind), on_white(Image.fromarray(rgba, "RGBA")))
    for depth in [1, 2]:
        part = indices % 2**depth
        keep(f"palette{depth}.png", png(part, depth, 3, extra=plte), palette[part[:, :, 0]])
    clear = chunk(b"tRNS", struct.pack(">H", int(grey[3, 4, 0])))
    level = grey[:, :, 0].astype(np.uint8)
    masked = np.where(grey == grey[3, 4, 0], 255, grey)
    keep("grey8-transparent.png", png(grey, 8, 0, extra=clear), np.repeat(masked.astype(np.uint8), 3, 2))
    clear = chunk(b"tRNS", struct.pack(">HHH", *(int(v) for v in colour[5, 6])))
    masked = np.where((colour == colour[5, 6]).all(-1, keepdims=True), 255, colour)
    keep("rgb8-transparent.png", png(colour, 8, 2, extra=clear), masked.astype(np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = chunk(b"eXIf", exif.tobytes()[6:])
    keep("exif-6.png", png(colour, 8, 2, extra=turned), np.rot90(base, -1))
    write_ppm(folder.parent / "background.ppm", on((10, 200, 30), Image.open(folder / "rgba8.png")))


def draft_fixtures(folder):
    """A picture of more than a megapixel, and rows of what `draft` makes of it."""
    y, x = np.mgrid[0:900, 0:1200]
    planes = [127 + 100 * np.sin(x / 31 + y / 47), 255 * x / 1200, np.where(x * 3 > y * 4, 200, 40)]
    image = Image.fromarray(np.stack(planes, -1).astype(np.uint8))
    image.save(folder / "large.jpg", quality=60)
    for scale in [2, 4, 8]:
        opened = Image.open(folder / "large.jpg")
        opened.draft("RGB", (1200 // scale, 900 // scale))
        pixels = np.asarray(opened.convert("RGB"))
        assert pixels.shape[1] == 1200 // scale, pixels.shape
        write_ppm(folder / f"{scale}.ppm", pixels[::32])


def resize_fixtures(folder):
    source = picture(61, 37)
    write_ppm(folder / "source.ppm", source)
    image = Image.fromarray(source)
    for name, code in FILTERS.items():
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


def tall_fixtures(folder):
    """Tall pictures, and those whose height shrinks more: scaled down first, then across."""
    for shape, size in [((5, 90), (9, 40)), ((5, 88), (3, 20)), ((61, 3), (7, 9)), ((1, 40), (30, 1)),
                        ((30, 45), (70, 5)), ((90, 2), (1, 90))]:
        pixels = picture(*shape)
        stem = f"{shape[0]}x{shape[1]}"
        write_ppm(folder / f"source-{stem}.ppm", pixels)
        for name, code in FILTERS.items():
            expected = np.asarray(Image.fromarray(pixels).resize(size, code))
            write_ppm(folder / f"{name}-{stem}-{size[0]}x{size[1]}.ppm", expected)


def border_fixtures(folder):
    """timm's crop_mode border: the whole picture, with a border of the mean's colour."""
    for name, size, percent, shape in [("border-wide", 32, 1.0, (61, 30)), ("border-tall", 28, 0.9, (21, 50))]:
        source = picture(*shape)
        write_ppm(folder / f"{name}.source.ppm", source)
        chain = create_transform(
            size, interpolation="bicubic", crop_pct=percent, crop_mode="border", normalize=False)
        square = chain(Image.fromarray(source)).permute(1, 2, 0).numpy()
        write_ppm(folder / f"{name}.square.ppm", square)


def augment_fixtures(folder):
    source = picture(33, 24)
    image = Image.fromarray(source)
    write_ppm(folder / "source.ppm", source)
    for factor in [0.1, 0.64, 1.81]:
        for name in ["Brightness", "Contrast", "Color", "Sharpness"]:
            made = getattr(ImageEnhance, name)(image).enhance(factor)
            write_ppm(folder / f"{name}_{factor}.ppm", np.asarray(made))
    for turn in [-0.5, -0.13, 0.02, 0.4]:
        write_ppm(folder / f"Hue_{turn}.ppm", np.asarray(functional.adjust_hue(image, turn)))
    fill = (124, 116, 104)
    operations = {
        "AutoContrast": [None], "Equalize": [None], "Invert": [None], "Posterize": [1, 4],
        "Solarize": [0, 77, 256], "SolarizeAdd": [55], "Rotate": [-27.5, 8.1], "ShearX": [0.21, -0.3],
        "ShearY": [0.27, -0.11], "TranslateXRel": [0.405, -0.2], "TranslateYRel": [0.45, -0.123],
    }
    for name, values in operations.items():
        operation = auto_augment.NAME_TO_OP[name]
        for value in values:
            arguments = [] if value is None else [value]
            for code in [Image.BILINEAR, Image.BICUBIC]:
                made = operation(image, *arguments, resample=code, fillcolor=fill)
                stem = f"{name}_{'' if value is None else value}"
                if code == Image.BILINEAR and name[:5] in ["Rotat", "Shear", "Trans"]:
                    stem += "_bilinear"
                write_ppm(folder / f"{stem}.ppm", np.asarray(made))
    # What each operation is told at each magnitude, for both signs.
    table = []
    draw = random.random
    for increasing in [False, True]:
        names = auto_augment.rand_augment_choices("", increasing=increasing)
        for name in names:
            for magnitude in [0, 0.37, 5, 9, 9.81, 10]:
                for negated in [False, True]:
                    random.random = lambda: 0.9 if negated else 0.1
                    level = auto_augment.LEVEL_TO_ARG[name]
                    value = level(magnitude, {})[0] if level else None
                    table.append([name.removesuffix("Increasing"), increasing, magnitude, negated, value])
    random.random = draw
    lines = ",\n".join(json.dumps(row) for row in table)
    (folder / "magnitudes.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    torch.manual_seed(0)
    shutil.rmtree(ROOT, ignore_errors=True)
    for name, make in [
        ("decode", decode_fixtures), ("resize", resize_fixtures), ("preprocess", preprocess_fixtures),
        ("resize", tall_fixtures), ("preprocess", border_fixtures), ("draft", draft_fixtures), ("augment", augment_fixtures),
    ]:
        (ROOT / name).mkdir(parents=True, exist_ok=True)
        make(ROOT / name)
    print(sum(f.stat().st_size for f in ROOT.rglob("*") if f.is_file()), "bytes")
