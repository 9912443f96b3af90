import { expect, it, vi } from 'vitest';

import { listed, megabytes, plural, t } from '../../src/words/i18n';

const messages = vi.hoisted(() => new Map<string, string>());
vi.mock('webextension-polyfill', () => ({
  default: {
    i18n: {
      getMessage: (key: string, parts: string[]) =>
        messages.has(key) ? [messages.get(key), ...parts].join('|') : '',
    },
  },
}));

function speak(language: string, texts: Readonly<Record<string, string>> = {}): void {
  messages.clear();
  for (const [key, text] of Object.entries({ ...texts, language })) messages.set(key, text);
}

it('takes the form that a number asks for in the language of the sentences', () => {
  const forms = ['one', 'few', 'many', 'other'].map((form) => [`popup_page_done_${form}`, form]);
  speak('ru', Object.fromEntries(forms) as Record<string, string>);
  const said = [1, 3, 5, 21, 0.5].map((count) => plural('popup_page_done', count, 0));
  expect(said).toEqual(['one|1|0', 'few|3|0', 'many|5|0', 'one|21|0', 'other|0,5|0']);
});

it('takes the general form where the file of a language lacks one', () => {
  speak('ru', { backend_threads_other: 'other' });
  expect(plural('backend_threads', 2, 'CPU')).toBe('other|2|CPU');
});

it('writes numbers and lists as the language does', () => {
  speak('de', { popup_page_progress: '' });
  expect(t('popup_page_progress', 1200, 3456.5)).toBe('|1.200|3.456,5');
  expect(megabytes(12_345_678)).toBe('12,3 MB');
  speak('ja');
  expect(listed(['a.example', 'b.example'])).toBe('a.example、b.example');
});

it('says nothing, and does not fail, where the extension is gone', () => {
  messages.clear();
  expect(plural('popup_page_done', 2, 1)).toBe('');
});
