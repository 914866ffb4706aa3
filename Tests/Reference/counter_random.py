"""The Python twin of Tensors.CounterRandom: the same numbers from (seed, key, index).

Import it from other reference scripts, or run it to print the values that
Tests/TensorsTests/CounterRandomTests.swift expects (Python 3, no packages).
"""

import math

MASK = (1 << 64) - 1


def fnv1a(text):
    value = 0xCBF29CE484222325
    for byte in text.encode("utf-8"):
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


class CounterRandom:
    def __init__(self, seed, key):
        self.base = (seed ^ fnv1a(key)) & MASK

    def bits(self, index):
        return mix((self.base + (index + 1) * 0x9E3779B97F4A7C15) & MASK)

    def uniform(self, index):
        return (self.bits(index) >> 11) * 2.0**-53

    def normal(self, index):
        radius = math.sqrt(-2 * math.log(1 - self.uniform((2 * index) & MASK)))
        return radius * math.cos(2 * math.pi * self.uniform((2 * index + 1) & MASK))


if __name__ == "__main__":
    for seed, key, index in [
        (0, "", 0),
        (42, "layer1.0.conv1.weight", 0),
        (42, "layer1.0.conv1.weight", 1),
        (MASK, "größe", 123456789),
    ]:
        r = CounterRandom(seed, key)
        print(
            f'  (seed: {seed}, key: "{key}", index: {index}, bits: 0x{r.bits(index):016X}, '
            f"uniform: {r.uniform(index)!r}, normal: {r.normal(index)!r}),"
        )
