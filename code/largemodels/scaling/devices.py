"""What one device gives: figures of the vendors' data sheets, as of November 2026.

Operations are of dense matrices in bfloat16 (sheets that print twice as many assume half of the numbers to be
zero). Memory is as printed, although GB mean 2**30 bytes to some. Its bandwidth counts reading and writing together.
Links carry so much each way, where vendors print the sum of both; a TPU's is to all its neighbors together.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Device:
    """The four numbers of a device that training hangs on."""

    flops: float  # operations a second, at most
    memory: float  # bytes
    bandwidth: float  # bytes a second between memory and arithmetic
    link: float  # bytes a second to its neighbors, each way

    @property
    def balance(self) -> float:
        """Return how many operations it can do for each byte that it can read."""
        return self.flops / self.bandwidth


DEVICES = {
    "A100": Device(312e12, 80e9, 2.039e12, 300e9),
    "H100": Device(989e12, 80e9, 3.35e12, 450e9),
    "B200": Device(2250e12, 180e9, 8e12, 900e9),
    "TPU v5p": Device(459e12, 95e9, 2.765e12, 600e9),
}

# Bytes a second, each way, on the road from an H100's memory to another building.
ROADS = {
    "its own memory": DEVICES["H100"].bandwidth,
    "NVLink, in one server": DEVICES["H100"].link,
    "PCIe 5, in one server": 64e9,
    "InfiniBand, to another": 50e9,
    "ten-gigabit Ethernet": 1.25e9,
}


def least_seconds(flops: float, moved: float, device: Device) -> float:
    """Return what the roofline allows: the longer of computing and moving so many bytes."""
    return max(flops / device.flops, moved / device.bandwidth)


def usable(n: float, d: int, device: Device) -> float:
    """Return the share of its arithmetic that n tokens at a time can use in a layer of d to d, in 16 bits."""
    flops, moved = 2 * n * d**2, 2 * (d**2 + 2 * n * d)
    return flops / device.flops / least_seconds(flops, moved, device)
