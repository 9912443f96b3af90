/**
 * Shows one picture, in the way that `?kind=` names, and keeps trying to read the pixels of its element
 * from every context that a page has. `?picture=` is its address. `hostile.report()` lists attempts,
 * with their numbers, and leaks.
 */
{
  const options = new URL(location.href).searchParams;
  const kind = options.get('kind') ?? 'img';
  const picture = options.get('picture') ?? '';
  const main = /** @type {HTMLElement} */ (document.querySelector('main'));
  const rules = /** @type {HTMLStyleElement} */ (document.querySelector('#rules'));

  /** @type {Record<string, number>} */
  const attempts = {};
  let rounds = 0;
  /** @type {Set<string>} */
  const leaks = new Set();
  /** @type {Set<string>} */
  const addresses = new Set();

  /**
   * Element names that this page customises, with the attribute that it listens to.
   * @type {Readonly<Record<string, readonly [string, typeof HTMLElement, string]>>}
   */
  const BUILT_INS = {
    'own-img': ['img', HTMLImageElement, 'src srcset style'],
    'own-input': ['input', HTMLInputElement, 'src style'],
    'own-source': ['source', HTMLSourceElement, 'srcset'],
    'own-video': ['video', HTMLVideoElement, 'poster style'],
    'own-div': ['div', HTMLDivElement, 'style'],
  };
  for (const [name, [extended, base, observed]] of Object.entries(BUILT_INS)) {
    customElements.define(name, listening(base, observed), { extends: extended });
  }
  customElements.define('own-element', listening(HTMLElement, 'style class'));

  /**
   * @param {typeof HTMLElement} base
   * @param {string} observed
   */
  function listening(base, observed) {
    return class extends base {
      static observedAttributes = observed.split(' ');

      /**
       * Runs inside the attribute's setter.
       * @param {string} _name
       * @param {string | null} _old
       * @param {string | null} value
       */
      attributeChangedCallback(_name, _old, value) {
        for (const address of addressesIn(value ?? '')) {
          if (addresses.has(address)) continue;
          addresses.add(address);
          const request = new XMLHttpRequest();
          tried('callback');
          try {
            request.open('GET', address, false);
            request.send();
            if (request.responseText.length > 0) leak('callback');
          } catch {
            // Not to be read.
          }
          tryAddress(address);
        }
      }
    };
  }

  const IMAGE = 'width="400" height="300"';
  const BLOCK = '#slot { width: 400px; height: 300px;';

  /** @type {Readonly<Record<string, (address: string) => void>>} How the picture is shown. */
  const kinds = {
    img: (address) => show(`<img id="slot" src="${address}" ${IMAGE}>`),
    srcset: (address) => show(`<img id="slot" srcset="${address} 1x" ${IMAGE}>`),
    picture: (address) =>
      show(`<picture><source srcset="${address}"><img id="slot" ${IMAGE}></picture>`),
    lazy: (address) => show(`<img id="slot" loading="lazy" src="${address}" ${IMAGE}>`),
    input: (address) => show(`<input type="image" id="slot" src="${address}" ${IMAGE}>`),
    svg: (address) => show(`<svg ${IMAGE}><image id="slot" href="${address}" ${IMAGE}/></svg>`),
    'svg pattern': (address) =>
      show(`<svg ${IMAGE}><pattern id="p" width="1" height="1"><image id="slot" href="${address}"
        ${IMAGE}/></pattern><rect ${IMAGE} fill="url(#p)"/></svg>`),
    'svg use': (address) =>
      show(`<svg ${IMAGE}><defs><image id="slot" href="${address}" ${IMAGE}/></defs>
        <use href="#slot"/></svg>`),
    'svg filter': (address) =>
      show(`<svg ${IMAGE}><filter id="f" x="0" y="0" width="1" height="1"><feImage id="slot"
        href="${address}" x="0" y="0" ${IMAGE}/></filter><rect ${IMAGE} filter="url(#f)"/></svg>`),
    poster: (address) => show(`<video id="slot" poster="${address}" ${IMAGE}></video>`),
    background: (address) => style(`${BLOCK} background: url("${address}") 0 0 / 100% 100% }`),
    'inline background': (address) =>
      show(
        `<div id="slot" style="width:400px;height:300px;background:url('${address}') 0 0/100% 100%"></div>`,
      ),
    before: (address) =>
      style(
        `#slot::before { content: ''; display: block; width: 400px; height: 300px;
          background: url("${address}") 0 0 / 100% 100% }`,
      ),
    content: (address) => style(`${BLOCK} content: url("${address}") }`),
    list: (address) => style(`#slot { display: list-item; list-style: url("${address}") inside }`),
    border: (address) =>
      style(`${BLOCK} border: 40px solid; border-image: url("${address}") 30% }`),
    shadow: (address) => {
      main.innerHTML = '<p></p>';
      const root = main.firstElementChild?.attachShadow({ mode: 'closed' });
      if (root) root.innerHTML = `<img id="slot" src="${address}" ${IMAGE}>`;
      slot = root?.firstElementChild ?? null;
      watch(root ?? main);
    },
    frame: (address) => {
      main.innerHTML = '<iframe width="420" height="320"></iframe>';
      const inner = main.querySelector('iframe')?.contentDocument;
      if (!inner) return;
      inner.body.innerHTML = `<img id="slot" src="${address}" ${IMAGE}>`;
      slot = inner.querySelector('#slot');
      watch(inner);
    },
    'own-img': (address) => show(`<img is="own-img" id="slot" src="${address}" ${IMAGE}>`),
    'own-img of a script': (address) => {
      const image = document.createElement('img', { is: 'own-img' });
      Object.assign(image, { id: 'slot', width: 400, height: 300, src: address });
      main.replaceChildren(image);
      slot = image;
    },
    'own-input': (address) =>
      show(`<input is="own-input" type="image" id="slot" src="${address}" ${IMAGE}>`),
    'own-source': (address) =>
      show(
        `<picture><source is="own-source" srcset="${address}"><img id="slot" ${IMAGE}></picture>`,
      ),
    'own-video': (address) =>
      show(`<video is="own-video" id="slot" poster="${address}" ${IMAGE}></video>`),
    'own-div': (address) =>
      style(
        `${BLOCK} background: url("${address}") 0 0 / 100% 100% }`,
        '<div is="own-div" id="slot"></div>',
      ),
    'own-element': (address) =>
      style(
        `${BLOCK} display: block; background: url("${address}") 0 0 / 100% 100% }`,
        '<own-element id="slot"></own-element>',
      ),
  };

  /** @type {Element | null} */
  let slot = null;

  /** @param {string} html */
  function show(html) {
    main.innerHTML = html;
    slot = main.querySelector('#slot');
  }

  /** @param {string} css */
  function style(css, html = '<div id="slot"></div>') {
    rules.textContent = css;
    show(html);
  }

  /** @param {string} way */
  function tried(way) {
    attempts[way] = (attempts[way] ?? 0) + 1;
  }

  /** @param {string} way */
  function leak(way) {
    leaks.add(way);
  }

  /** Addresses of a value that are no server's. @param {string} value */
  function addressesIn(value) {
    return value.match(/(?:blob|data|chrome-extension|moz-extension|filesystem):[^\s"')]+/g) ?? [];
  }

  /** Searches everything that could contain the address of the element's picture. */
  function look() {
    if (!slot) return;
    const family = [slot, ...(slot.closest('picture')?.querySelectorAll('source') ?? [])];
    const said = family.flatMap((element) => [...element.attributes].map(({ value }) => value));
    if ('currentSrc' in slot) said.push(String(slot.currentSrc));
    for (const pseudo of [null, '::before', '::after', '::marker']) {
      const computed = getComputedStyle(slot, pseudo);
      said.push(
        computed.backgroundImage,
        computed.content,
        computed.listStyleImage,
        computed.borderImageSource,
      );
    }
    said.flatMap(addressesIn).forEach(learn);
  }

  /** @param {string} address */
  function learn(address) {
    if (addresses.has(address) || address === 'data:,') return;
    addresses.add(address);
    tryAddress(address);
    tryElement();
  }

  /** @param {Node} root */
  function watch(root) {
    new MutationObserver((records) => {
      for (const { oldValue } of records) addressesIn(oldValue ?? '').forEach(learn);
      look();
    }).observe(root, {
      attributes: true,
      attributeOldValue: true,
      childList: true,
      subtree: true,
    });
    root.addEventListener('load', look, true);
    root.addEventListener('error', look, true);
  }

  const worker = new Worker('sealed-hostile-worker.js');
  const channel = () => {
    const { port1, port2 } = new MessageChannel();
    return { answer: port1, port: port2 };
  };
  /** @type {ServiceWorker | null} */
  let serviceWorker = null;
  const ready = navigator.serviceWorker
    ?.register('sealed-hostile-worker.js')
    .then(() => navigator.serviceWorker.ready)
    .then(({ active }) => {
      serviceWorker = active;
    })
    .catch(() => undefined);
  const frame = document.createElement('iframe');
  frame.hidden = true;
  document.body.append(frame);

  /** Tries an address from everywhere. @param {string} address */
  function tryAddress(address) {
    for (const [way, target] of /** @type {const} */ ([
      ['worker', worker],
      ['service worker', serviceWorker],
    ])) {
      if (!target) continue;
      const { answer, port } = channel();
      tried(way);
      answer.onmessage = ({ data }) => data > 0 && leak(way);
      target.postMessage(address, [port]);
    }
    const realms = /** @type {[string, typeof globalThis | null][]} */ ([
      ['', globalThis],
      ['frame: ', frame.contentWindow],
      ['opener: ', opener],
    ]);
    for (const [name, realm] of realms) {
      if (!realm) continue;
      tried(`${name}fetch`);
      realm
        .fetch(address)
        .then((response) => response.blob())
        .then(({ size }) => size > 0 && leak(`${name}fetch`))
        .catch(() => undefined);
      const request = new realm.XMLHttpRequest();
      tried(`${name}xhr`);
      request.onload = () => request.responseText.length > 0 && leak(`${name}xhr`);
      try {
        request.open('GET', address);
        request.send();
      } catch {
        // Not to be asked for.
      }
      const image = new realm.Image();
      tried(`${name}image`);
      image.onload = () => {
        if (readCanvas(image)) leak(`${name}image`);
      };
      image.src = address;
    }
  }

  /** @param {CanvasImageSource} source */
  function readCanvas(source, canvas = document.createElement('canvas')) {
    canvas.width = canvas.height = 8;
    const context = canvas.getContext('2d');
    try {
      context?.drawImage(source, 0, 0, 8, 8);
      return [...(context?.getImageData(0, 0, 8, 8).data ?? [])].some((value) => value > 0);
    } catch {
      return false;
    }
  }

  /** Whether a canvas can draw it. @param {Element | null} element */
  function isDrawable(element) {
    return element?.matches('img, image, video') ?? false;
  }

  /** Tries the element itself, and copies of it. */
  function tryElement() {
    rounds += 1;
    if (!slot) return;
    const family = slot.closest('picture') ?? slot;
    for (const copy of [family.cloneNode(true), document.importNode(family, true)]) {
      const image = copy instanceof HTMLPictureElement ? copy.querySelector('img') : copy;
      if (!(image instanceof HTMLImageElement)) continue;
      tried('clone');
      image.addEventListener('load', () => readCanvas(image) && leak('clone'));
      if (image.complete && readCanvas(image)) leak('clone');
    }
    if (slot.matches('feImage')) {
      tried('canvas filter');
      if (readFilter()) leak('canvas filter');
    }
    if (!isDrawable(slot)) return;
    const source = /** @type {HTMLImageElement} */ (slot);
    tried('canvas');
    if (readCanvas(source)) leak('canvas');
    if (opener) {
      tried('opener: canvas');
      if (readCanvas(source, opener.document.createElement('canvas'))) leak('opener: canvas');
    }
    tried('bitmap');
    createImageBitmap(source)
      .then((bitmap) => readCanvas(bitmap) && leak('bitmap'))
      .catch(() => undefined);
    tried('pattern');
    if (readPattern(source)) leak('pattern');
    tried('WebGL');
    if (readTexture(source)) leak('WebGL');
    tried('VideoFrame');
    void readFrame(source).then((could) => could && leak('VideoFrame'));
  }

  function readFilter() {
    const canvas = document.createElement('canvas');
    main.append(canvas);
    try {
      const context = canvas.getContext('2d');
      if (!context) return false;
      context.filter = 'url(#f)';
      context.fillRect(0, 0, 8, 8);
      // Without the filter the drawing is black.
      return context.getImageData(0, 0, 8, 8).data.some((value, i) => i % 4 < 3 && value > 0);
    } catch {
      return false;
    } finally {
      canvas.remove();
    }
  }

  /** @param {HTMLImageElement} source */
  function readPattern(source) {
    const context = new OffscreenCanvas(8, 8).getContext('2d');
    try {
      const pattern = context?.createPattern(source, 'repeat');
      if (!context || !pattern) return false;
      context.fillStyle = pattern;
      context.fillRect(0, 0, 8, 8);
      return context.getImageData(0, 0, 8, 8).data.some((value) => value > 0);
    } catch {
      return false;
    }
  }

  const gl = new OffscreenCanvas(8, 8).getContext('webgl');

  /** @param {HTMLImageElement} source */
  function readTexture(source) {
    if (!gl) return false;
    const texture = gl.createTexture();
    try {
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, source);
      gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
      const pixels = new Uint8Array(4);
      gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
      return pixels.some((value) => value > 0);
    } catch {
      return false;
    } finally {
      gl.deleteTexture(texture);
    }
  }

  /** @param {HTMLImageElement} source */
  async function readFrame(source) {
    try {
      const still = new VideoFrame(source, { timestamp: 0 });
      const pixels = new Uint8Array(still.allocationSize());
      await still.copyTo(pixels);
      still.close();
      return pixels.some((value) => value > 0);
    } catch {
      return false;
    }
  }

  /** @param {DataTransfer | null} data */
  function receive(data, way = '') {
    tried(way);
    const html = data?.getData('text/html') ?? '';
    received.push(`${way}: ${[...(data?.types ?? [])].join(' ')}`);
    for (const file of data?.files ?? []) if (file.size > 0) leak(`${way}: file`);
    [html, data?.getData('text/uri-list') ?? ''].flatMap(addressesIn).forEach(learn);
  }

  /** @type {string[]} */
  const received = [];
  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', (event) => {
    event.preventDefault();
    receive(event.dataTransfer, 'drop');
  });
  addEventListener('paste', (event) => receive(event.clipboardData, 'paste'));
  addEventListener('copy', () => tried('copy'));
  addEventListener('securitypolicyviolation', ({ blockedURI }) => learn(blockedURI));
  new PerformanceObserver((list) => {
    for (const { name } of list.getEntries()) addressesIn(name).forEach(learn);
  }).observe({ type: 'resource', buffered: true });

  watch(document);
  kinds[kind]?.(picture);
  const everyFrame = () => {
    look();
    requestAnimationFrame(everyFrame);
  };
  everyFrame();
  setInterval(tryElement, 250);
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    look();
    setTimeout(() => port2.postMessage(null), 4);
  };
  port2.postMessage(null);

  Object.assign(globalThis, {
    hostile: {
      ready,
      hasWebGL: Boolean(gl),
      report: () => ({
        rounds,
        attempts,
        leaks: [...leaks].sort(),
        addresses: addresses.size,
        received,
      }),
      /**
       * Shows one of the page's own pictures by a `blob:` address, which all attempts should read.
       * @param {boolean} revoked Whether the address is revoked in the same step.
       */
      prove: async (/** @type {boolean} */ revoked) => {
        await ready;
        const address = URL.createObjectURL(await (await fetch(picture)).blob());
        const before = slot;
        if (revoked && before) {
          const source = before.closest('picture')?.querySelector('source');
          if (source) source.srcset = address;
          else if (before instanceof HTMLVideoElement) before.poster = address;
          else if ('src' in before) before.src = address;
          else before.setAttribute('style', `background-image: url("${address}")`);
          URL.revokeObjectURL(address);
          return;
        }
        kinds[kind]?.(address);
      },
    },
  });
}
