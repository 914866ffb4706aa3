"""Counter-based random numbers, the same as `CounterRandom` in Swift."""
import numpy as np

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def fnv1a(text):
    """FNV-1a hash of 64 bits of a string's UTF-8 bytes."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


class CounterRandom:
    """A random sequence that follows from a seed and a key; any element can be asked for."""

    def __init__(self, seed, key):
        self.state = np.uint64(seed ^ fnv1a(key))

    def bits(self, count, start=0):
        with np.errstate(over="ignore"):
            index = np.arange(start + 1, start + count + 1, dtype=np.uint64)
            z = self.state + index * GOLDEN
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            return z ^ (z >> np.uint64(31))

    def uniform(self, count, start=0):
        return (self.bits(count, start) >> np.uint64(11)).astype(np.float64) * 2.0**-53
