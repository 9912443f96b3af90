/**
 * Tries to read the pixels of everything on the page, with all means of a page: it watches every
 * change, wraps functions that our code might call, and keeps whatever it sees.
 * `hostile.readEverything()` lists the readable pictures, one per line; a new line after a restyle is a leak.
 */
{
  /** @type {Set<Node>} */
  const seen = new Set();
  /** @type {Set<string>} */
  const urls = new Set();
  /** @type {Set<string>} */
  const received = new Set();

  const attachShadow = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (/** @type {ShadowRootInit} */ options) {
    const root = attachShadow.call(this, options);
    watch(root);
    return root;
  };
  const getContext = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = /** @type {any} */ (
    function (/** @type {any[]} */ ...args) {
      seen.add(this);
      // @ts-expect-error -- the arguments are passed on as they came.
      return getContext.apply(this, args);
    }
  );
  const createObjectURL = URL.createObjectURL;
  URL.createObjectURL = (object) => {
    const url = createObjectURL.call(URL, object);
    urls.add(url);
    return url;
  };
  const src = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, 'src');
  Object.defineProperty(HTMLImageElement.prototype, 'src', {
    ...src,
    set(value) {
      seen.add(this);
      urls.add(String(value));
      src?.set?.call(this, value);
    },
  });
  for (const type of ['message', 'messageerror']) {
    addEventListener(type, (event) => {
      const { data, ports } = /** @type {MessageEvent} */ (event);
      received.add(`message ${describe(data)} with ${ports.length} ports`);
      for (const port of ports) {
        port.onmessage = ({ data: more }) => received.add(`port ${describe(more)}`);
      }
    });
  }
  watch(document);

  /** @param {Node} root */
  function watch(root) {
    remember(root);
    new MutationObserver((records) => {
      for (const record of records) {
        if (record.oldValue) urls.add(record.oldValue);
        remember(record.target);
        record.addedNodes.forEach(remember);
        record.removedNodes.forEach(remember);
      }
    }).observe(root, {
      attributes: true,
      attributeOldValue: true,
      characterData: true,
      childList: true,
      subtree: true,
    });
  }

  /** @param {Node} node */
  function remember(node) {
    if (seen.has(node)) return;
    seen.add(node);
    if (node instanceof Element) {
      for (const { value } of node.attributes) urls.add(value);
      if (node.shadowRoot) watch(node.shadowRoot);
    }
    node.childNodes.forEach(remember);
  }

  /** @param {unknown} data */
  function describe(data) {
    if (data instanceof ArrayBuffer) return `ArrayBuffer(${data.byteLength})`;
    if (data instanceof Blob) return `Blob(${data.size})`;
    if (data instanceof ImageBitmap) return `ImageBitmap(${data.width}×${data.height})`;
    return typeof data === 'object' ? JSON.stringify(data) : String(data);
  }

  /**
   * What could be read of a picture; null if nothing.
   * @param {CanvasImageSource} source
   */
  function readPixels(source) {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 8;
    const context = canvas.getContext('2d');
    try {
      context?.drawImage(source, 0, 0, 8, 8);
      const { data } = context?.getImageData(0, 0, 8, 8) ?? { data: [] };
      return [...data].some((value) => value > 0) ? 'pixels' : null;
    } catch {
      return null;
    } finally {
      seen.delete(canvas);
    }
  }

  /** @param {string} url */
  async function readUrl(url) {
    try {
      const response = await fetch(url);
      return response.ok ? `${(await response.arrayBuffer()).byteLength} bytes` : null;
    } catch {
      return null;
    }
  }

  /** @param {Element} element */
  function nameOf(element) {
    return element.id ? `${element.localName}#${element.id}` : element.localName;
  }

  /** @returns {Promise<string[]>} What could be read, sorted. */
  async function readEverything() {
    remember(document);
    for (let y = 0; y < innerHeight; y += 10) {
      for (let x = 0; x < innerWidth; x += 10) document.elementsFromPoint(x, y).forEach(remember);
    }
    /** @type {Set<string>} */
    const found = new Set(received);
    for (const node of [...seen]) {
      if (node instanceof ShadowRoot) found.add(`shadow root of ${nameOf(node.host)}`);
      if (!(node instanceof Element)) continue;
      for (const { value } of node.attributes) urls.add(value);
      for (const pseudo of [null, '::before', '::after', '::backdrop']) {
        const style = getComputedStyle(node, pseudo);
        for (const value of [
          style.backgroundImage,
          style.content,
          style.maskImage,
          style.listStyleImage,
        ]) {
          for (const [, url] of value.matchAll(/url\("(.*?)"\)/g)) urls.add(String(url));
        }
      }
      if (
        node instanceof HTMLImageElement ||
        node instanceof HTMLCanvasElement ||
        node instanceof HTMLVideoElement ||
        node instanceof SVGImageElement
      ) {
        const pixels = readPixels(node);
        if (pixels) found.add(`${pixels} of ${nameOf(node)}`);
      }
      if (node instanceof HTMLImageElement) urls.add(node.currentSrc);
      if (node instanceof HTMLIFrameElement && node.contentDocument) {
        found.add(`document of ${nameOf(node)}`);
      }
    }
    for (const entry of performance.getEntries()) urls.add(entry.name);
    for (const url of urls) {
      // Addresses of the page's own site were readable all along.
      if (!/^(blob|data|chrome-extension|moz-extension|filesystem):/.test(url)) continue;
      const bytes = await readUrl(url);
      if (bytes && url !== 'data:,') found.add(`${bytes} from ${url}`);
    }
    for (const name of Object.keys(localStorage)) found.add(`localStorage ${name}`);
    for (const name of await caches.keys()) found.add(`cache ${name}`);
    return [...found].sort();
  }

  Object.assign(globalThis, { hostile: { readEverything } });
}
