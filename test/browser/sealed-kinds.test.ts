/**
 * Pictures that a content script can paint only as a part of an extension: those under a policy that
 * refuses the script's own addresses, in closed shadow roots, and in frames of other sites. The others are in `test/page`.
 */
import { afterAll, beforeAll, describe, it } from 'vitest';

import { sharedBrowser, sharedSite } from './harness';
import { Stage } from './pages';

let stage: Stage;

beforeAll(async () => {
  const browser = await sharedBrowser({ build: 'chrome-granted' });
  stage = new Stage(browser, await sharedSite());
});

afterAll(() => stage.close());

it('an image in a closed shadow root', () =>
  stage.follows({
    html: `<div><template shadowrootmode="closed"
    shadowrootserializable><p><img src="{X}" width="400"></p></template></div>`,
  }));

it('an image in a frame of another site', () =>
  stage.follows({
    html: '<iframe width="440" height="340" src="{frame}"></iframe>',
    framed: true,
  }));

describe('a page whose policy', () => {
  it.each([
    "default-src 'none'; style-src 'unsafe-inline'; img-src http://127.0.0.1:*",
    "img-src 'self' http://127.0.0.1:*",
  ])('is %s', (policy) =>
    stage.follows({
      html: '<img src="{X}" width="300">',
      query: `?csp=${encodeURIComponent(policy)}`,
    }),
  );
});
