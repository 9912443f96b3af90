import { expect, test } from 'vitest';

import { pasticheFileName, videoFileName } from '../../src/core/file-name';

test.each([
  [
    'https://a.example/pictures/harbour.jpg?w=3#x',
    'Starry Night',
    'png',
    'harbour.Starry Night.png',
  ],
  ['https://a.example/B%C3%A4ume%20am%20See.webp', 'Wave', 'jpeg', 'Bäume am See.Wave.jpg'],
  ['https://a.example/%E0%A4%A.png', 'Wave', 'webp', 'E0 A4 A.Wave.webp'],
  ['data:image/png;base64,AAAA', 'Wave', 'png', 'Wave.png'],
  ['https://a.example/', '', 'png', 'pastiche.png'],
  ['https://a.example/..%2F..%2Fetc%2Fpasswd', 'a/b\u202e:c', 'png', 'etc passwd.a b c.png'],
] as const)('of %s in %s as %s', (source, title, type, name) => {
  expect(pasticheFileName(source, title, type)).toBe(name);
});

test('is not too long', () => {
  const name = pasticheFileName(`https://a.example/${'x'.repeat(500)}`, 'y'.repeat(500), 'png');
  expect(name.length).toBeLessThan(130);
});

test('of a video, by site and time; by time alone where there is no site', () => {
  const time = new Date('2026-11-23T18:20:05.123Z');
  expect(videoFileName('a.example', time, 'webm')).toBe(
    'pastiche-a.example-2026-11-23T18-20-05.webm',
  );
  expect(videoFileName('', time, 'png')).toBe('pastiche-2026-11-23T18-20-05.png');
});
