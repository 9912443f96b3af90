"""Makes pictures of kinds that browsers read and few tools write, from the drawn harbour.

Run in this folder with Pillow from 11.3: python draw.py
"""
import io
import struct
import zlib

from PIL import Image

SIZE = (240, 180)


def chunk(kind, contents):
    body = kind + contents
    return struct.pack('>I', len(contents)) + body + struct.pack('>I', zlib.crc32(body))


def deep_png(image):
    """A PNG of 16 bits per channel, which Pillow does not write."""
    width, height = image.size
    pixels = image.tobytes()
    rows = b''.join(
        b'\0' + b''.join(bytes((byte, byte)) for byte in pixels[3 * width * y : 3 * width * (y + 1)])
        for y in range(height)
    )
    header = struct.pack('>IIBBBBB', width, height, 16, 2, 0, 0, 0)
    return (
        b'\x89PNG\r\n\x1a\n'
        + chunk(b'IHDR', header)
        + chunk(b'IDAT', zlib.compress(rows, 9))
        + chunk(b'IEND', b'')
    )


harbour = Image.open('../harbour.jpg').convert('RGB').resize(SIZE)
harbour.convert('CMYK').save('cmyk.jpg', quality=80)
harbour.save('photo.avif', quality=60)
disc = harbour.copy()
disc.putalpha(Image.radial_gradient('L').resize(SIZE).point(lambda value: 255 - value))
disc.save('alpha.webp', quality=70)
with open('deep.png', 'wb') as file:
    file.write(deep_png(harbour))
progressive = io.BytesIO()
harbour.save(progressive, 'JPEG', progressive=True, quality=80)
with open('cut.jpg', 'wb') as file:
    file.write(progressive.getvalue()[: len(progressive.getvalue()) // 2])
