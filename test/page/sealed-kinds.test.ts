/** All ways to show a picture on a page: painted in the page's own element, and restored exactly. */
import type { Page } from 'puppeteer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { isPainted, pixelsOf } from '../browser/harness';
import { TIMEOUT_MS, type Case } from '../browser/pages';
import { pageStage, type PageStage } from './harness';

let stage: PageStage;

beforeAll(async () => {
  stage = await pageStage();
});

afterAll(() => stage.close());

/** A picture of the size of a list marker. */
const SMALL = {
  picture: '/made/squares.png?width=192&height=128',
  size: { width: 192, height: 128 },
};

/** A transparent GIF of one pixel. */
const DOT = 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';

const block = (css: string, more = ''): string =>
  `<style>#x{width:400px;height:300px;${css}}${more}</style><div id="x"></div>`;

const KINDS: Readonly<Record<string, Case | string>> = {
  src: '<img src="{X}" alt="A harbour" width="400">',
  'srcset alone': '<img srcset="{X} 1x, {X}?twice 2x" width="400">',
  'srcset beside a src': '<img src="{S}" srcset="{X} 1x" width="400">',
  'srcset and sizes': '<img src="{S}" srcset="{X} 800w, {X}?small 300w" sizes="400px">',
  'a <picture>': `<picture><source media="(max-width:10px)" srcset="{Y}">
    <source type="image/jpeg" srcset="{X} 800w" sizes="400px"><img src="{S}"></picture>`,
  'a lazy image': '<img loading="lazy" src="{X}" width="400" height="300">',
  'an image in a link': '<a href="/"><img src="{X}" width="400"></a>',
  'an image in a dialog': `<dialog id="d"><img src="{X}" width="400"></dialog>
    <script>d.showModal()</script>`,
  'an image in <details>':
    '<details open><summary>more</summary><img src="{X}" width="400"></details>',
  'an image in an open shadow root': `<div><template shadowrootmode="open" shadowrootserializable>
    <img src="{X}" width="400"></template></div>`,
  'an image in a slot': `<div><template shadowrootmode="open" shadowrootserializable>
    <style>::slotted(img){border-radius:40px}</style><slot></slot></template>
    <img src="{X}" width="400"></div>`,
  'an image in a frame': {
    html: `<iframe width="440" height="340" srcdoc='<img src="{X}" width="400">'></iframe>`,
    framed: true,
  },
  'an image button': '<input type="image" src="{X}" width="400" height="300">',
  'an SVG image':
    '<svg width="400" height="300"><image href="{X}" width="400" height="300"/></svg>',
  'an SVG image of the old kind': `<svg width="400" height="300" xmlns:xlink="http://www.w3.org/1999/xlink">
    <image xlink:href="{X}" width="400" height="300" preserveAspectRatio="xMinYMid slice"/></svg>`,
  'a poster': '<video poster="{X}" width="400" height="300"></video>',
  'a background': block('background:url({X}) center/cover'),
  'an inline background': `<p style="width: 400px; height:300px;background:#eee url('{X}') 10px 20px/50% no-repeat">
    text</p>`,
  'the background of a page': '<style>html{background:url({X}) center/cover}</style><p>text</p>',
  'the background of an old table':
    '<table background="{X}" width="400" height="300"><tr><td>text</table>',
  'two layers': block('background:url({X}) 0 0/50% no-repeat,url({Y}) right/50% no-repeat'),
  'two layers with one picture': block(
    'background:url({X}) 0 0/40% no-repeat,linear-gradient(#0008,#fff8),url({X}) 100% 100%/40% no-repeat',
  ),
  tiles: block('background:url({X}) 5px 7px/90px 70px round'),
  'a fixed background': block('background:url({X}) fixed'),
  'an image-set': block('background:image-set(url("{X}") 1x, url("{X}?twice") 2x) center/cover'),
  'a background with a variable': block('--p:url({X});background:var(--p) center/cover'),
  '::before': block(
    'border:1px solid',
    `#x::before{content:'';display:block;width:300px;height:200px;background:url({X}) center/cover}`,
  ),
  '::after with words': block(
    'position:relative',
    `#x::after{content:'words';position:absolute;inset:20px;background:url({X}) 0 0/50%}`,
  ),
  '::first-letter': `<style>#x{font-size:40px}#x::first-letter{font-size:260px;color:transparent;
    background:url({X}) 0/cover}</style><p id="x">Words that go on`,
  'contents of <details>': `<style>#x::details-content{height:300px;background:url({X}) 0/400px}
    </style><details id="x" open><summary>more</summary>text</details>`,
  'content of an element': '<style>#x{content:url({X});width:400px}</style><b id="x">text</b>',
  'content of ::before': {
    ...SMALL,
    html: '<style>#x::before{content:url({X})}</style><p id="x">text',
  },
  'content of ::after, with words': {
    ...SMALL,
    html: `<style>#x::after{content:'see ' url({X}) ' here'}</style><p id="x">text`,
  },
  'markers of a list': {
    ...SMALL,
    html: '<ul style="list-style:url({X}) inside"><li>one<li>two</ul>',
  },
  'markers beside a list': {
    ...SMALL,
    html: '<ul style="margin-left:230px;list-style-image:url({X})"><li>one</ul>',
  },
  'a background by type': block(
    'background:image-set(url("{Y}") type("image/unknown"),url("{X}") type("image/jpeg")) 0/cover',
  ),
  'the background of an image that holds a place': `<style>#x{width:400px;height:300px;
    background:url({X}) center/cover}</style><img id="x" src="data:image/gif;base64,${DOT}">`,
  'a style sheet in place of an image': '<img src="{Y}" style="content:url({X});width:400px">',
  'the background of an SVG': `<svg style="width:400px;height:300px;background:url({X}) 0/cover">
    <circle r="60" cx="90" cy="90" fill="red"/></svg>`,
  'the background of a video':
    '<video style="width:400px;height:300px;background:url({X}) 0/cover"></video>',
  'what lies behind a dialog': `<style>#d::backdrop{background:url({X}) 0 0/400px 300px no-repeat}
    </style><dialog id="d">text</dialog><script>d.showModal()</script>`,
  'a placeholder': `<style>#x{font-size:90px}#x::placeholder{background:url({X}) 0 0/300px}</style>
    <input id="x" placeholder="Words">`,
  'content of a marker': {
    ...SMALL,
    html: '<style>li::marker{content:url({X})}li{margin-left:250px}</style><ul><li>text</ul>',
  },
  'a pattern in a drawing': `<svg width="400" height="300"><defs><pattern id="p" width="400" height="300"
    patternUnits="userSpaceOnUse"><image href="{X}" width="400" height="300"/></pattern></defs>
    <circle cx="200" cy="150" r="140" fill="url(#p)"/></svg>`,
  'a symbol of another drawing': `<svg style="display:none"><symbol id="s" viewBox="0 0 400 300">
    <image href="{X}" width="400" height="300"/></symbol></svg>
    <svg width="400" height="300"><use href="#s" width="400" height="300"/></svg>`,
  'a part of a drawing that is used': `<svg width="400" height="300"><defs><g id="g">
    <image href="{X}" width="200" height="150"/></g></defs><use href="#g"/><use href="#g" x="200"/></svg>`,
  'a filter of a drawing': `<svg width="400" height="300"><filter id="f" x="0" y="0" width="1" height="1">
    <feImage href="{X}" x="0" y="0" width="400" height="300"/></filter>
    <rect width="400" height="300" filter="url(#f)"/></svg>`,
  'one of two that fade into each other': block(
    'background:-webkit-cross-fade(url({Y}),url({X}),70%) 0/cover',
  ),
  'a part of an image':
    '<img src="{X}" style="width:400px;height:300px;object-view-box:inset(10% 20% 30% 15%)">',
  'an image with a border and a padding': `<img src="{X}" width="400" height="200" style="object-fit:cover;
    border:10px dashed red;padding:7px;border-radius:50%">`,
  'the button of a file': `<style>#x{font-size:50px}#x::file-selector-button{
    background:url({X}) 0 0/300px;border:0}</style><input type="file" id="x">`,
  'a popover':
    '<div popover id="p"><img src="{X}" width="400"></div><script>p.showPopover()</script>',
  'what is laid out when it is near': `<div style="content-visibility:auto;
    contain-intrinsic-size:400px 300px"><img src="{X}" width="400"></div>`,
  'a border': block('box-sizing:border-box;border:60px solid;border-image:url({X}) 30% round'),
};

const cases = Object.entries(KINDS).map(([name, one]): [string, Case] => [
  name,
  typeof one === 'string' ? { html: one } : one,
]);

describe('of another site', () => {
  it.each(cases)('%s', (_, one) => stage.follows(one));

  it('as it is printed', async () => {
    const html =
      '<style>@media print{img{width:300px;filter:grayscale(1)}}</style><img src="{X}" width="400">';
    const then = (page: Page): Promise<void> => page.emulateMediaType('print');
    await stage.follows({ html, then }).finally(() => stage.page.emulateMediaType());
  });

  it.each([
    ['an image', '<img id="a" src="{X}" width="400" onload="n += 1">'],
    ['an image button', '<input id="a" type="image" src="{X}" width="400" onload="n += 1">'],
    [
      'an SVG image',
      '<svg width="400" height="300"><image id="a" href="{X}" width="400" onload="n += 1"/></svg>',
    ],
  ])('the page hears of no picture but its own: %s', async (_, html) => {
    await stage.open(`<script>var n = 0</script>${html}`);
    const heard = (): Promise<unknown> => stage.page.evaluate('n');
    const before = Number(await heard());
    expect(before).toBeGreaterThan(0);
    await stage.paint();
    await stage.restore();
    await stage.page.waitForNetworkIdle({ idleTime: 300 });
    await stage.settled();
    expect(await heard()).toBe(before);
    // The page still gets the events of its own loads.
    await stage.page.evaluate((y) => {
      const a = document.querySelector('#a')!;
      a.setAttribute(a.localName === 'image' ? 'href' : 'src', y);
    }, stage.y);
    await stage.page.waitForFunction(`n > ${before}`, { timeout: TIMEOUT_MS });
  });

  it('nothing of ours stays in the tree when all is said', async () => {
    await stage.open('<img src="{X}" width="400">');
    await stage.paint();
    const names = (): Promise<string[]> =>
      stage.page.$$eval('html > *', (all) => all.map(({ localName }) => localName));
    await expect.poll(names, { timeout: TIMEOUT_MS }).toEqual(['head', 'body']);
  });
});

describe('a picture that shapes something stays as it is, beside a pastiche of its address', () => {
  it.each([
    [
      'the shape of a float',
      `<img src="{X}" style="float:left;width:300px;shape-outside:url({X});shape-image-threshold:.5">
        <p id="x" style="height:400px;overflow:hidden">${'words that go on '.repeat(40)}</p>`,
    ],
    [
      'a mask',
      `<p id="x" style="width:400px;height:200px;background:red;mask:url({X}) 0/cover luminance"></p>
        <img src="{X}" width="200">`,
    ],
    [
      'the mask of a drawing',
      `<svg id="x" width="400" height="200"><mask id="m"><image href="{X}" width="400" height="200"/></mask>
        <rect width="400" height="300" fill="red" mask="url(#m)"/></svg><p><img src="{X}" width="200">`,
    ],
  ])('%s', async (name, html) => {
    await stage.open(html, { own: true });
    const words = { x: 320, y: 0, width: 390, height: 400 };
    const shape = async (): Promise<string> =>
      name === 'the shape of a float'
        ? stage.page.screenshot({ encoding: 'base64', clip: words })
        : JSON.stringify((await pixelsOf(stage.page, '#x')).data);
    const [before, written] = [await shape(), await stage.html()];
    expect(await stage.paint()).toMatchObject({ state: 'done', mode: 'in-place' });
    expect(await isPainted(stage.page, 'img')).toBe(true);
    expect(await shape()).toBe(before);
    expect(await stage.html()).toBe(written);
  });
});

describe('of its own site', () => {
  const some = new Set([
    'src',
    'a <picture>',
    'an SVG image',
    'a poster',
    'two layers',
    'tiles',
    '::before',
    'content of an element',
    'markers of a list',
    'a border',
  ]);

  it.each(cases.filter(([name]) => some.has(name)))('%s', (_, one) =>
    stage.follows({ ...one, own: true }),
  );
});
