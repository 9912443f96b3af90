import { readdirSync, readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { ERROR_CODES } from '../../src/protocol/errors';

interface Message {
  readonly message: string;
  readonly description?: string;
  readonly placeholders?: Readonly<Record<string, { readonly content: string }>>;
}

const LOCALES = new URL('../../_locales/', import.meta.url);
const names = readdirSync(LOCALES);
const read = (name: string): Record<string, Message> =>
  JSON.parse(readFileSync(new URL(`${name}/messages.json`, LOCALES), 'utf8')) as Record<
    string,
    Message
  >;
const english = read('en');

/** Names of the placeholders that a message's text has, sorted. */
function used({ message }: Message): string[] {
  return [...message.matchAll(/\$(\w+)\$/g)].map(([, name]) => name!.toLowerCase()).sort();
}

test('English and Japanese are there', () => {
  expect(names).toEqual(expect.arrayContaining(['en', 'ja']));
});

describe.each(names)('%s', (name) => {
  const messages = read(name);

  test('has every key and no other', () => {
    expect(Object.keys(messages).sort()).toEqual(Object.keys(english).sort());
  });

  test.each(Object.keys(english))('%s has a text and the placeholders of the English', (key) => {
    const message = messages[key]!;
    expect(message.message.trim()).not.toBe('');
    expect(used(message)).toEqual(used(english[key]!));
    expect(Object.keys(message.placeholders ?? {}).sort()).toEqual(used(message));
    for (const [placeholder, { content }] of Object.entries(message.placeholders ?? {})) {
      expect(content).toBe(english[key]!.placeholders?.[placeholder]?.content);
    }
  });

  test('describes the extension in what stores allow', () => {
    expect(messages['extension_description']!.message.length).toBeLessThanOrEqual(132);
  });
});

test('every English message says where it is used', () => {
  for (const [key, { description }] of Object.entries(english)) {
    expect(description, key).toBeTruthy();
  }
});

test.each(ERROR_CODES)('error %s has its sentence', (code) => {
  expect(english).toHaveProperty(`error_${code.replaceAll('-', '_')}`);
});

test('every key that the manifest names exists', () => {
  const manifest = readFileSync(new URL('../../manifest.json', import.meta.url), 'utf8');
  const keys = [...manifest.matchAll(/__MSG_(\w+)__/g)].map(([, key]) => key!);
  expect(keys.length).toBeGreaterThan(0);
  for (const key of keys) expect(english).toHaveProperty(key);
});
