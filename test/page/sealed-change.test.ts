/** Pages that change: a pastiche appears and disappears with its picture, and never over another. */
import type { Page } from 'puppeteer';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { meanAbsoluteDifference, type Pixels } from '../browser/harness';
import { likeness, TIMEOUT_MS, VIEWPORT } from '../browser/pages';
import { pageStage, STYLE, type PageStage } from './harness';

let stage: PageStage;

beforeAll(async () => {
  stage = await pageStage();
});

afterEach(() => stage.engine({ hold: false }));

afterAll(() => stage.close());

type Change = (page: Page) => Promise<unknown>;

/** Runs the page's own code; `x`, `y` and `own` are addresses of pictures. */
const run =
  (code: string): Change =>
  (page) =>
    page.evaluate(
      `{const [x, y, own] = ${JSON.stringify([stage.x, stage.y, stage.x.replace(stage.site.otherOrigin, stage.site.origin)])};${code}}`,
    );

/** The window after the page's change, without the extension. */
async function withoutUs(html: string, change: Change): Promise<{ shot: Pixels; html: string }> {
  await stage.open(html);
  await change(stage.page);
  // An image with a new address still decodes its old picture.
  await stage.site.idle(100);
  await stage.settled();
  return { shot: await stage.shot(), html: await stage.html() };
}

const shows = (what: string, passes: (now: Pixels) => boolean): Promise<void> =>
  stage.shows(what, passes);

const showsPasticheOf = (original: Pixels): Promise<void> => stage.showsPasticheOf(original);

const PHOTO = '<img id="a" src="{X}" width="500">';

describe('the page gives the element another picture', () => {
  const HYDRATED = `<div id="r"></div><script>
    globalThis.render = (src) => { const a = r.firstElementChild;
      if (a) { if (a.getAttribute('src') !== src) a.src = src; } else r.innerHTML = '<img width=500>', render(src); };
    render('{X}');</script>`;
  const MORPH = `<main><img id="a" src="{X}" width="500"></main><script>
    globalThis.morph = (html) => { const to = new DOMParser().parseFromString(html, 'text/html').querySelector('img');
      for (const { name } of [...a.attributes]) if (!to.hasAttribute(name)) a.removeAttribute(name);
      for (const { name, value } of to.attributes) if (a.getAttribute(name) !== value) a.setAttribute(name, value); };
    </script>`;
  const GALLERY = `<img id="a" src="{X}" width="500"><p><img id="t" src="{Y}" width="60"
    onclick="a.src = this.src; a.srcset = this.src + ' 1x'"></p>`;
  const PICTURE =
    '<picture><source id="s" srcset="{X}"><img id="a" src="{X}" width="500"></picture>';
  const BLOCK = `<style>#a{width:500px;height:375px;background:url({X}) 0 0/100%}
    #a.next{background-image:url({Y})}</style><div id="a"></div>`;

  it.each<[string, string, Change]>([
    [
      'src, by a button',
      `${PHOTO}<button onclick="a.src = '{Y}'">next</button>`,
      (page) => page.click('button'),
    ],
    ['src, by a timer', PHOTO, run('setTimeout(() => { a.src = y }, 50)')],
    ['srcset', '<img id="a" srcset="{X} 1x" width="500">', run('a.srcset = y')],
    [
      'srcset beside a src',
      '<img id="a" src="{X}" srcset="{X} 1x" width="500">',
      run('a.srcset = y'),
    ],
    ['both, as shops do', GALLERY, (page) => page.click('#t')],
    ['its source', PICTURE, run('s.srcset = y')],
    ['its source, which goes', PICTURE, run('a.src = y; s.remove()')],
    ['a class that changes a background', BLOCK, run("a.className = 'next'")],
    ['a background of its own', BLOCK, run('a.style.backgroundImage = `url(${y})`')],
    [
      'a sheet of styles',
      BLOCK,
      run('document.styleSheets[0].insertRule(`#a{background-image:url(${y})!important}`, 2)'),
    ],
    [
      'a class that gives it other content',
      `<style>#a.next{content:url({Y})}</style>${PHOTO}`,
      run("a.className = 'next'"),
    ],
    ['a framework without keys', HYDRATED, run('render(y)')],
    ['a morph of the tree', MORPH, run('morph(`<img id=a src=${y} width=500 class=b>`)')],
    [
      'an SVG image',
      '<svg width="500" height="375"><image id="a" href="{X}" width="500"/></svg>',
      run("a.setAttribute('href', y)"),
    ],
    [
      'an SVG image, by its property',
      '<svg width="500" height="375"><image id="a" href="{X}" width="500"/></svg>',
      run('a.href.baseVal = y'),
    ],
    [
      'a poster',
      '<video id="a" poster="{X}" width="500" height="375"></video>',
      run('a.poster = y'),
    ],
  ])('%s', async (_, html, change) => {
    const other = await withoutUs(html, async (page) => {
      await change(page);
      await stage.site.idle(300);
    });
    await stage.open(html);
    const original = await stage.shot();
    await stage.paint();
    await showsPasticheOf(original);
    await change(stage.page);
    // As soon as the other picture is there.
    await stage.site.idle(300);
    await stage.settled();
    expect(likeness(other.shot, await stage.shot())).toBeGreaterThan(0.6);
    await stage.restorePage();
    await stage.isWritten(other.html);
    await stage.isShown(other.shot);
  });
});

describe('a style sheet chooses another picture for a while', () => {
  const block = (when: string, html = '<div id="a"></div>'): string =>
    `<style>#a{width:500px;height:375px;background:url({X}) 0/100%}
      ${when}{background-image:url({Y})}</style>${html}`;

  it.each<[string, string, Change, Change]>([
    [
      'under the pointer',
      block('#a:hover'),
      (page) => page.hover('#a'),
      (page) => page.mouse.move(VIEWPORT.width - 9, VIEWPORT.height - 9),
    ],
    [
      'by a box that is checked',
      block('#c:checked ~ #a', '<input type="checkbox" id="c"><div id="a"></div>'),
      (page) => page.click('#c'),
      (page) => page.click('#c'),
    ],
    [
      'by an attribute of what it is in',
      block('[aria-selected=true] #a', '<p id="p"><b id="a" style="display:block"></b></p>'),
      run("p.ariaSelected = 'true'"),
      run("p.ariaSelected = 'false'"),
    ],
    [
      'by what follows it',
      block('#a:has(~ u)'),
      run("a.after(document.createElement('u'))"),
      run('a.nextSibling.remove()'),
    ],
    ['by a class', block('#a.b'), run("a.className = 'b'"), run("a.className = ''")],
    [
      'by a class of what an image is in',
      `<style>.b img{content:url({Y})}</style><p id="p">${PHOTO}</p>`,
      run("p.className = 'b'"),
      run("p.className = ''"),
    ],
  ])('%s: it is seen, and then the pastiche again', async (_, html, change, back) => {
    const other = await withoutUs(html, async (page) => {
      await change(page);
      await stage.site.idle(300);
    });
    await back(stage.page);
    await stage.open(html);
    const original = await stage.shot();
    await stage.paint();
    await showsPasticheOf(original);
    const isLike = async (): Promise<number> => likeness(other.shot, await stage.shot());
    await change(stage.page);
    await expect.poll(isLike, { timeout: TIMEOUT_MS }).toBeGreaterThan(0.999);
    await back(stage.page);
    await expect.poll(isLike, { timeout: TIMEOUT_MS }).toBeLessThan(0.9);
    await showsPasticheOf(original);
  });

  it('a class that chooses none leaves the pastiche', async () => {
    await stage.open(`<p id="p">${PHOTO}</p>`);
    const original = await stage.shot();
    await stage.paint();
    await showsPasticheOf(original);
    await stage.page.evaluate(async () => {
      // Longer than a single check of the original takes.
      for (let i = 0; i < 20; i++) {
        document.querySelector('#p')!.className = `c${i}`;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    });
    await showsPasticheOf(original);
    const frames = await stage.page.$$eval('img', (all) =>
      all.map((image) => getComputedStyle(image).content),
    );
    expect(frames).toEqual([expect.stringMatching(/blob:/)]);
  });

  it.each([
    ['in steps', 'from{background-image:url({X})}50%,to{background-image:url({Y})}', 'step-end'],
    [
      'faded',
      '0%,40%{background-image:url({X})}50%,90%{background-image:url({Y})}to{background-image:url({X})}',
      'linear',
    ],
  ])(
    'an animation, %s: the other is seen, and then the pastiche again',
    async (_, frames, pace) => {
      const slides = (state: string): string =>
        `<style>@keyframes k{${frames}}#a{width:500px;height:375px;background:0/100%;
        animation:k 4s ${pace} infinite ${state}}</style><div id="a"></div>`;
      await stage.open(slides('-2.4s paused'));
      const other = await stage.shot();
      await stage.open(slides('paused'));
      const original = await stage.shot();
      await stage.open(slides(''));
      await stage.paint();
      await shows('the other', (now) => likeness(other, now) > 0.999);
      await showsPasticheOf(original);
      await shows('the other', (now) => likeness(other, now) > 0.999);
    },
  );
});

it('an animation of a variable: both pictures are painted on a whole page', async () => {
  const slides = (state: string): string =>
    `<style>@keyframes k{from{--p:url({X})}50%,to{--p:url({Y})}}#a{width:500px;height:375px;
      animation:k 4s step-end infinite ${state};background:var(--p) 0/100%}</style><div id="a"></div>`;
  await stage.open(slides('-2.4s paused'));
  const other = await stage.shot();
  await stage.open(slides('paused'));
  const original = await stage.shot();
  await stage.open(slides(''));
  await stage.startPage();
  for (const shown of [original, other, original]) await showsPasticheOf(shown);
});

describe('what a page keeps of a painted picture', () => {
  const LIGHTBOX = `${PHOTO}<p><img id="big" width="300"></p>`;

  it.each([
    ['the address, of the same site', LIGHTBOX.replace('{X}', '{S}'), 'a.src', 'big.src = kept'],
    ['the address, of another site', LIGHTBOX, 'a.src', 'big.src = kept'],
    [
      'what is shown, of the same site',
      LIGHTBOX.replace('{X}', '{S}'),
      'a.currentSrc',
      'big.src = kept',
    ],
    ['what is shown, of another site', LIGHTBOX, 'a.currentSrc', 'big.src = kept'],
    [
      'its markup',
      LIGHTBOX.replace('{X}', '{S}'),
      'a.outerHTML',
      'big.outerHTML = kept.replace(`"a"`, `"big"`)',
    ],
    [
      'its markup, of another site',
      LIGHTBOX,
      'a.outerHTML',
      'big.outerHTML = kept.replace(`"a"`, `"big"`)',
    ],
    [
      'a background',
      '<div id="a" style="background:url({S});width:300px;height:200px"></div><img id="big">',
      'getComputedStyle(a).backgroundImage.match(/url\\("(.*?)"/)[1]',
      'big.src = kept',
    ],
  ])('%s is a picture after Restore', async (_, html, keep, use) => {
    await stage.open(html);
    const source = html.includes('{S}')
      ? stage.x.replace(stage.site.otherOrigin, stage.site.origin)
      : stage.x;
    const before = await stage.html();
    await stage.paint(source);
    await run(`globalThis.kept = ${keep}`)(stage.page);
    await stage.restore(source);
    await stage.isWritten(before);
    await run(use)(stage.page);
    await stage.page.waitForFunction(
      () => {
        const image = document.querySelector<HTMLImageElement>('#big');
        return image?.complete === true && image.naturalWidth > 1;
      },
      { timeout: TIMEOUT_MS },
    );
  });
});

describe('copies of a painted picture', () => {
  const MAIN = '<main><h1>title</h1><img id="a" src="{X}" width="500"></main>';
  const OWN = MAIN.replace('{X}', '{S}');

  it.each([
    [
      'a snapshot that is put back',
      MAIN,
      'globalThis.s = m.cloneNode(true); m.remove(); document.body.append(s)',
    ],
    [
      'the same of the same site',
      OWN,
      'globalThis.s = m.cloneNode(true); m.remove(); document.body.append(s)',
    ],
    [
      'a snapshot that is put back later',
      MAIN,
      `const s = m.cloneNode(true), p = document.createElement('p'); m.replaceWith(p);
        await new Promise((r) => setTimeout(r, 500)); p.replaceWith(s)`,
    ],
    ['markup that is written anew', MAIN, 'm.innerHTML = m.innerHTML'],
    ['a part that is imported', MAIN, 'm.replaceWith(document.importNode(m, true))'],
    [
      'a copy in a shadow root',
      MAIN,
      "const c = m.cloneNode(true); m.replaceChildren(); m.attachShadow({ mode: 'open' }).append(c)",
    ],
    [
      'a template',
      MAIN,
      "const t = document.createElement('template'); t.innerHTML = m.outerHTML; m.replaceWith(t.content)",
    ],
  ])('%s: painted, and restored', async (_, html, code) => {
    const change = run(`(async () => {const m = document.querySelector('main');${code}})()`);
    await stage.open(html);
    const [original, source] = [
      await stage.shot(),
      await stage.page.$eval('#a', (a) => (a as HTMLImageElement).src),
    ];
    await stage.paint(source);
    await showsPasticheOf(original);
    await change(stage.page);
    await showsPasticheOf(original);
    expect(await stage.page.$$eval('body div', (all) => all.length)).toBe(0);
    await stage.restorePage();
    await stage.isShown(original);
    expect(await stage.html()).not.toContain('blob:');
    const attributes = await stage.page.evaluate(() => {
      const inner = document.querySelector('main')?.shadowRoot ?? document;
      return [...(inner.querySelector('img')?.attributes ?? [])].map(({ name }) => name);
    });
    expect(attributes).toEqual(['id', 'src', 'width']);
  });

  it.each([
    ['one more image', 1, '<img class="c" src="${x}" width="200">'],
    ['ten, one after the other', 10, '<img class="c" src="${x}" width="80">'],
    ['a source', 1, '<picture><source srcset="${x}"><img class="c" width="200"></picture>'],
    [
      'in an SVG',
      1,
      '<svg width="200" height="150"><image class="c" href="${x}" width="200"/></svg>',
    ],
    [
      'a background',
      1,
      '<p class="c" style="width:200px;height:150px;background:url(${x}) 0/100%"></p>',
    ],
  ])(
    '%s of a whole page is painted from what is there, asked for no more than without us',
    async (_, times, copy) => {
      const code = `for (let i = 0; i < ${times}; i++) setTimeout(() => {
      document.body.insertAdjacentHTML('beforeend', \`${copy}\`);
      if (i === ${times - 1}) [...document.querySelectorAll('.c')].at(-1).classList.add('last') }, 40 * i)`;
      const html = '<body style="margin:0"><img src="{X}" width="300"><img src="{Y}" width="200">';
      await stage.open(html);
      const add = async (): Promise<string[]> => {
        const asked = stage.site.requests.length;
        await run(code)(stage.page);
        await stage.page.waitForFunction(() => document.querySelector('.c.last'));
        await stage.site.idle(300);
        return stage.site.requests.slice(asked).filter((address) => address === stage.x);
      };
      const own = await add();
      const original = await stage.shot();
      await stage.open(html);
      await stage.paintPage();
      const started = await startTimes();
      const asked = await add();
      const change = await changeOf('.c.last', original);
      await shows('a pastiche in the copy', (now) => change(now) > 3);
      expect(await startTimes()).toEqual(started);
      expect(asked.length).toBeLessThanOrEqual(own.length);
    },
  );

  it.each([
    ['an image', '<img id="a" src="{X}" width="600">', "a.style.width = '620px'"],
    [
      'a background',
      '<style>#a{width:600px;height:450px;background:url({X}) 0/cover}</style><p id="a"></p>',
      "a.style.width = '620px'",
    ],
  ])('%s that the budget keeps small is not painted again as it grows a little', async (...of) => {
    const [, html, grow] = of;
    await stage.open(html);
    await stage.paintPage();
    const started = await startTimes();
    await run(grow)(stage.page);
    // Longer than the delay after which a size counts.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await startTimes()).toEqual(started);
  });

  /** The times at which painting of the page's pictures started. */
  async function startTimes(): Promise<number[]> {
    return (await stage.pageStatus()).map(({ startedAt }) => startedAt).sort();
  }

  /** The difference of the last such element from the original. */
  async function changeOf(selector: string, original: Pixels): Promise<(now: Pixels) => number> {
    const { x, y, width, height } = (await stage.page.$$eval(selector, (all) =>
      all.at(-1)!.getBoundingClientRect().toJSON(),
    )) as DOMRect;
    const part = (pixels: Pixels): Pixels => {
      const rows = Array.from({ length: Math.floor(height) }, (_, row) => {
        const start = 4 * ((Math.floor(y) + row) * pixels.width + Math.ceil(x));
        return pixels.data.subarray(start, start + 4 * Math.floor(width));
      });
      return { width: Math.floor(width), height: rows.length, data: Buffer.concat(rows) };
    };
    return (now) => meanAbsoluteDifference(part(original), part(now));
  }
});

describe('a painted picture that goes and comes back', () => {
  it.each([
    ['later', 'b.remove(); await later(400); document.body.append(b)'],
    ['two seconds later', 'b.remove(); await later(2000); document.body.append(b)'],
    ['at once', 'b.remove(); document.body.append(b)'],
    [
      'in another place',
      "const p = document.createElement('p'); b.remove(); await later(300); document.body.append(p); p.append(b)",
    ],
    [
      'in place of a slide',
      "const p = document.createElement('p'); b.replaceWith(p); await later(600); p.replaceWith(b)",
    ],
    [
      'by way of a fragment',
      'const f = new DocumentFragment(); f.append(b); await later(400); document.body.append(f)',
    ],
    [
      'after display: none',
      "b.style.display = 'none'; await later(500); b.removeAttribute('style')",
    ],
    [
      'in a shadow root',
      "const h = document.createElement('p'); b.remove(); await later(300); document.body.append(h); h.attachShadow({mode:'open'}).append(b)",
    ],
    [
      'from another document',
      "document.implementation.createHTMLDocument('').body.append(b); await later(3000); document.body.append(b)",
    ],
  ])('%s', async (_, code) => {
    const html = '<div id="b"><img id="a" src="{X}" width="500"></div>';
    const change = run(
      `const b = document.querySelector('#b'), later = (ms) => new Promise((r) => setTimeout(r, ms));
       globalThis.changed = (async () => {${code}})()`,
    );
    const over = (): Promise<unknown> => stage.page.evaluate('changed');
    const plain = await withoutUs(html, async (page) => {
      await change(page);
      await over();
    });
    await stage.open(html);
    await stage.paint();
    await change(stage.page);
    await over();
    await showsPasticheOf(plain.shot);
    await stage.restorePage();
    await stage.isShown(plain.shot);
    expect((await stage.html()).replace(/ style=""/, '')).toBe(plain.html.replace(/ style=""/, ''));
  });
});

describe('copies that go while the picture is painted', () => {
  it.each([
    [
      'one of two',
      '<span class="gone"><img src="{X}"></span><img id="a" src="{X}" width="500">',
      'gone.remove()',
    ],
    [
      'all but one of four',
      `${'<img class="gone" src="{X}" width="40">'.repeat(3)}<img id="a" src="{X}" width="500">`,
      "document.querySelectorAll('.gone').forEach((e) => e.remove())",
    ],
    [
      'one that is written anew',
      '<span class="gone"><img src="{X}" width="500"></span>',
      'gone.innerHTML = gone.innerHTML',
    ],
    [
      'one that gets another picture',
      '<img class="gone" src="{X}" width="90"><img id="a" src="{X}" width="500">',
      'gone.src = y',
    ],
  ])('%s', async (_, html, code) => {
    const change = run(`const gone = document.querySelector('.gone'); ${code}`);
    const plain = await withoutUs(html, change);
    await stage.open(html);
    const since = Date.now();
    await stage.engine({ hold: true });
    await stage.restyle(STYLE);
    await stage.waitForPicture(stage.x, { states: ['queued'], since });
    await change(stage.page);
    await stage.engine({ hold: false });
    const status = await stage.waitForPicture(stage.x, {
      states: ['done', 'failed'],
      since,
    });
    expect(status).toMatchObject({ state: 'done', error: null });
    await showsPasticheOf(plain.shot);
    expect(await stage.words()).not.toMatch(/wrong/);
    await stage.restorePage();
    await stage.isWritten(plain.html);
    await stage.isShown(plain.shot);
  });
});

describe('pictures that are seen later', () => {
  const later: [string, string, string][] = [
    [
      'visibility',
      '<img id="l" src="{X}" width="500" style="visibility:hidden">',
      "l.removeAttribute('style')",
    ],
    [
      'one pixel',
      '<img id="l" src="{X}" width="1" height="1">',
      "l.removeAttribute('height'); l.width = 500",
    ],
    [
      'opacity',
      '<img id="l" src="{X}" width="500" style="opacity:0">',
      "l.removeAttribute('style')",
    ],
    [
      'a class of something around it',
      '<style>.h img{visibility:hidden}</style><p id="l" class="h"><img src="{X}" width="500"></p>',
      "l.className = ''",
    ],
    [
      'a sheet that comes',
      '<style id="l">img.i{display:none}</style><img class="i" src="{X}" width="500">',
      'l.remove()',
    ],
    [
      'a scale of nothing',
      '<img id="l" src="{X}" width="500" style="transform:scale(0)">',
      "l.style.cssText = 'transition:transform .3s;transform:none'",
    ],
    [
      'details',
      '<details id="l"><summary>more</summary><img src="{X}" width="500"></details>',
      'l.open = true',
    ],
    [
      'a background',
      '<style>.s{width:500px;height:375px;background:url({X}) 0/100%}</style><div id="l"></div>',
      "l.className = 's'",
    ],
    ['a dialog', '<dialog id="l"><img src="{X}" width="500"></dialog>', 'l.showModal()'],
  ];

  it.each(later)('%s, on a page that is painted whole', async (_, html, show) => {
    const page = `<img src="{Y}" width="120">${html}`;
    const plain = await withoutUs(page, async (tab) => {
      await run(show)(tab);
      await tab.evaluate(() => Promise.all(document.getAnimations().map((a) => a.finished)));
    });
    await stage.open(page);
    await stage.paintPage();
    await run(show)(stage.page);
    await showsPasticheOf(plain.shot);
    expect(await stage.waitForPicture(stage.x)).toMatchObject({ state: 'done' });
  });
});

describe('a person who asks once more at once', () => {
  it.each(['{X}', '{S}'])('gets what was asked for last (%s)', async (address) => {
    const html = PHOTO.replace('{X}', address);
    const last = 'udnie';
    const source = async (): Promise<string> =>
      (stage.x = await stage.page.$eval('#a', (a) => (a as HTMLImageElement).src));
    await stage.open(html);
    await source();
    await stage.restyle(last);
    await stage.waitForPicture(stage.x, { states: ['done'] });
    const direct = await stage.stillShot();
    await stage.open(html);
    await source();
    await stage.engine({ hold: true });
    await stage.restyle(STYLE);
    await expect.poll(() => stage.jobs(), { timeout: TIMEOUT_MS }).toBe(1);
    await stage.restyle(last);
    await expect.poll(() => stage.jobs(), { timeout: TIMEOUT_MS }).toBe(2);
    // The answer to what was asked for first comes last.
    await stage.engine({ hold: false });
    await shows('the last style', (now) => meanAbsoluteDifference(direct, now) < 1);
    expect((await stage.pageStatus()).map(({ state }) => state)).toEqual(['done']);
  });

  it.each(['reading', 'queued', 'preview', 'done'] as const)(
    'gets the original: %s',
    async (state) => {
      await stage.open(PHOTO);
      const [original, written] = [await stage.shot(), await stage.html()];
      await stage.engine({ hold: state === 'queued' });
      await stage.restyle(STYLE);
      const order = ['reading', 'queued', 'preview', 'done'] as const;
      await stage.waitForPicture(stage.x, {
        states: state === 'queued' ? ['queued'] : order.slice(order.indexOf(state)),
      });
      await stage.restore();
      await stage.engine({ hold: false });
      await stage.waitForPicture(stage.x, { states: ['restored'] });
      await stage.isShown(original);
      await stage.site.idle(500);
      expect(await stage.html()).toBe(written);
      expect(meanAbsoluteDifference(original, await stage.shot())).toBe(0);
    },
  );
});

it('a list that is made anew at every key is no fight', async () => {
  const html = `<input id="q"><main>${PHOTO}</main><script>
    q.oninput = () => { document.querySelector('main').innerHTML = '${PHOTO}' }</script>`;
  const type: Change = (page) => page.type('#q', 'harbours', { delay: 100 });
  const plain = await withoutUs(html, type);
  await stage.open(html);
  await stage.paint();
  await type(stage.page);
  await showsPasticheOf(plain.shot);
  expect((await stage.pageStatus()).map(({ state }) => state)).toEqual(['done']);
});

describe('a page that fights back', () => {
  it.each([
    ['its animations', 'for (const one of a.getAnimations()) one.cancel()'],
    ['a style of its own', "a.style.setProperty('content', 'normal', 'important')"],
    ['a new element', 'a.outerHTML = `<img id="a" src="${x}" width="500">`'],
  ])('wins after a few rounds, and the person is told: %s', async (_, insist) => {
    await stage.open(PHOTO);
    const original = await stage.shot();
    await run(`globalThis.rounds = 0;
      const put = () => {
        const a = document.querySelector('#a');
        if (getComputedStyle(a).content !== 'normal') { rounds += 1; ${insist} } };
      new MutationObserver(put).observe(document, { subtree: true, childList: true, attributes: true });
      setInterval(put, 50);`)(stage.page);
    await stage.restyle(STYLE);
    // The notice stays only for a while.
    await expect
      .poll(() => stage.words(), { timeout: TIMEOUT_MS })
      .toContain('puts its own picture back');
    await expect
      .poll(async () => (await stage.pageStatus()).map(({ state }) => state), {
        timeout: TIMEOUT_MS,
      })
      .not.toContainEqual(expect.stringMatching(/reading|queued|preview|done/));
    await stage.isShown(original);
    const rounds = Number(await stage.page.evaluate('rounds'));
    expect(rounds).toBeLessThan(30);
    expect(await stage.words()).not.toMatch(/Painted/);
  });
});
