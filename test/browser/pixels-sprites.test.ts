/** Restyling a whole page: pictures of any shape are painted; sprites and icons are left alone. */
import { expect } from 'vitest';

import { eventually } from './faults';
import { browser, openPage, page, withBrowser } from './fixtures';

const PHOTO = '/pictures/harbour.jpg';
const SQUARES = '/made/squares.png';

/** Boxes and the picture that each shows; its name says whether it is to be painted. */
const BOXES = `
  <style>
    div, span, img { display: inline-block; vertical-align: top }
    .sheet { width: 90px; height: 90px; background: url(${SQUARES}?sheet) }
    .wide { width: 240px; height: 60px; background: url(${SQUARES}?wide) 0 -60px }
    .grown { width: 100px; height: 100px; background: url(${SQUARES}?grown) 33% 50% / 400% 300% }
    .fixed { width: 400px; height: 130px; background: url(${PHOTO}?moved) 50% -40px / cover }
    .cut { width: 90px; height: 90px; overflow: hidden; position: relative }
    .cut img { position: absolute; left: -90px; top: -90px }
  </style>
  <div class="sheet"></div><div class="sheet" style="background-position: -90px 0"></div>
  <div class="wide"></div><div class="grown"></div>
  <img src="${SQUARES}?fitted" style="object-fit: none; object-position: -90px -90px" width="90" height="90">
  <div class="cut"><img src="${SQUARES}?cut"></div>
  <svg width="90" height="90"><symbol id="s" viewBox="90 90 90 90"><image href="${SQUARES}?used" width="256" height="256"/></symbol><use href="#s"/></svg>
  <svg width="90" height="90" viewBox="0 90 90 90"><image href="${SQUARES}?drawn" width="256" height="256"/></svg>
  <svg width="120" height="90" viewBox="none"><image href="${PHOTO}?whole" width="120" height="90"/></svg>
  <svg width="160" height="120" viewBox="0 0 800 600"><image href="${PHOTO}?boxed" width="800" height="600"/></svg>
  <div class="fixed"></div>
  <img src="${PHOTO}?cover" style="object-fit: cover" width="120" height="120">
  <div style="width: 400px; height: 120px; overflow: auto"><img src="${PHOTO}?scrolled" width="390"></div>
  <img src="${SQUARES}?panorama&width=2600&height=180" style="width: 1240px; height: 86px">
  <div style="width: 1240px; height: 102px; background: url(${PHOTO}?banner) center / cover"></div>
  <img src="${SQUARES}?column&width=120&height=1600" style="width: 110px; height: 1500px">
  <div style="width: 96px; height: 96px; background: url(${PHOTO}?corner)"></div>
  <div style="width: 120px; height: 96px; overflow: hidden"><img src="${PHOTO}?cropped"></div>
  <script>
    /* The first of a sheet, which nothing moves, and one in its middle that is placed otherwise. */
    const sheet = new OffscreenCanvas(384, 384);
    const context = sheet.getContext('2d');
    for (let i = 0; i < 16; i++) {
      context.fillStyle = 'hsl(' + 77 * i + ' 80% 50%)';
      context.beginPath();
      context.arc(48 + 96 * (i % 4), 48 + 96 * Math.floor(i / 4), 36, 0, 7);
      context.fill();
      context.clearRect(40 + 96 * (i % 4), 40 + 96 * Math.floor(i / 4), 16, 9);
    }
    sheet.convertToBlob().then((file) => {
      for (const place of ['0 0', 'right bottom']) {
        const box = document.createElement('div');
        box.style.cssText = 'width: 96px; height: 96px';
        box.style.background = 'url(' + URL.createObjectURL(file) + ') ' + place;
        document.body.append(box);
      }
    });
  </script>`;

const PAINTED = [
  ...['moved', 'cover', 'scrolled', 'panorama', 'banner', 'column', 'corner', 'cropped'],
  ...['whole', 'boxed'],
];

const it = withBrowser({ ends: true });

it('comic strips, panoramas and banners are painted; sprites are not, whatever their shape', async () => {
  await openPage();
  await page.setContent(BOXES, { waitUntil: 'load' });
  await page.waitForFunction(() => document.querySelectorAll('[style*="blob:"]').length === 2);
  await browser.grantActiveTab(page);
  const tabId = await browser.tabId(page);
  await browser.inServiceWorker(async (id) => {
    await chrome.scripting.executeScript({ target: { tabId: id }, files: ['content.js'] });
    const manner = { keepColours: false, strokeSize: 1, secondCoat: 0 };
    const all = { type: 'page.all', title: 'Udnie', mix: { udnie: 1 }, manner };
    await chrome.tabs.sendMessage(id, all);
  }, tabId);
  const count = await browser.inServiceWorker(
    (id) => chrome.tabs.sendMessage<object, { pictures: number }>(id, { type: 'page.survey' }),
    tabId,
  );
  await eventually(async () => {
    const [status] = await browser.wholePageStatus(page);
    return status?.state === 'following' && status.total >= PAINTED.length;
  }, 60_000);
  const sources = (await browser.pageStatus(page)).map(({ source }) => new URL(source).search);
  const names = sources.map((search) => /^\?([a-z]+)/.exec(search)?.[1]);
  expect(names.sort()).toEqual([...PAINTED].sort());
  // Sheets that only their pixels reveal are counted until they have been examined.
  expect(count.pictures).toBe(PAINTED.length + 2);
});
