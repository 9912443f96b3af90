import { readdirSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import {
  permissionsOf,
  problemsOfClip,
  problemsOfListings,
  problemsOfNotes,
  problemsOfPermissions,
  problemsOfPictures,
  problemsOfPrivacy,
  type Listing,
  type Privacy,
} from '../../scripts/store-rules.mjs';

const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const json = (path: string): unknown => JSON.parse(read(path));

const manifest = json('manifest.json') as Record<string, unknown>;
const privacy = json('store/privacy.json') as Privacy;
const reasons = json('store/permissions.json') as Record<string, string>;
const languages = readdirSync(new URL('../../_locales/', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

interface Message {
  readonly message: string;
}

function listingIn(language: string): Listing {
  const messages = json(`_locales/${language}/messages.json`) as Record<string, Message>;
  return {
    title: messages['extension_name']!.message,
    summary: messages['extension_description']!.message,
    description: read(`store/descriptions/${language}.txt`),
  };
}

const listings = Object.fromEntries(languages.map((name) => [name, listingIn(name)]));
const english = listings['en']!;

describe('what is told the stores', () => {
  it('is complete and allowed, in every language', () => {
    expect(problemsOfListings(languages, listings)).toEqual([]);
  });

  it('justifies every permission', () => {
    expect(permissionsOf(manifest)).toContain('<all_urls>');
    expect(problemsOfPermissions(manifest, reasons)).toEqual([]);
  });

  it('answers about privacy as the manifest does', () => {
    expect(problemsOfPrivacy(manifest, privacy)).toEqual([]);
  });

  it('leaves no name of a fact open in the reviewers’ notes but those that are filled in', () => {
    const open = problemsOfNotes(read('store/review.md'), []);
    expect(new Set(open.map((problem) => /\{(\w+)\}/.exec(problem)?.[1]))).toEqual(
      new Set([
        ...['version', 'source', 'sourceDigest', 'commit', 'node', 'package', 'packageDigest'],
        ...['onnxruntime', 'onnxruntimeFile', 'permissions'],
      ]),
    );
  });
});

describe('a listing', () => {
  const problems = (changed: Partial<Listing>, language = 'en'): string[] =>
    problemsOfListings([language], { [language]: { ...english, ...changed } });

  it.each([
    [{ title: 'P'.repeat(46) }, 'the title has 46 characters, more than 45'],
    [{ title: ' ' }, 'the title has 0 characters, fewer than 1'],
    [{ summary: 's'.repeat(133) }, 'the summary has 133 characters, more than 132'],
    [{ description: 'Short.' }, 'the description has 6 characters, fewer than 250'],
    [{ summary: 'Paints in Firefox.' }, 'names a browser, a store or its maker: “Firefox”'],
    [{ summary: 'See https://example.org' }, 'has an address: “https:”'],
    [{ summary: 'A <b>bold</b> summary' }, 'has markup, which is shown as it is: “<b>”'],
    [{ summary: 'TODO' }, 'is not finished: “TODO”'],
    [{ summary: 'The best paintings' }, 'praises itself: “best”'],
    [{ summary: 'It is free' }, 'praises itself: “free”'],
    [{ description: 'Pastiche '.repeat(40) }, 'has “Pastiche” 40 times, more than 5'],
    [{ description: 'Look at how Monet did it. '.repeat(12) }, 'has “Monet” 12 times'],
  ])('may not be like %j', (changed, problem) => {
    const found = problems(changed);
    expect(found.join('\n')).toContain(problem);
    expect(found.every((each) => each.startsWith('en: '))).toBe(true);
  });

  it('may not praise in another language, either', () => {
    expect(problems({ summary: 'Kostenlos und gut' }, 'de')).toEqual([
      'de: the summary praises itself: “Kostenlos”',
    ]);
    expect(problems({ summary: '無料です' }, 'ja')).toEqual([
      'ja: the summary praises itself: “無料”',
    ]);
  });

  it('is there for every language, and for no other', () => {
    expect(problemsOfListings(['en', 'de'], { en: english, nl: english })).toEqual([
      'there is a description in nl, which is not spoken',
      'de has no description',
    ]);
  });

  it('can’t be judged in a language whose praise is not known', () => {
    expect(problems({}, 'nl')).toEqual(['nl: nobody has said which words praise in it (PRAISE)']);
  });
});

describe('permissions', () => {
  it('need a reason each, and have none that is not asked for', () => {
    const asked = { permissions: ['storage'], optional_host_permissions: ['<all_urls>'] };
    expect(problemsOfPermissions(asked, { storage: 'Why not?', tabs: 'x'.repeat(80) })).toEqual([
      '<all_urls> has no justification',
      'the justification of storage has 8 characters, fewer than 60',
      'tabs is justified, but not asked for',
    ]);
  });
});

describe('answers about privacy', () => {
  it('may not differ from what the manifest declares', () => {
    const collected = { ...privacy.collected, Location: true };
    expect(problemsOfPrivacy(manifest, { ...privacy, collected })).toEqual([
      'the manifest declares ["none"], the answers Location',
    ]);
  });

  it('answer every question, and certify every statement', () => {
    const collected = Object.fromEntries(
      Object.entries(privacy.collected).filter(([kind]) => kind !== 'Location'),
    );
    const certified = { ...privacy.certified, [Object.keys(privacy.certified)[0]!]: false };
    const found = problemsOfPrivacy(manifest, { ...privacy, collected, certified });
    expect(found).toHaveLength(2);
    expect(found[0]).toBe('it is not said whether Location is collected');
    expect(found[1]).toContain('is not certified');
  });

  it('may have no remote code', () => {
    const remoteCode = { ...privacy.remoteCode, isUsed: true };
    expect(problemsOfPrivacy(manifest, { ...privacy, remoteCode })).toEqual([
      'stores take no remote code',
    ]);
  });
});

/** As much of a PNG as says what it is; `tail` makes it another. */
function png(width: number, height: number, { colours = 2, tail = 0 } = {}): Uint8Array {
  const header = new DataView(new ArrayBuffer(30));
  header.setUint32(0, 0x89504e47);
  header.setUint32(16, width);
  header.setUint32(20, height);
  header.setUint8(24, 8);
  header.setUint8(25, colours);
  header.setUint8(29, tail);
  return new Uint8Array(header.buffer);
}

describe('pictures', () => {
  const TILES = { 'tile-440x280.png': png(440, 280), 'tile-1400x560.png': png(1400, 560) };

  it('may be as the stores want them', () => {
    const files = { ...TILES, 'en/a.png': png(1280, 800), 'de/a.png': png(1280, 800, { tail: 1 }) };
    expect(problemsOfPictures(['en', 'de'], ['a.png'], files)).toEqual([]);
  });

  it('are of one size and form, and there in every language', () => {
    const files = {
      'tile-440x280.png': png(440, 281),
      'en/a.png': png(1280, 800, { colours: 6 }),
      'de/a.png': new Uint8Array([1, 2, 3]),
    };
    expect(problemsOfPictures(['en', 'de', 'ja'], ['a.png'], files)).toEqual([
      'en/a.png is not of 24 bits without alpha',
      'de/a.png is no PNG',
      'ja/a.png is missing',
      'tile-440x280.png has 440×281 pixels, not 440×280',
      'tile-1400x560.png is missing',
    ]);
  });

  it('are no other language’s', () => {
    const files = { ...TILES, 'en/a.png': png(1280, 800), 'de/a.png': png(1280, 800) };
    expect(problemsOfPictures(['en', 'de'], ['a.png'], files)).toEqual([
      'de/a.png is the same as in en',
    ]);
  });

  it('are no more than a store takes', () => {
    const scenes = ['1', '2', '3', '4', '5', '6'];
    expect(problemsOfPictures([], scenes, TILES)).toEqual(['there are 6 screenshots, more than 5']);
  });
});

describe('the clip', () => {
  const clip = { format: 'matroska,webm', width: 1280, height: 800, seconds: 30, bytes: 5e6 };

  it('is a WebM of thirty seconds', () => {
    expect(problemsOfClip(clip)).toEqual([]);
    expect(
      problemsOfClip({ ...clip, format: 'mov,mp4', height: 900, seconds: 12, bytes: 0 }),
    ).toEqual([
      'the clip is mov,mp4, not WebM',
      'the clip has 1280×900 pixels',
      'the clip takes 12 seconds, not 30',
      'the clip is empty',
    ]);
  });
});

it('reviewers’ notes leave nothing open, and say what they must', () => {
  expect(problemsOfNotes('Version {version} of 1234', ['1234', 'abcd'])).toEqual([
    'the reviewers’ notes leave {version} open',
    'the reviewers’ notes lack abcd',
  ]);
});
