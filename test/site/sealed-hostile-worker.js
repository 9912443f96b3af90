// Reads the addresses that it is sent, as a worker or as the site's service worker.
/** @param {string} address */
async function read(address) {
  try {
    const blob = await (await fetch(address)).blob();
    return blob.size;
  } catch {
    return 0;
  }
}

addEventListener('message', async (event) => {
  const { data, ports } = /** @type {MessageEvent<string>} */ (event);
  ports[0]?.postMessage(await read(data));
});

// A service worker that takes over at once, and looks at what passes by.
addEventListener('activate', (event) => {
  const { clients } = /** @type {{ clients?: { claim(): Promise<void> } }} */ (
    /** @type {unknown} */ (globalThis)
  );
  /** @type {{ waitUntil?: (work: Promise<void> | undefined) => void }} */ (event).waitUntil?.(
    clients?.claim(),
  );
});
addEventListener('fetch', (event) => {
  const { request } = /** @type {{ request?: Request }} */ (/** @type {unknown} */ (event));
  if (request && /^blob:/.test(request.url)) void read(request.url);
});
