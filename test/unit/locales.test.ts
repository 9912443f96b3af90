import { readdirSync, readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { ERROR_CODES } from '../../src/protocol/errors';

interface Message {
  readonly message: string;
  readonly description?: string;
  readonly placeholders?: Readonly<Record<string, { readonly content: string }>>;
}

/** Maximum length of a description in stores, in characters. */
const LONGEST_DESCRIPTION = 132;

/** Enough numbers to represent every plural category. */
const NUMBERS = [...Array(200).keys()];

const LOCALES = new URL('../../_locales/', import.meta.url);
const names = readdirSync(LOCALES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const read = (name: string): Record<string, Message> =>
  JSON.parse(readFileSync(new URL(`${name}/messages.json`, LOCALES), 'utf8')) as Record<
    string,
    Message
  >;
const english = read('en');

/** Names of the messages with a form for each plural category. */
const counting = Object.keys(english)
  .filter((key) => key.endsWith('_one'))
  .map((key) => key.slice(0, -'_one'.length));

/** Messages that name a button, once for each name, and the keys with that name. */
const quoted = Object.entries(english).flatMap(([key, { message }]) =>
  [...message.matchAll(/“(.+?)”/g)]
    .map(([, name]) => Object.keys(english).filter((other) => english[other]!.message === name))
    .filter((buttons) => buttons.length > 0)
    .map((buttons) => [key, buttons] as const),
);

/** All keys of a language's file, each with its English pattern. */
function patterns(rules: Intl.PluralRules): Map<string, Message> {
  const forms = (categories: readonly string[]): string[] =>
    counting.flatMap((name) => categories.map((category) => `${name}_${category}`));
  const ofEnglish = forms(['one', 'other']);
  const plain = Object.keys(english).filter((key) => !ofEnglish.includes(key));
  return new Map([
    ...plain.map((key) => [key, english[key]!] as const),
    ...forms(rules.resolvedOptions().pluralCategories).map(
      (key) => [key, english[key.replace(/_[a-z]+$/, '_other')]!] as const,
    ),
  ]);
}

/** The keys of forms for one number only, which they may spell out as the English one does. */
function formsWithoutCount(rules: Intl.PluralRules): Set<string> {
  const categories = rules
    .resolvedOptions()
    .pluralCategories.filter(
      (each) => NUMBERS.filter((n) => rules.select(n) === each).length === 1,
    );
  const contents = (key: string): string[] =>
    Object.values(english[key]!.placeholders ?? {}).map(({ content }) => content);
  return new Set(
    counting
      .filter((name) => !contents(`${name}_one`).includes('$1'))
      .flatMap((name) => categories.map((each) => `${name}_${each}`)),
  );
}

/** Faults of a message's text or placeholders, in words. */
function problems(key: string, message: Message, pattern: Message, mayOmit: boolean): string[] {
  const used = new Set(
    [...message.message.matchAll(/\$(\w+)\$/g)].map(([, name]) => name!.toLowerCase()),
  );
  const declared = message.placeholders ?? {};
  const found = [message.message.trim() === '' && 'has no text'];
  for (const [name, { content }] of Object.entries(pattern.placeholders ?? {})) {
    // The count comes first.
    const isNeeded = used.has(name) || !(mayOmit && content === '$1');
    found.push(isNeeded && !used.has(name) && `lacks $${name}$`);
    found.push(isNeeded && declared[name]?.content !== content && `says $${name}$ is another`);
  }
  for (const name of new Set([...used, ...Object.keys(declared)])) {
    found.push(!pattern.placeholders?.[name] && `has $${name}$, which the English lacks`);
    found.push(!used.has(name) && `declares $${name}$ for nothing`);
  }
  return found.filter((problem) => problem !== false).map((problem) => `${key} ${problem}`);
}

test('English and Japanese are there', () => {
  expect(names).toEqual(expect.arrayContaining(['en', 'ja']));
});

describe.each(names)('%s', (name) => {
  const messages = read(name);
  const rules = new Intl.PluralRules(name.replace('_', '-'));
  const wanted = patterns(rules);
  const withoutCount = formsWithoutCount(rules);

  test('names its language as its folder does', () => {
    expect(messages['language']?.message).toBe(name.replace('_', '-'));
  });

  test('has every key and plural form, and no other', () => {
    expect(Object.keys(messages).sort()).toEqual([...wanted.keys()].sort());
  });

  test('has texts, with the placeholders of the English', () => {
    const found = Object.entries(messages).flatMap(([key, message]) => {
      const pattern = wanted.get(key);
      return pattern ? problems(key, message, pattern, withoutCount.has(key)) : [];
    });
    expect(found).toEqual([]);
  });

  test('calls buttons and menu items what they are called', () => {
    const found = quoted.flatMap(([key, buttons]) =>
      buttons.some((button) => messages[key]!.message.includes(messages[button]!.message))
        ? []
        : [`${key} should name ${buttons.join(' or ')}`],
    );
    expect(found).toEqual([]);
  });

  test('has one kind of quotation marks', () => {
    const texts = Object.values(messages).map(({ message }) => message);
    const opening = texts.flatMap((text) =>
      [...text.matchAll(/(["“„«「‘])[^"“”»」’]+["“”»」’]/g)].map(([, mark]) => mark),
    );
    expect([...new Set(opening)]).toHaveLength(1);
  });

  test('leaves the name as it is, and describes the extension in what stores allow', () => {
    expect(messages['extension_name']?.message).toBe(english['extension_name']!.message);
    const description = messages['extension_description']!.message;
    expect(description.length, description).toBeLessThanOrEqual(LONGEST_DESCRIPTION);
  });

  test('says where a message is used only if it is English', () => {
    const described = Object.keys(messages).filter((key) => messages[key]!.description);
    expect(described).toEqual(name === 'en' ? Object.keys(english) : []);
  });
});

test('every error has its sentence', () => {
  const keys = ERROR_CODES.map((code) => `error_${code.replaceAll('-', '_')}`);
  expect(Object.keys(english)).toEqual(expect.arrayContaining(keys));
});

test('every key that the manifest names exists', () => {
  const manifest = readFileSync(new URL('../../manifest.json', import.meta.url), 'utf8');
  const keys = [...manifest.matchAll(/__MSG_(\w+)__/g)].map(([, key]) => key!);
  expect(keys.length).toBeGreaterThan(0);
  expect(Object.keys(english)).toEqual(expect.arrayContaining(keys));
});

/** Places where a message becomes a part of a longer text, each with what is put beside it. */
const GLUE = [
  /`[^`]*\$\{(?:t|plural|errorSentence)\(/g,
  /\b(?:t|plural|errorSentence)\((?:[^()]|\([^()]*\))*\)\s*\+/g,
  /\+\s*(?:t|plural|errorSentence)\(/g,
  /\{(?:t|plural|errorSentence)\((?:[^()]|\([^()]*\))*\)\}[^<>{}=]*\{(?:t|plural|percent|errorSentence)\(/g,
];

/** A tool's name with its key, and the report for those who mend the extension, in English. */
const NOT_SENTENCES = ['pages/editor/toolbar.tsx', 'pages/options/diagnostics.tsx'];

test('no sentence is glued together from messages', () => {
  const root = new URL('../../src/', import.meta.url);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => /\.tsx?$/.test(name));
  expect(files.length).toBeGreaterThan(100);
  const found = files.filter((name) => {
    const text = readFileSync(new URL(name, root), 'utf8');
    return GLUE.some((glue) => text.search(glue) >= 0);
  });
  expect(found.sort()).toEqual(NOT_SENTENCES);
});
