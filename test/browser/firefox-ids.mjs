/** Ids of the extension in a Firefox that a test or the bench starts. */

/** Chosen by us, so that the addresses of the extension's pages are known. */
export const UUID = '5ce7c5f0-0b57-4c1e-9d3f-6a1f0e6f2b11';

export const EXTENSION_ID = 'pastiche@pastiche.example';

/** Settings of Firefox (`about:config`) that every such Firefox has. */
export const PREFERENCES = {
  'extensions.webextensions.uuids': JSON.stringify({ [EXTENSION_ID]: UUID }),
  // The browser's own question can't be answered by a test.
  'extensions.webextOptionalPermissionPrompts': false,
};
