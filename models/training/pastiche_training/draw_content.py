"""Content images drawn by our own code, for sheets that may be shown: a landscape, a still life
and a figure, with the gradients, textures, edges and small detail that photographs have.

    python -m pastiche_training.draw_content --out DIR
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIDE = 512
OVERSAMPLING = 2

Colour = Sequence[float]
Point = tuple[float, float]


def value_noise(side: int, cells: int, rng: np.random.Generator) -> np.ndarray:
    """Smooth noise 0..1, [side,side], with `cells` bumps across."""
    grid = Image.fromarray(rng.random((cells + 1, cells + 1), dtype=np.float32))
    return np.asarray(grid.resize((side, side), Image.Resampling.BICUBIC)).clip(0, 1)


def clouds(side: int, cells: int, rng: np.random.Generator, octaves: int = 5) -> np.ndarray:
    """Noise of several octaves, 0..1, [side,side]."""
    total = np.zeros((side, side), np.float32)
    for k in range(octaves):
        total += value_noise(side, cells << k, rng) * 0.55**k
    return stretched(total)


def stretched(values: np.ndarray) -> np.ndarray:
    """Moved and scaled to 0..1."""
    moved: np.ndarray = values - values.min()
    moved /= moved.max()
    return moved


class Canvas:
    """An RGB picture in 0..1 whose coordinates run from (0, 0) top left to (1, 1)."""

    def __init__(self, side: int, seed: int) -> None:
        self.n = side * OVERSAMPLING
        self.side = side
        self.rng = np.random.default_rng(seed)
        self.y, self.x = np.mgrid[0 : self.n, 0 : self.n].astype(np.float32) / self.n
        self.pixels = np.zeros((self.n, self.n, 3), np.float32)

    def noise(self, cells: int, octaves: int = 5) -> np.ndarray:
        return clouds(self.n, cells, self.rng, octaves)

    def paint(self, mask: np.ndarray, colour: Colour | np.ndarray) -> None:
        """Lays a colour, one or [n,n,3], over the picture where the mask, 0..1, lets it."""
        alpha = np.clip(mask, 0, 1)[..., None]
        self.pixels += alpha * (np.asarray(colour, np.float32) - self.pixels)

    def shade(self, mask: np.ndarray, factor: np.ndarray | float) -> None:
        """Multiplies the picture's brightness by a factor where the mask, 0..1, lets it."""
        self.pixels *= (1 + np.clip(mask, 0, 1) * (factor - 1))[..., None]

    def polygon(self, points: Sequence[Point], blur: float = 0) -> np.ndarray:
        """Mask of a polygon, its edge softened by `blur` (share of the picture's side)."""
        return self.drawn(
            lambda draw, s: draw.polygon([(x * s, y * s) for x, y in points], 255), blur
        )

    def stroke(self, points: Sequence[Point], width: float, blur: float = 0) -> np.ndarray:
        """Mask of a line through points with round ends."""

        def line(draw: ImageDraw.ImageDraw, s: int) -> None:
            scaled = [(x * s, y * s) for x, y in points]
            draw.line(scaled, 255, max(1, round(width * s)), "curve")
            radius = width * s / 2
            for x, y in (scaled[0], scaled[-1]):
                draw.ellipse((x - radius, y - radius, x + radius, y + radius), 255)

        return self.drawn(line, blur)

    def drawn(
        self, draw: Callable[[ImageDraw.ImageDraw, int], None], blur: float = 0
    ) -> np.ndarray:
        image = Image.new("L", (self.n, self.n))
        draw(ImageDraw.Draw(image), self.n)
        if blur:
            image = image.filter(ImageFilter.GaussianBlur(blur * self.n))
        return np.asarray(image, np.float32) / 255

    def ellipse(
        self, x: float, y: float, rx: float, ry: float, softness: float = 0.004
    ) -> np.ndarray:
        """Mask of an ellipse around (x, y)."""
        distance = np.hypot((self.x - x) / rx, (self.y - y) / ry)
        mask: np.ndarray = ((1 - distance) * min(rx, ry) / softness + 0.5).clip(0, 1)
        return mask

    def ball(
        self, x: float, y: float, rx: float, ry: float, dark: Colour, light: Colour
    ) -> np.ndarray:
        """Paints an ellipsoid lit from the upper left, and returns its mask."""
        mask = self.ellipse(x, y, rx, ry)
        u, v = (self.x - x) / rx, (self.y - y) / ry
        depth = np.sqrt(np.clip(1 - u * u - v * v, 0, 1))
        light_share = np.clip(-0.5 * u - 0.55 * v + 0.67 * depth, 0, 1)
        self.paint(mask, mix(dark, light, light_share))
        spot = np.exp(-(((u + 0.38) / 0.16) ** 2 + ((v + 0.42) / 0.12) ** 2))
        self.paint(mask * spot * 0.75, (1, 1, 0.96))
        return mask

    def image(self) -> np.ndarray:
        """uint8 [side,side,3]."""
        grain = self.rng.normal(0, 0.012, self.pixels.shape[:2])[..., None]
        pixels = (np.clip(self.pixels + grain, 0, 1) * 255).round().astype(np.uint8)
        small = Image.fromarray(pixels).resize((self.side, self.side), Image.Resampling.LANCZOS)
        return np.asarray(small)


def mix(first: Colour, second: Colour, share: np.ndarray) -> np.ndarray:
    """Colours between two, by a share [...] in 0..1: [...,3]."""
    share = np.clip(share, 0, 1)[..., None]
    start, end = np.asarray(first, np.float32), np.asarray(second, np.float32)
    colours: np.ndarray = start * (1 - share) + end * share
    return colours


def ridge(canvas: Canvas, base: float, height: float, cells: int, seed: int) -> np.ndarray:
    """Depth below a hill's outline, [n,n]: positive inside the hill."""
    rng = np.random.default_rng(seed)
    outline = np.zeros(canvas.n, np.float32)
    for k in range(4):
        outline += value_noise(canvas.n, cells << k, rng)[0] * 0.4**k
    depth: np.ndarray = canvas.y - (base - height * stretched(outline))[None, :]
    return depth


def draw_tree(canvas: Canvas, x: float, foot: float, height: float, seed: int) -> None:
    """A broad-leaved tree: branches, then leaves in clumps, the upper left ones in the light."""
    rng = np.random.default_rng(seed)

    def branch(start: Point, angle: float, length: float, width: float) -> None:
        end = (start[0] + length * np.sin(angle), start[1] - length * np.cos(angle))
        canvas.paint(canvas.stroke([start, end], width), (0.24, 0.16, 0.1))
        if width > 0.004:
            for turn in (-0.55, 0.1, 0.6):
                branch(end, angle + turn + rng.normal(0, 0.12), length * 0.62, width * 0.55)

    root = [(x - height * 0.06, foot), (x, foot - height * 0.1), (x + height * 0.06, foot)]
    canvas.paint(canvas.polygon(root, 0.002), (0.24, 0.16, 0.1))
    branch((x, foot - height * 0.03), 0.03, height * 0.36, height * 0.06)
    centre_y = foot - height * 0.66
    for layer in range(4):

        def leaves(draw: ImageDraw.ImageDraw, s: int) -> None:
            for _ in range(520):
                angle, radius = rng.random() * 2 * np.pi, rng.random() ** 0.6
                dx = np.cos(angle) * radius * height * 0.36 - layer * height * 0.022
                dy = np.sin(angle) * radius * height * 0.32 - layer * height * 0.028
                size = height * rng.uniform(0.008, 0.02)
                px, py = (x + dx) * s, (centre_y + dy) * s
                draw.ellipse(
                    (px - size * s, py - size * s * 0.7, px + size * s, py + size * s * 0.7), 255
                )

        shade = layer / 3
        colour = mix((0.09, 0.19, 0.07), (0.56, 0.66, 0.2), np.asarray(shade, np.float32))
        canvas.paint(canvas.drawn(leaves) * 0.92, colour)


def landscape(side: int = SIDE) -> np.ndarray:
    """Evening sun over hills and a lake, a house and a tree: uint8 [side,side,3]."""
    c = Canvas(side, 1)
    c.paint(np.ones_like(c.x), mix((0.22, 0.42, 0.74), (0.98, 0.82, 0.58), c.y / 0.52))
    sun = np.hypot(c.x - 0.3, c.y - 0.3)
    c.paint(np.exp(-((sun / 0.2) ** 2)) * 0.7, (1, 0.9, 0.62))
    cloud = np.clip((c.noise(4, 6) - 0.52 + 0.1 * np.sin(c.y * 40)) * 4, 0, 1)
    cloud *= np.clip((0.42 - c.y) / 0.2, 0, 1)
    c.paint(cloud * 0.85, mix((1, 0.97, 0.92), (0.72, 0.6, 0.66), c.noise(6)))
    c.paint(c.ellipse(0.3, 0.3, 0.062, 0.062), (1, 0.95, 0.72))

    hills = (
        (0.53, 0.22, 3, 5, (0.44, 0.48, 0.66), (0.62, 0.62, 0.74)),
        (0.58, 0.13, 4, 8, (0.25, 0.38, 0.44), (0.45, 0.52, 0.46)),
        (0.62, 0.08, 5, 11, (0.2, 0.34, 0.2), (0.5, 0.54, 0.26)),
    )
    for base, height, cells, seed, dark, light in hills:
        depth = ridge(c, base, height, cells, seed)
        slope = np.gradient(depth, axis=1) * c.n
        texture = 0.45 - slope * 0.5 + (c.noise(24) - 0.5) * 0.9
        c.paint(np.clip(depth * c.n / 2, 0, 1), mix(dark, light, texture))

    lake = np.clip((c.y - 0.62) * c.n / 2, 0, 1)
    ripples = np.sin(c.y**2 * 420 + 5 * c.noise(7)) * 0.5 + 0.5
    c.paint(lake, mix((0.2, 0.36, 0.52), (0.68, 0.72, 0.74), ripples * 0.6 + 0.2))
    glitter = np.exp(-(((c.x - 0.3) / (0.03 + 0.25 * (c.y - 0.6))) ** 2)) * (ripples > 0.55)
    c.paint(lake * glitter * 0.8, (1, 0.9, 0.64))

    shore = c.y - (0.71 + 0.05 * np.sin(c.x * 5 + 0.6) - 0.1 * c.x + 0.012 * c.noise(16))
    meadow = np.clip(shore * c.n / 3, 0, 1)
    grass = c.noise(40) * 0.6 + c.noise(6) * 0.6 - 0.1 - shore * 0.5
    c.paint(meadow, mix((0.14, 0.26, 0.08), (0.62, 0.66, 0.24), grass))
    path = [(0.42, 1.05), (0.5, 0.93), (0.6, 0.86), (0.66, 0.8), (0.69, 0.755)]
    for width, colour in ((0.05, (0.5, 0.4, 0.26)), (0.034, (0.82, 0.7, 0.5))):
        c.paint(c.stroke(path, width, 0.003) * meadow, colour)

    draw_house(c)
    shadow = c.ellipse(0.92, 0.898, 0.17, 0.025, 0.03)
    c.shade(shadow, 0.55)
    draw_tree(c, 0.9, 0.9, 0.5, 3)

    def flowers(draw: ImageDraw.ImageDraw, s: int) -> None:
        for _ in range(150):
            fx = c.rng.random() ** 1.6 * 0.62
            fy = 1 - (0.2 - 0.24 * fx) * c.rng.random() ** 1.3
            size = 0.001 + max(0.0, fy - 0.78) * 0.018
            draw.ellipse(((fx - size) * s, (fy - size) * s, (fx + size) * s, (fy + size) * s), 255)

    for colour in ((0.93, 0.25, 0.2), (0.98, 0.92, 0.85), (0.95, 0.76, 0.2)):
        c.paint(c.drawn(flowers) * meadow, colour)
    return c.image()


def draw_house(c: Canvas) -> None:
    """Whitewashed house with a tiled roof, windows, a door and a smoking chimney."""
    plaster = mix((0.78, 0.7, 0.6), (0.97, 0.93, 0.86), c.noise(30))
    c.paint(c.polygon([(0.6, 0.67), (0.73, 0.67), (0.73, 0.77), (0.6, 0.77)]), plaster)
    gable = [(0.54, 0.78), (0.54, 0.675), (0.57, 0.6), (0.6, 0.67), (0.6, 0.77)]
    c.paint(c.polygon(gable), plaster * 0.78)
    c.paint(c.polygon([(0.66, 0.63), (0.66, 0.57), (0.685, 0.57), (0.685, 0.63)]), (0.5, 0.26, 0.2))
    tiles = np.sin(c.y * 700 + np.sin(c.x * 480) * 0.8) * 0.5 + 0.5
    roof = [(0.565, 0.59), (0.7, 0.59), (0.745, 0.68), (0.605, 0.68)]
    c.paint(
        c.polygon(roof), mix((0.5, 0.16, 0.1), (0.86, 0.4, 0.24), tiles * 0.6 + c.noise(20) * 0.4)
    )
    c.paint(c.stroke([(0.53, 0.685), (0.567, 0.592)], 0.008), (0.45, 0.15, 0.1))
    for x in (0.625, 0.695):
        c.paint(
            c.polygon([(x, 0.695), (x + 0.024, 0.695), (x + 0.024, 0.73), (x, 0.73)]),
            (0.2, 0.26, 0.36),
        )
        c.paint(c.stroke([(x + 0.012, 0.695), (x + 0.012, 0.73)], 0.003), (0.95, 0.93, 0.88))
        c.paint(c.stroke([(x, 0.712), (x + 0.024, 0.712)], 0.003), (0.95, 0.93, 0.88))
    c.paint(c.polygon([(0.66, 0.71), (0.683, 0.71), (0.683, 0.77), (0.66, 0.77)]), (0.2, 0.4, 0.36))
    c.paint(
        c.polygon([(0.56, 0.69), (0.58, 0.69), (0.58, 0.725), (0.56, 0.725)]), (0.98, 0.82, 0.4)
    )
    for k in range(14):
        puff = c.ellipse(
            0.675 + 0.005 * k + 0.012 * np.sin(k),
            0.555 - 0.02 * k,
            0.012 + 0.003 * k,
            0.011 + 0.0024 * k,
            0.02,
        )
        c.paint(puff * (0.42 - 0.026 * k), (0.95, 0.93, 0.94))


def still_life(side: int = SIDE) -> np.ndarray:
    """A jug with flowers, a bowl, fruit and a striped cloth on a table: uint8 [side,side,3]."""
    c = Canvas(side, 2)
    wall = mix(
        (0.16, 0.22, 0.27), (0.46, 0.5, 0.46), c.noise(5) * 0.5 + 0.75 - c.x * 0.55 - c.y * 0.3
    )
    c.paint(np.ones_like(c.x), wall)
    table = np.clip((c.y - 0.64) * c.n / 2, 0, 1)
    grain = (
        np.sin(c.y * 160 + 7 * c.noise(3) + 0.6 * np.sin(c.x * 9)) * 0.25
        + 0.5
        + (c.noise(32) - 0.5) * 0.5
    )
    c.paint(table, mix((0.3, 0.16, 0.08), (0.72, 0.47, 0.26), grain))
    c.shade(table, 0.75 + 0.5 * (c.y - 0.6))

    cloth = [(0.42, 0.68), (0.96, 0.66), (1.02, 0.84), (0.9, 1.02), (0.52, 1.02), (0.47, 0.85)]
    folds = 0.5 + 0.5 * np.sin(c.x * 26 + c.y * 9 + 3 * c.noise(3))
    stripes = (np.sin((c.x * 0.9 + c.y * 0.5) * 95 + folds * 2.2) > 0.35).astype(np.float32)
    linen = mix((0.93, 0.9, 0.84), (0.2, 0.33, 0.58), stripes) * (0.62 + 0.4 * folds)[..., None]
    c.paint(c.polygon(cloth, 0.002), linen)

    for x, y, rx in ((0.27, 0.83, 0.24), (0.7, 0.83, 0.22), (0.55, 0.93, 0.1), (0.4, 0.94, 0.09)):
        c.shade(c.ellipse(x + 0.05, y, rx, 0.035, 0.05) * table, 0.45)

    draw_bouquet(c)
    draw_jug(c)

    for x, y, r, dark, light in (
        (0.66, 0.68, 0.068, (0.4, 0.05, 0.05), (0.92, 0.26, 0.16)),
        (0.77, 0.675, 0.062, (0.55, 0.28, 0.03), (0.99, 0.72, 0.2)),
        (0.71, 0.63, 0.06, (0.25, 0.34, 0.06), (0.78, 0.84, 0.3)),
    ):
        body = c.ball(x, y, r, r * 0.95, dark, light)
        c.shade(body, 0.88 + 0.24 * c.noise(28))
    bowl = c.ellipse(0.71, 0.74, 0.16, 0.115) * (c.y > 0.715)
    glaze = 0.55 - (c.x - 0.71) * 3.4 + 0.2 * c.noise(12)
    c.paint(bowl, mix((0.1, 0.2, 0.34), (0.68, 0.8, 0.86), glaze))
    rim = c.ellipse(0.71, 0.716, 0.16, 0.022) - c.ellipse(0.71, 0.712, 0.148, 0.014)
    c.paint(rim, mix((0.3, 0.4, 0.5), (0.95, 0.97, 0.95), 0.6 - (c.x - 0.71) * 3))
    pattern = (np.sin(c.x * 150) * np.sin(c.y * 150) > 0.3) & (np.abs(c.y - 0.775) < 0.026)
    c.paint(bowl * pattern * 0.7, (0.92, 0.88, 0.7))

    orange = c.ball(0.52, 0.895, 0.072, 0.07, (0.6, 0.24, 0.02), (1, 0.64, 0.14))
    c.shade(orange, 0.85 + 0.3 * c.noise(64, 2))
    pear = c.polygon([(0.35, 0.8), (0.378, 0.74), (0.4, 0.8)], 0.008)
    c.paint(pear, mix((0.45, 0.46, 0.1), (0.84, 0.82, 0.36), 0.9 - (c.x - 0.34) * 8))
    c.ball(0.373, 0.875, 0.07, 0.085, (0.36, 0.38, 0.06), (0.9, 0.86, 0.4))
    c.paint(c.stroke([(0.378, 0.755), (0.385, 0.725), (0.395, 0.71)], 0.007), (0.26, 0.16, 0.08))
    return c.image()


def draw_bouquet(c: Canvas) -> None:
    """Sunflowers, poppies and cornflowers with their leaves above the jug."""
    rng = np.random.default_rng(7)
    for _ in range(34):
        angle = rng.uniform(-1.35, 1.35)
        length = rng.uniform(0.1, 0.3)
        tip = (0.25 + length * np.sin(angle), 0.42 - length * np.cos(angle))
        green = rng.uniform(0.7, 1.4)
        c.paint(c.stroke([(0.25, 0.42), tip], 0.006), np.array((0.16, 0.32, 0.13)) * green)
        width, along = 0.017, (tip[0] - 0.25, tip[1] - 0.42)
        middle = (
            0.25 + along[0] * 0.75 + along[1] * width * 4,
            0.42 + along[1] * 0.75 - along[0] * width * 4,
        )
        leaf = [(0.25 + along[0] * 0.55, 0.42 + along[1] * 0.55), middle, tip]
        c.paint(c.polygon(leaf), np.array((0.22, 0.4, 0.16)) * green)
    flowers = [
        (0.25, 0.16, 0.085, 15, (0.98, 0.74, 0.1)), (0.12, 0.26, 0.075, 14, (0.95, 0.62, 0.08)),
        (0.38, 0.25, 0.075, 15, (0.99, 0.8, 0.22)), (0.24, 0.31, 0.06, 7, (0.84, 0.13, 0.1)),
        (0.15, 0.38, 0.05, 6, (0.9, 0.2, 0.14)), (0.36, 0.38, 0.052, 7, (0.75, 0.1, 0.12)),
        (0.32, 0.09, 0.04, 9, (0.3, 0.36, 0.8)), (0.14, 0.14, 0.042, 9, (0.36, 0.4, 0.85)),
        (0.44, 0.34, 0.038, 9, (0.28, 0.33, 0.76)), (0.06, 0.36, 0.036, 9, (0.4, 0.42, 0.84)),
    ]  # fmt: skip
    for x, y, radius, petals, colour in flowers:
        distance = np.hypot(c.x - x, c.y - y) / radius
        angle = np.arctan2(c.y - y, c.x - x)
        edge = 0.78 + 0.22 * np.cos(angle * petals + x * 40)
        mask = np.clip((edge - distance) * radius * c.n / 2, 0, 1)
        light = 0.62 + 0.5 * distance - 0.25 * np.cos(angle * petals * 2) + (x - c.x) * 2
        c.paint(mask, np.asarray(colour) * np.clip(light, 0.4, 1.15)[..., None])
        c.paint(
            c.ellipse(x, y, radius * 0.32, radius * 0.32),
            mix((0.12, 0.07, 0.04), (0.45, 0.26, 0.1), c.noise(90, 2)),
        )


def draw_jug(c: Canvas) -> None:
    """A glazed earthenware jug with a painted band."""
    t = np.clip((c.y - 0.4) / 0.44, 0, 1)
    belly = np.sin(np.pi * np.clip(t * 1.1 - 0.1, 0, 0.999)) ** 1.3
    profile = 0.075 + 0.085 * belly + 0.16 * np.clip(0.12 - t, 0, 1)
    u = (c.x - 0.25) / profile
    inside = (c.y > 0.4) & (c.y < 0.84 - 0.02 * u**2)
    mask = np.clip((1 - np.abs(u)) * profile * c.n / 2, 0, 1) * inside
    handle = c.ellipse(0.41, 0.55, 0.075, 0.1) - c.ellipse(0.41, 0.55, 0.048, 0.07)
    c.paint(handle, mix((0.34, 0.2, 0.12), (0.82, 0.62, 0.42), 0.8 - (c.y - 0.45) * 3))
    light = np.clip(0.78 - 0.62 * (u + 0.35) ** 2 - 0.12 * u, 0, 1) + (c.noise(20) - 0.5) * 0.2
    body = mix((0.26, 0.16, 0.11), (0.93, 0.83, 0.66), light)
    band = np.abs(c.y - 0.62) < 0.05
    waves = np.abs(c.y - 0.62 - 0.025 * np.sin(u * 9)) < 0.011
    body = np.where((band & waves)[..., None], body * (0.35, 0.5, 0.9), body)
    edge = (np.abs(np.abs(c.y - 0.62) - 0.05) < 0.004)[..., None]
    c.paint(mask, np.where(edge, body * (0.6, 0.4, 0.3), body))
    c.paint(
        mask * np.exp(-(((u + 0.5) / 0.09) ** 2 + ((t - 0.42) / 0.14) ** 2)) * 0.8, (1, 1, 0.97)
    )


def figure(side: int = SIDE) -> np.ndarray:
    """A woman with a red scarf and a straw hat at a window: uint8 [side,side,3]."""
    c = Canvas(side, 3)
    c.paint(
        np.ones_like(c.x),
        mix((0.26, 0.3, 0.26), (0.62, 0.58, 0.44), c.noise(4) * 0.5 + 0.6 - c.x * 0.4),
    )
    leaves = (np.sin(c.x * 60) * np.sin(c.y * 60 + np.sin(c.x * 30) * 2) > 0.45) * 0.22
    c.paint(leaves.astype(np.float32), (0.75, 0.68, 0.42))

    view = [(0.64, 0.0), (1.0, 0.0), (1.0, 0.56), (0.64, 0.56)]
    window = c.polygon(view)
    c.paint(
        window, mix((0.42, 0.62, 0.86), (0.95, 0.9, 0.78), c.y / 0.42 + (c.noise(5) - 0.5) * 0.8)
    )
    for base, dark, light, seed in (
        (0.46, (0.36, 0.46, 0.56), (0.5, 0.58, 0.6), 4),
        (0.53, (0.2, 0.34, 0.18), (0.5, 0.56, 0.24), 6),
    ):
        depth = ridge(c, base, 0.1, 5, seed)
        c.paint(window * np.clip(depth * c.n / 2, 0, 1), mix(dark, light, c.noise(28)))
    for line in (
        [(0.64, -0.1), (0.64, 0.56)],
        [(0.83, -0.1), (0.83, 0.56)],
        [(0.6, 0.57), (1.1, 0.57)],
        [(0.64, 0.22), (1.1, 0.22)],
    ):
        c.paint(c.stroke(line, 0.024), mix((0.5, 0.42, 0.32), (0.9, 0.86, 0.76), c.noise(24)))
        c.paint(c.stroke([(x + 0.011, y + 0.011) for x, y in line], 0.005), (0.3, 0.24, 0.18))

    hair = (0.2, 0.1, 0.05)
    c.paint(c.ellipse(0.44, 0.5, 0.185, 0.27, 0.01), hair)
    coat = [
        (0.0, 1.05),
        (0.04, 0.88),
        (0.17, 0.79),
        (0.36, 0.72),
        (0.52, 0.72),
        (0.7, 0.78),
        (0.83, 0.87),
        (0.9, 1.05),
    ]
    weave = 0.5 + 0.25 * np.sin(c.x * 300) * np.sin(c.y * 300) + (c.noise(8) - 0.5)
    c.paint(
        c.polygon(coat, 0.003),
        mix((0.07, 0.16, 0.24), (0.28, 0.46, 0.54), weave + (0.45 - c.x) * 0.5),
    )
    for x in (0.2, 0.68):
        c.shade(c.stroke([(x, 1.0), (x + (0.45 - x) * 0.25, 0.82)], 0.014, 0.006), 0.5)

    skin_dark, skin_light = (0.5, 0.29, 0.2), (0.97, 0.78, 0.63)
    c.paint(
        c.polygon([(0.375, 0.6), (0.52, 0.6), (0.54, 0.76), (0.45, 0.82), (0.35, 0.76)], 0.003),
        mix(skin_dark, skin_light, 0.45 + (c.x - 0.44) * 2.4),
    )
    draw_face(c, skin_dark, skin_light)

    strands = 0.5 + 0.5 * np.sin((c.x - 0.44) * 210 + 3 * np.sin(c.y * 9))
    for side_of, x in ((-1, 0.297), (1, 0.585)):
        lock = c.polygon(
            [
                (x, 0.36),
                (x + side_of * 0.05, 0.5),
                (x + side_of * 0.06, 0.68),
                (x + side_of * 0.01, 0.74),
                (x - side_of * 0.03, 0.6),
                (x - side_of * 0.02, 0.45),
            ],
            0.004,
        )
        c.paint(lock, mix(hair, (0.55, 0.32, 0.16), strands * 0.7))

    scarf = [
        (0.3, 0.72),
        (0.45, 0.79),
        (0.58, 0.71),
        (0.63, 0.76),
        (0.58, 0.83),
        (0.55, 1.03),
        (0.43, 1.03),
        (0.42, 0.86),
        (0.29, 0.8),
    ]
    folds = 0.5 + 0.5 * np.sin((c.x + c.y * 0.6) * 60 + 4 * c.noise(4))
    c.paint(c.polygon(scarf, 0.003), mix((0.45, 0.04, 0.06), (0.94, 0.27, 0.2), folds))
    dots = np.sin(c.x * 190) * np.sin(c.y * 190) > 0.72
    c.paint(c.polygon(scarf, 0.003) * dots, (0.98, 0.9, 0.75))

    draw_hat(c)
    return c.image()


def draw_face(c: Canvas, dark: Colour, light: Colour) -> None:
    """Face in half profile to the window's light on the right."""
    u, v = (c.x - 0.445) / 0.135, (c.y - 0.49) / 0.195
    jaw = np.hypot(u * (1 + 0.28 * np.clip(v, 0, 1) ** 2), v)
    face = np.clip((1 - jaw) * 0.135 * c.n / 3, 0, 1)
    lit = (
        0.6
        + 0.42 * u
        - 0.25 * np.clip(np.abs(u) - 0.5, 0, 1)
        - 0.12 * v
        + (c.noise(16) - 0.5) * 0.08
    )
    c.paint(face, mix(dark, light, lit))
    c.paint(face * c.ellipse(0.52, 0.56, 0.045, 0.035, 0.04) * 0.28, (0.94, 0.5, 0.42))
    c.paint(face * c.ellipse(0.37, 0.56, 0.04, 0.035, 0.04) * 0.25, (0.8, 0.34, 0.3))
    c.shade(
        face
        * c.stroke([(0.462, 0.45), (0.452, 0.53), (0.44, 0.552), (0.468, 0.562)], 0.012, 0.005),
        0.7,
    )
    c.paint(face * c.stroke([(0.476, 0.46), (0.478, 0.54)], 0.012, 0.006) * 0.5, (1, 0.9, 0.78))
    for x in (0.395, 0.505):
        c.paint(c.ellipse(x, 0.468, 0.028, 0.0115), (0.95, 0.92, 0.88))
        c.paint(c.ellipse(x + 0.004, 0.468, 0.013, 0.0135), (0.24, 0.34, 0.24))
        c.paint(c.ellipse(x + 0.004, 0.468, 0.006, 0.007), (0.03, 0.03, 0.03))
        c.paint(c.ellipse(x + 0.008, 0.463, 0.003, 0.003, 0.002), (1, 1, 1))
        c.paint(
            c.stroke(
                [(x - 0.03, 0.468), (x - 0.013, 0.457), (x + 0.013, 0.457), (x + 0.03, 0.467)],
                0.005,
                0.001,
            ),
            (0.14, 0.07, 0.05),
        )
        c.paint(
            c.stroke(
                [(x - 0.034, 0.432), (x - 0.012, 0.424), (x + 0.012, 0.424), (x + 0.034, 0.431)],
                0.007,
                0.002,
            ),
            (0.26, 0.14, 0.08),
        )
    c.paint(
        c.polygon(
            [
                (0.405, 0.601),
                (0.438, 0.597),
                (0.453, 0.601),
                (0.468, 0.597),
                (0.503, 0.6),
                (0.455, 0.613),
            ],
            0.001,
        ),
        (0.7, 0.2, 0.2),
    )
    c.paint(
        c.polygon(
            [
                (0.405, 0.602),
                (0.43, 0.61),
                (0.455, 0.613),
                (0.48, 0.61),
                (0.503, 0.601),
                (0.475, 0.629),
                (0.455, 0.633),
                (0.434, 0.629),
            ],
            0.001,
        ),
        (0.84, 0.32, 0.29),
    )
    c.paint(
        c.stroke(
            [(0.401, 0.599), (0.43, 0.61), (0.455, 0.613), (0.48, 0.61), (0.507, 0.598)], 0.003
        ),
        (0.4, 0.09, 0.1),
    )


def draw_hat(c: Canvas) -> None:
    """A straw hat with a dark ribbon, its shadow on the forehead."""
    c.shade(c.ellipse(0.445, 0.35, 0.14, 0.08, 0.03), 0.62)
    straw = (
        0.5
        + 0.22 * np.sin(np.hypot(c.x - 0.44, (c.y - 0.33) * 3) * 420)
        + (c.noise(40) - 0.5) * 0.7
    )
    colour = mix((0.56, 0.38, 0.14), (0.98, 0.86, 0.52), straw + (c.x - 0.44) * 0.9)
    c.paint(c.ellipse(0.44, 0.335, 0.3, 0.072), colour)
    c.shade(c.ellipse(0.44, 0.355, 0.24, 0.04, 0.02), 0.72)
    crown = c.polygon(
        [
            (0.3, 0.31),
            (0.315, 0.17),
            (0.36, 0.115),
            (0.44, 0.1),
            (0.52, 0.115),
            (0.565, 0.17),
            (0.58, 0.31),
            (0.5, 0.34),
            (0.38, 0.34),
        ],
        0.004,
    )
    c.paint(crown, colour)
    c.shade(crown, 0.75 + (c.x - 0.3) * 1.1)
    ribbon = [
        (0.3, 0.31),
        (0.304, 0.255),
        (0.44, 0.282),
        (0.576, 0.255),
        (0.58, 0.31),
        (0.5, 0.34),
        (0.38, 0.34),
    ]
    c.paint(
        c.polygon(ribbon, 0.002), mix((0.08, 0.1, 0.24), (0.26, 0.32, 0.56), 0.2 + (c.x - 0.3) * 2)
    )


PICTURES: dict[str, Callable[[int], np.ndarray]] = {
    "landscape": landscape,
    "still-life": still_life,
    "figure": figure,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--side", type=int, default=SIDE)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        Image.fromarray(draw(arguments.side)).save(arguments.out / f"{name}.png")


if __name__ == "__main__":
    main()
