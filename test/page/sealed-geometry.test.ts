/** A pastiche is in the page's own element, and follows all its changes. */
import type { Page, Viewport } from 'puppeteer';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { meanAbsoluteDifference, pixelsOf } from '../browser/harness';
import { intruders, likeness, TIMEOUT_MS, VIEWPORT, watchPage, type Case } from '../browser/pages';
import { pageStage, STYLE, type PageStage } from './harness';

let stage: PageStage;

beforeAll(async () => {
  stage = await pageStage();
});

afterEach(() => stage.page.emulateMediaType());

afterAll(() => stage.close());

const cases = (of: Readonly<Record<string, Case | string>>): [string, Case][] =>
  Object.entries(of).map(([name, one]) => [name, typeof one === 'string' ? { html: one } : one]);

const follows = (one: Case): Promise<void> => stage.follows(one);

const image = (style: string): string => `<img src="{X}" alt="" style="${style}">`;

const within = (style: string, width = 300): string =>
  `<div style="${style}">${image(`width:${width}px;display:block`)}</div>`;

const on =
  (selector: string, css: string) =>
  (page: Page): Promise<unknown> =>
    page.$eval(selector, (element, text) => element.setAttribute('style', text), css);

const SLIDES = `<style>.s{position:absolute;left:20px;top:20px}.s img{width:400px}</style>
  <div id="second" class="s"><img src="{Y}" alt=""></div>
  <div id="first" class="s"><img src="{X}" alt=""></div>`;

const GRID = `<style>#x{display:grid;grid-template-columns:1fr 1fr;width:400px;height:300px;
  background:url({X}) center/cover}#x>:first-child{grid-column:span 2;background:#fff8}
  #x>p{margin:20px;background:#ffe;height:40px}</style>`;

describe('what is around the picture', () => {
  it.each(
    cases({
      'an avatar is round': `<div style="width:240px;height:240px;border-radius:50%;overflow:hidden">
        ${image('width:100%;height:100%;object-fit:cover')}</div>`,
      'a list scrolls': {
        html: `<div id="list" style="height:160px;width:400px;overflow:auto"><p>line</p>
          <img src="{X}" width="380"><p style="height:300px">x</p></div><p>text</p>`,
        then: (page) => page.$eval('#list', (list) => list.scrollTo(0, 90)),
      },
      'a polygon clips': within('clip-path:polygon(10% 0,100% 40%,60% 100%,0 80%);width:300px'),
      'an inset clips': within('clip-path:inset(0 60% 0 0 round 40px);width:300px'),
      'a mirror': within('scale:-1 1;width:300px'),
      'a mask fades': within('mask-image:linear-gradient(#000 20%,transparent 80%);width:300px'),
      'a rotation': within('transform:translate(60px,80px) rotate(8deg) skewX(5deg);width:300px'),
      zoom: within('zoom:1.4'),
      'a corner of an SVG': `<svg width="400" height="300"><clipPath id="c"><circle cx="150" cy="120"
        r="100"/></clipPath><g clip-path="url(#c)" transform="rotate(5)">
        <image href="{X}" width="380" height="280"/></g></svg>`,
      columns: `<div style="columns:3;width:700px;height:260px">${'<p>Some text.</p>'.repeat(9)}
        ${image('width:100%')}<p>More text.</p></div>`,
      paper: {
        html: `<style>img{width:300px}@media print{img{width:180px;float:right}}</style>
          <p>text</p>${image('')}`,
        then: (page) => page.emulateMediaType('print'),
      },
    }),
  )('%s', (_, one) => follows(one));
});

describe('what hides the picture', () => {
  it.each(
    cases({
      'visibility of a slide': { html: SLIDES, then: on('#first', 'visibility:hidden') },
      'opacity of a slide': { html: SLIDES, then: on('#first', 'opacity:0') },
      'display of a slide': { html: SLIDES, then: on('#first', 'display:none') },
      'a slide that leaves its window': {
        html: `<div style="overflow:hidden;width:420px;height:340px;position:relative">${SLIDES}</div>`,
        then: on('#first', 'transform:translateX(-300px)'),
      },
      'content-visibility': { html: SLIDES, then: on('#first', 'content-visibility:hidden') },
      'hidden until it is found': {
        html: `<section id="s">${image('width:300px')}</section><p>text</p>`,
        then: (page) => page.$eval('#s', (s) => s.setAttribute('hidden', 'until-found')),
      },
      'a closed <details>': {
        html: `<details open id="d"><summary>more</summary>${image('width:300px')}</details><p>text</p>`,
        then: (page) => page.$eval('#d', (d) => d.removeAttribute('open')),
      },
    }),
  )('%s', (_, one) => follows(one));
});

describe('what lies over the picture', () => {
  it.each(
    cases({
      'a badge': `<div style="position:relative;width:360px"><b style="position:absolute;left:10px;
        top:10px;background:red">SALE</b><img src="{X}" width="360"></div>`,
      'a header that sticks': {
        html: `<header style="position:sticky;top:0;z-index:1;background:#dfd;padding:20px">menu
          </header>${image('width:400px')}<p style="height:900px"></p>`,
        then: (page) => page.evaluate(() => scrollTo(0, 120)),
      },
      'a dialog': {
        html: `<dialog id="d">Question?</dialog>${image('width:500px')}`,
        then: (page) => page.$eval('#d', (d) => (d as HTMLDialogElement).showModal()),
      },
      'a shade by ::after': `<style>.t{position:relative;width:400px}.t::after{content:'';
        position:absolute;inset:50% 0 0;background:linear-gradient(transparent,#000)}</style>
        <div class="t">${image('width:400px;display:block')}</div>`,
      'the next card': `<div style="width:300px">${image('width:300px;display:block')}</div>
        <div style="margin-top:-60px;position:relative;background:#fff;padding:20px;width:200px">card
        </div>`,
    }),
  )('%s', (_, one) => follows(one));
});

describe('selectors that a further element would change', () => {
  const figure = (then: string): string => `<style>figure{margin:0;width:400px;position:relative}
    img{width:400px;display:block}${then}{margin-top:-44px;position:relative;background:#000a;
    color:#fff;padding:10px}</style>`;

  it.each(
    cases({
      'img + figcaption': `${figure('img+figcaption')}
        <figure><img src="{X}"><figcaption>caption</figcaption></figure>`,
      ':only-child': `<style>.a{width:300px}.a>:only-child{width:200px;border-radius:30px}</style>
        <p class="a">${image('')}</p>`,
      ':last-child and :nth-child': `<style>section>*{width:200px}section>:last-child{width:300px}
        section>:nth-child(2){border-left:9px solid}</style><section>${image('')}</section>`,
      ':has()': `<style>.a:has(> :nth-child(2)) img{width:90px}.a img{width:300px}</style>
        <div class="a">${image('')}</div><div style="height:9px"></div>`,
    }),
  )('%s', (_, one) => follows(one));

  it('nothing moves either while a picture of the same site is being painted', async () => {
    const html = `${figure('img+figcaption')}
      <figure><img src="{S}"><figcaption>caption</figcaption></figure>`;
    await stage.open(html);
    await watchPage(stage.page);
    const source = await stage.page.$eval('img', (img) => img.src);
    expect(await stage.paint(source)).toMatchObject({ state: 'done', error: null });
    expect(await intruders(stage.page)).toEqual([]);
  });
});

describe('rules of the page that mean every element', () => {
  it.each(
    cases({
      'every block of a column': `<style>.c>div{padding:16px;border:1px solid;background:#fffbe6}
        </style><div class="c">${image('width:300px')}<div>text</div></div>`,
      'what is empty': `<style>div:empty{display:none}</style>${image('width:300px')}`,
      'every transition': {
        html: `<style>*{transition:all .4s}</style><div id="a">${image('width:300px')}</div>`,
        then: async (page) => {
          await on('#a', 'padding-left:90px')(page);
          await page.evaluate(() =>
            Promise.all(document.getAnimations().map(({ finished }) => finished)),
          );
        },
      },
      'every block, importantly': `<style>div{transform:rotate(3deg)!important;
        filter:blur(2px)!important;width:333px!important}</style>${image('width:300px')}`,
      'all that is no picture': `<style>:not(html,head,body,style,img){display:none!important}</style>
        ${image('width:300px')}`,
      'a reset': `<style>html *{all:revert;max-width:50px!important;opacity:.5!important}</style>
        ${image('width:300px')}`,
    }),
  )('%s', (_, one) => follows(one));
});

describe('colours of the page', () => {
  it.each(
    cases({
      'a page that was darkened': `<style>html,img{filter:invert(1) hue-rotate(180deg)}
        html{background:#fff}</style><p>text</p>${image('width:400px')}`,
      blending: `<body style="background:#fc6">${image('width:400px;mix-blend-mode:multiply')}`,
      'a picture in half tones': image('width:400px;filter:invert(1) contrast(.7)'),
      'frosted glass': `<div style="position:relative;width:400px">${image('width:400px')}
        <p style="position:absolute;inset:60px;backdrop-filter:blur(4px)">text</p></div>`,
    }),
  )('%s', (_, one) => follows(one));

  it('a picture without colours has none', async () => {
    await stage.open(image('width:300px;filter:grayscale(1)'));
    await stage.paint();
    await stage.stillShot();
    const { data } = await pixelsOf(stage.page, 'img');
    const colourful = [...data.keys()].filter((i) => {
      return i % 4 === 0 && Math.abs(data[i]! - data[i + 1]!) > 6;
    });
    expect(colourful).toEqual([]);
  });
});

describe('backgrounds', () => {
  const block = (css: string, text = ''): string =>
    `<style>#x{width:420px;height:320px;${css}}</style><div id="x">${text}</div>`;

  it.each(
    cases({
      'twelve tiles': block('background:url({X}) 0 0/140px 80px repeat;width:420px'),
      'tiles with room between them': block('background:#def url({X}) 0 0/130px 90px space'),
      'fixed to the window': {
        html: `${block('background:url({X}) fixed')}<p style="height:900px">text</p>`,
        then: (page) => page.evaluate(() => scrollTo(0, 110)),
      },
      'in a grid whose first child is styled': `${GRID}<div id="x"><p>a</p><p>b</p><p>c</p></div>`,
      'the second of two layers': block(
        'background:linear-gradient(90deg,#fff,transparent),url({X}) right 20px bottom 10px/300px no-repeat',
      ),
      'within the padding': block(
        'background:url({X}) content-box center/cover;padding:20px;border:9px dashed #0808',
      ),
      'in letters': block(
        'background:url({X}) center/cover;background-clip:text;color:transparent;font:900 120px sans-serif',
        'WORDS',
      ),
      'of a body':
        '<body style="background:url({X}) center/cover;margin:0;height:100vh"><p>text</p>',
      'of a line that breaks': `<p style="width:300px;font-size:40px"><span id="x" style="
        background:url({X});box-decoration-break:clone;padding:8px">words that go on</span></p>`,
    }),
  )('%s', (_, one) => follows(one));
});

describe('what a person is writing is not touched', () => {
  it.each([
    [
      'contenteditable',
      `<div contenteditable><p><img src="{S}" width="300"></p><p><img src="{X}" width="300"></p></div>`,
    ],
    ['designMode', '<script>document.designMode="on"</script><img src="{S}"><img src="{X}">'],
    [
      'an editor that takes plain text, in a shadow root',
      `<div id="h"></div><script>h.attachShadow({mode:'open'}).innerHTML=
        '<div contenteditable="plaintext-only"><img src="{S}"><img src="{X}"></div>'</script>`,
    ],
    [
      'an island in it that is not edited',
      `<div contenteditable>text<figure contenteditable="false"><img src="{S}"><img src="{X}">
        </figure></div>`,
    ],
    [
      'a background of a paragraph',
      `<div contenteditable><p style="background:url({X});height:200px">a</p>
        <p style="background:url({S});height:200px">b</p></div>`,
    ],
  ])('%s', async (_, html) => {
    await stage.open(html);
    const document = (): Promise<string> =>
      stage.page.evaluate(
        () =>
          (globalThis.document.querySelector('#h')?.shadowRoot ?? globalThis.document.body)
            .innerHTML,
      );
    const before = await document();
    for (const source of [stage.x, stage.x.replace(stage.site.otherOrigin, stage.site.origin)]) {
      await stage.restyle(STYLE, source);
      await expect
        .poll(() => stage.words(), { timeout: TIMEOUT_MS })
        .toMatch(/writ|edit|typ|text/i);
      expect(await document()).toBe(before);
    }
  });
});

it('a whole page is painted but for what is being written on it', async () => {
  await stage.open(
    '<img src="{Y}" width="200"><div contenteditable><img src="{X}" width="300"></div>',
  );
  const written = (): Promise<string> => stage.page.$eval('div', (div) => div.outerHTML);
  const before = await written();
  const shown = await pixelsOf(stage.page, 'div');
  await stage.paintPage();
  expect(await written()).toBe(before);
  expect(meanAbsoluteDifference(shown, await pixelsOf(stage.page, 'div'))).toBe(0);
});

describe('the natural size is that of the original', () => {
  const SIZE: Viewport = { width: 1203, height: 797 };
  const LARGE = { picture: '/made/squares.png?width=1203&height=797', size: SIZE };

  it.each(
    cases({
      'in half a window that is widened': {
        ...LARGE,
        html: '<div style="width:50vw"><img style="max-width:100%;height:auto" src="{X}"></div>',
        then: (page) => page.setViewport({ width: 1200, height: 600 }),
      },
      'the same, of the same site': {
        ...LARGE,
        own: true,
        html: '<div style="width:50vw"><img style="max-width:100%;height:auto" src="{X}"></div>',
        then: (page) => page.setViewport({ width: 1200, height: 600 }),
      },
      'an image button': {
        ...LARGE,
        html: '<div style="width:50vw"><input type="image" style="max-width:100%" src="{X}"></div>',
        then: (page) => page.setViewport({ width: 1200, height: 600 }),
      },
      'an SVG image that sizes itself': {
        ...LARGE,
        html: '<svg width="600" height="500"><image href="{X}" x="10" y="20" height="300"/></svg>',
      },
      'a background of its own size': {
        ...LARGE,
        html: '<div style="height:500px;background:url({X}) center no-repeat"></div>',
      },
      'object-fit: none': { ...LARGE, html: image('width:500px;height:300px;object-fit:none') },
      'a cell of a table': {
        ...LARGE,
        html: `<table border><tr><td>text</td><td>${image('max-height:200px')}</td></tr></table>`,
      },
    }),
  )('%s', (_, one) => follows(one));

  it.each(['{X}', '{S}'])('for scripts that ask (%s)', async (address) => {
    const html = `<img width="300" src="${address}">`;
    await stage.open(html, LARGE);
    const source = await stage.page.$eval('img', (img) => img.src);
    expect(await stage.paint(source)).toMatchObject({ state: 'done' });
    const size = (): Promise<number[]> =>
      stage.page.$eval('img', (img) => [img.naturalWidth, img.naturalHeight]);
    expect(await size()).toEqual([SIZE.width, SIZE.height]);
    // As medium-zoom does: at the picture's natural size, within the window.
    await stage.page.$eval('img', (img) => {
      img.width = Math.min(innerWidth, img.naturalWidth);
    });
    expect(await stage.page.$eval('img', (img) => img.width)).toBe(VIEWPORT.width);
    await stage.page.$eval('img', (img) => img.removeAttribute('width'));
    expect(await stage.page.$eval('img', (img) => [img.width, img.height])).toEqual([1203, 797]);
  });
});

describe('a picture that is shown larger than it was painted', () => {
  /** Mean difference of neighbouring pixels: an enlarged picture is smooth. */
  function sharpness({ data, width, height }: Awaited<ReturnType<typeof pixelsOf>>): number {
    let sum = 0;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x + 1 < width; x++) {
        sum += Math.abs(data[4 * (y * width + x) + 1]! - data[4 * (y * width + x) + 5]!);
      }
    }
    return sum / (width * height);
  }

  it.each<[string, string, (page: Page) => Promise<unknown>]>([
    ['a lightbox', '<img id="x" src="{X}" width="150">', on('#x', 'width:800px')],
    [
      'a script that makes the full screen of it',
      '<img id="x" src="{X}" width="150" onclick="this.requestFullscreen()">',
      async (page) => {
        await page.click('#x');
        await page.waitForFunction(() => document.fullscreenElement);
      },
    ],
  ])('%s is painted finer', async (_, html, enlarge) => {
    const large = async (): Promise<void> => {
      await enlarge(stage.page);
      await stage.page.$eval(
        '#x',
        (element, x) => {
          const style = element.getAttribute('style');
          if (style) element.setAttribute('style', style.replace('{X}', x));
        },
        stage.x,
      );
      await stage.settled();
    };
    await stage.open(html);
    await large();
    const original = await pixelsOf(stage.page, '#x');
    await stage.paint();
    await stage.stillShot();
    const best = await pixelsOf(stage.page, '#x');
    await stage.open(html);
    await stage.paint();
    await large();
    // As sharp, and the same picture but for effects of the other initial size.
    const isFine = async (): Promise<boolean> => {
      const now = await pixelsOf(stage.page, '#x');
      const other = meanAbsoluteDifference(now, best) / meanAbsoluteDifference(original, best);
      return sharpness(now) / sharpness(best) > 0.8 && other < 0.3;
    };
    await expect.poll(isFine, { timeout: TIMEOUT_MS }).toBe(true);
  });

  const PAIR = 'srcset="{X} 400w, {Y} 1200w" sizes="100vw" style="width:100%"';

  it.each([
    ['srcset and sizes', `<img ${PAIR}>`],
    [
      '<picture media>',
      `<picture><source media="(min-width:1000px)" srcset="{Y}"><img src="{X}" style="width:100%">
        </picture>`,
    ],
    [
      'a background by media',
      `<style>#b{height:400px;background:url({X}) center/cover}
        @media(min-width:1000px){#b{background-image:url({Y})}}</style><div id="b"></div>`,
    ],
  ])('another picture in a wider window is not covered: %s', async (_, html) => {
    const narrow = { viewport: { width: 380, height: 500 } };
    const wide = { width: 1500, height: 500 };
    const widen = async (): Promise<void> => {
      await stage.page.setViewport(wide);
      await stage.settled();
    };
    await stage.open(html, narrow);
    await widen();
    const [other, written] = [await stage.shot(), await stage.html()];
    await stage.open(html, narrow);
    const original = await stage.shot();
    await stage.paint();
    expect(likeness(original, await stage.shot())).toBeLessThan(0.999);
    await widen();
    await expect
      .poll(async () => likeness(other, await stage.shot()), {
        timeout: TIMEOUT_MS,
      })
      .toBeGreaterThan(0.6);
    await stage.restorePage();
    await stage.isWritten(written);
    await stage.isShown(other);
  });
});
