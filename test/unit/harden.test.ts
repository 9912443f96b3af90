import { describe, expect, it } from 'vitest';

import { checked } from '../../scripts/harden.mjs';

describe('scripts of the package', () => {
  it.each([
    ['element.innerHTML = text', 'HTML made from a string'],
    ['element.outerHTML=text', 'HTML made from a string'],
    ["element.insertAdjacentHTML('afterend', text)", 'HTML made from a string'],
    ['await import(address)', 'an import from an address'],
    ["fetch('https://cdn.example/runtime.wasm')", 'the address of remote code'],
    ['eval(text)', 'eval'],
    ['new Function(text)', 'code made from a string'],
  ])('%s is refused', (script, reason) => {
    expect(() => checked('a.js', script)).toThrow(`a.js has ${reason}`);
  });

  it.each(['import a from "./b.js"', 'module.import(x)', 'retrieval(x)', 'x.innerHTML == y'])(
    '%s is not',
    (script) => expect(checked('a.js', script)).toBe(script),
  );
});
