import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { describe, expect, it } from 'vitest';

import { featureAt, lackOf, manifestKeys, type Data } from '../../scripts/compat-rules.mjs';
import { manifestFor, withEverySiteGranted, type Manifest } from '../../scripts/manifest.mjs';

const manifest = JSON.parse(readFileSync('manifest.json', 'utf8')) as Manifest;

describe('the manifest for Chrome', () => {
  const chrome = manifestFor('chrome', manifest);

  it('has a service worker and no scripts of a background page', () => {
    expect(chrome['background']).toEqual({ service_worker: 'background.js', type: 'module' });
  });

  it('keeps what isolates extension pages, and nothing of Firefox', () => {
    expect(chrome['cross_origin_embedder_policy']).toEqual({ value: 'require-corp' });
    expect(chrome['cross_origin_opener_policy']).toEqual({ value: 'same-origin' });
    expect(chrome['permissions']).toContain('offscreen');
    expect(chrome).not.toHaveProperty('browser_specific_settings');
  });

  it('grants no site', () => {
    expect(chrome).not.toHaveProperty('host_permissions');
    expect(chrome).not.toHaveProperty('content_scripts');
  });

  it('lets extension pages run only scripts of the package', () => {
    const { extension_pages: policy } = chrome['content_security_policy'] as Record<string, string>;
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';");
    expect(policy).toContain("object-src 'self';");
    expect(policy).toContain("worker-src 'self';");
  });
});

describe('the manifest for Firefox', () => {
  const firefox = manifestFor('firefox', manifest);

  it('has scripts of a background page and no service worker', () => {
    expect(firefox['background']).toEqual({ scripts: ['background.js'], type: 'module' });
  });

  it('says what data is collected, and asks for nothing that only Chrome has', () => {
    expect(firefox).toHaveProperty(
      'browser_specific_settings.gecko.data_collection_permissions.required',
      ['none'],
    );
    expect(firefox['permissions']).not.toContain('offscreen');
    expect(firefox).not.toHaveProperty('browser_specific_settings.safari');
    expect(firefox).not.toHaveProperty('optional_permissions');
    expect(firefox).not.toHaveProperty('minimum_chrome_version');
    expect(firefox).not.toHaveProperty('cross_origin_embedder_policy');
  });
});

describe('the manifest for Safari', () => {
  const safari = manifestFor('safari', manifest);

  it('has scripts of a background page that may be unloaded, and no service worker', () => {
    expect(safari['background']).toEqual({
      scripts: ['background.js'],
      type: 'module',
      persistent: false,
    });
  });

  it('asks for nothing that Safari lacks', () => {
    expect(safari['permissions']).toEqual(['activeTab', 'contextMenus', 'scripting', 'storage']);
    expect(safari).not.toHaveProperty('optional_permissions');
    expect(safari['browser_specific_settings']).toEqual({ safari: { strict_min_version: '26.0' } });
  });

  it('has no key and no permission that the compatibility data does not know', () => {
    const data = createRequire(import.meta.url)('@mdn/browser-compat-data') as Data;
    const keys = manifestKeys(data, safari);
    expect(keys).toContain('webextensions.manifest.background.scripts');
    expect(keys).toContain('webextensions.manifest.permissions.scripting');
    const lacking = keys.filter((key) => lackOf(featureAt(data, key), 'safari', 26) !== null);
    // In part: it does what the key says whether it says so or not.
    expect(lacking).toEqual(['webextensions.manifest.options_ui.open_in_tab']);
    // The data are 20 MB.
  }, 60_000);
});

describe('the build for tests', () => {
  it('may act on every site and is otherwise the same', () => {
    const chrome = manifestFor('chrome', manifest);
    const { host_permissions: hosts, permissions, ...granted } = withEverySiteGranted(chrome);
    expect(hosts).toEqual(['<all_urls>']);
    expect(permissions).toEqual([...(chrome['permissions'] as string[]), 'tabCapture']);
    expect({
      ...granted,
      permissions: chrome['permissions'] as string[],
      optional_permissions: ['tabCapture'],
      optional_host_permissions: ['<all_urls>'],
    }).toEqual(chrome);
  });
});

it('making a manifest leaves the common one as it was', () => {
  const before = structuredClone(manifest);
  manifestFor('firefox', manifest);
  withEverySiteGranted(manifest);
  expect(manifest).toEqual(before);
});
