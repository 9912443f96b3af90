"""Makes pictures of kinds that browsers read and few tools write, from the drawn harbour.

Run in this folder with Pillow from 11.3: python draw.py
"""
import io
import struct
import zlib

from PIL import Image, ImageDraw

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


def moving(image, frames):
    """The picture with a sun that goes down, in so many frames."""
    for i in range(frames):
        frame = image.copy()
        sun = Image.new('L', (60, 60), 0)
        ImageDraw.Draw(sun).ellipse((0, 0, 59, 59), fill=255)
        frame.paste((250, 120, 40), (20 + 40 * i, 10 + 25 * i), sun)
        yield frame


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
first, *others = moving(harbour, 4)
about = {'save_all': True, 'append_images': others, 'duration': 200, 'loop': 0}
first.save('moving.webp', quality=60, **about)
first.save('moving.avif', quality=50, **about)
first.resize((120, 90)).save(
    'moving.png', **{**about, 'append_images': [frame.resize((120, 90)) for frame in others]}
)


def interlaced_png(image):
    """A PNG whose seven passes (Adam7) come one after the other, which Pillow does not write."""
    width, height = image.size
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    rows = b''
    for left, top, across, down in passes:
        for y in range(top, height, down):
            rows += b'\0' + b''.join(bytes(image.getpixel((x, y))) for x in range(left, width, across))
    header = struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 1)
    ends = chunk(b'IDAT', zlib.compress(rows, 9)) + chunk(b'IEND', b'')
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + ends


def put(name, contents):
    with open(f'small/{name}', 'wb') as file:
        file.write(contents)


# The table of all kinds: docs/picture-files.md.
small = harbour.resize((96, 72))
clear = disc.resize((96, 72))
grey = small.convert('L')
turned = Image.Exif()
turned[0x0112] = 6
small.save('small/baseline.jpg', quality=80)
small.save('small/progressive.jpg', quality=80, progressive=True)
small.save('small/full-chroma.jpg', quality=80, subsampling=0)
small.save('small/turned.jpg', quality=80, exif=turned)
grey.save('small/grey.jpg', quality=80)
small.convert('CMYK').save('small/cmyk.jpg', quality=80)
small.save('small/true-colour.png')
clear.save('small/alpha.png')
grey.save('small/grey.png')
clear.convert('LA').save('small/grey-alpha.png')
grey.convert('1').save('small/one-bit.png')
small.quantize(64).save('small/palette.png')
small.quantize(16).save('small/palette-clear.png', transparency=3)
put('sixteen-bit.png', deep_png(small))
put('interlaced.png', interlaced_png(small))
small.save('small/lossy.webp', quality=70)
small.save('small/lossless.webp', lossless=True)
clear.save('small/alpha.webp', quality=70)
small.save('small/still.avif', quality=60)
clear.save('small/alpha.avif', quality=60)
small.quantize(64).save('small/still.gif')
small.quantize(16).save('small/clear.gif', transparency=3)
begin, *rest = [frame.resize((96, 72)) for frame in moving(harbour, 4)]
going = {'save_all': True, 'append_images': rest, 'duration': 200, 'loop': 0}
for name in ('moving.gif', 'moving.png', 'moving.webp', 'moving.avif'):
    begin.save(f'small/{name}', **going)
small.save('small/plain.bmp')
small.quantize(64).save('small/palette.bmp')
small.resize((64, 64)).save('small/icon.ico', sizes=[(64, 64)])
put('cut.jpg', open('small/progressive.jpg', 'rb').read()[:1500])
put('cut.png', open('small/true-colour.png', 'rb').read()[:8000])
put('cut.gif', open('small/still.gif', 'rb').read()[:2500])
put('wrong-name.jpg', open('small/true-colour.png', 'rb').read())
small.save('small/print.tiff', compression='tiff_lzw')
small.save('small/film.jp2')
put('nothing.png', b'')


def over_nothing(frames):
    """A ball that crosses nothing, in so many frames: all around it is clear."""
    for i in range(frames):
        frame = Image.new('RGBA', (96, 72))
        pen = ImageDraw.Draw(frame)
        pen.ellipse((4 + 18 * i, 10, 36 + 18 * i, 42), fill=(200, 60 + 40 * i, 40, 255))
        pen.rectangle((10 + 18 * i, 50, 30 + 18 * i, 66), fill=(30, 80, 40 * i, 255))
        yield frame


# Animations that only say what changes from frame to frame, or that end: pixels-animations.test.ts.
begin, *rest = [frame.resize((96, 72)) for frame in moving(harbour, 4)]
ball, *balls = over_nothing(4)
about = {'save_all': True, 'append_images': rest, 'duration': 200}
clear = {'save_all': True, 'append_images': balls, 'duration': 200, 'loop': 0}
# Parts of frames, blended over the ones before.
begin.save('moving/parts.png', **about, loop=0, blend=1, disposal=0)
# The first picture in the file is for browsers that show no others.
Image.new('RGB', (96, 72), 'red').save(
    'moving/other-first.png', save_all=True, append_images=[begin, *rest], duration=200, loop=0, default_image=True
)
ball.save('moving/cleared.png', **clear, blend=0, disposal=1)
ball.save('moving/put-back.png', **clear, blend=1, disposal=2)
ball.save('moving/cleared.gif', **clear, disposal=2)
ball.save('moving/clear.webp', **clear)
ball.save('moving/clear.avif', **clear)
begin.save('moving/once.gif', **about)
begin.save('moving/thrice.gif', **about, loop=2)
begin.save('moving/no-time.gif', **{**about, 'duration': 0}, loop=0)
begin.save('moving/uneven.gif', **{**about, 'duration': [40, 500, 100, 70]}, loop=0)
begin.save('moving/one-frame.gif', save_all=True, loop=0, duration=200)
