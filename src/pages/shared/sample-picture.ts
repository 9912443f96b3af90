/**
 * The sample picture of the palette: a lake in the evening, drawn here rather than photographed. It has
 * features that styles act upon: flat sky, edges, fine and coarse texture.
 */

/** Draws the picture at any size, always in the same way. */
export function drawSamplePicture(width: number, height: number): ImageData {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('no 2d canvas');
  // All coordinates are in units of 1/200 of the width: 200 wide, 100 high.
  context.scale(width / 200, height / 100);
  drawSky(context);
  drawMountains(context);
  drawLake(context);
  drawBoat(context);
  drawShore(context);
  return context.getImageData(0, 0, width, height);
}

type Context = OffscreenCanvasRenderingContext2D;

/** Height of the water's edge. */
const HORIZON = 58;

/** A fixed sequence of pseudorandom numbers in 0..1 (mulberry32). */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function verticalGradient(
  context: Context,
  top: number,
  bottom: number,
  colours: readonly string[],
): CanvasGradient {
  const gradient = context.createLinearGradient(0, top, 0, bottom);
  colours.forEach((colour, i) => gradient.addColorStop(i / (colours.length - 1), colour));
  return gradient;
}

function drawSky(context: Context): void {
  context.fillStyle = verticalGradient(context, 0, HORIZON, [
    '#2c5aa0',
    '#6f9bd1',
    '#f3c98b',
    '#f8e2b4',
  ]);
  context.fillRect(0, 0, 200, HORIZON);
  const glow = context.createRadialGradient(142, 40, 2, 142, 40, 50);
  glow.addColorStop(0, 'rgb(255 246 205 / 95%)');
  glow.addColorStop(0.14, 'rgb(255 224 150 / 70%)');
  glow.addColorStop(1, 'rgb(255 210 130 / 0%)');
  context.fillStyle = glow;
  context.fillRect(0, 0, 200, HORIZON);
  const random = noise(5);
  for (let cloud = 0; cloud < 6; cloud++) {
    const [x, y] = [random() * 190, 8 + random() * 24];
    for (let puff = 0; puff < 26; puff++) {
      const along = random() * 2 - 1;
      context.fillStyle = `rgb(255 ${236 - y} ${214 - y} / 17%)`;
      const radius = (1 - Math.abs(along)) * 3.4 + 0.8;
      ellipse(context, x + along * 20, y - random() * radius, radius * 2.2, radius);
    }
  }
}

function drawMountains(context: Context): void {
  const ranges = [
    { base: 47, rise: 22, step: 7, light: '#8d95b8', dark: '#6b7399', seed: 3 },
    { base: 54, rise: 15, step: 5, light: '#5f7f86', dark: '#3f5d68', seed: 12 },
  ];
  for (const { base, rise, step, light, dark, seed } of ranges) {
    const random = noise(seed);
    const ridge: [number, number][] = [];
    for (let x = -step; x <= 200 + step; x += step) {
      const swell = Math.sin(x / 27 + seed) * 0.35 + Math.sin(x / 11 + seed * 2) * 0.15 + 0.5;
      ridge.push([x, base - rise * swell - random() * 5]);
    }
    polygon(context, [[-10, HORIZON], ...ridge, [210, HORIZON]], dark);
    // The slopes that face the sun.
    ridge.forEach(([x, y], i) => {
      const [nextX, nextY] = ridge[i + 1] ?? [x, y];
      if (nextY > y) {
        polygon(
          context,
          [
            [x, y],
            [nextX, nextY],
            [nextX + 3, nextY + 7],
            [x + 2, y + 12],
          ],
          light,
        );
      }
    });
  }
  const random = noise(40);
  for (let tree = 0; tree < 120; tree++) {
    const x = random() * 112;
    const height = 3 + random() * 6;
    polygon(
      context,
      [
        [x - height * 0.22, HORIZON],
        [x, HORIZON - height],
        [x + height * 0.22, HORIZON],
      ],
      `rgb(${24 + random() * 30} ${58 + random() * 44} ${44 + random() * 18})`,
    );
  }
}

function drawLake(context: Context): void {
  context.fillStyle = verticalGradient(context, HORIZON, 100, ['#f1cf96', '#7f9fb8', '#23507c']);
  context.fillRect(0, HORIZON, 200, 42);
  const random = noise(8);
  for (let wave = 0; wave < 420; wave++) {
    const depth = random() ** 0.8;
    const y = HORIZON + 0.6 + depth * 41;
    const x = random() * 200;
    const inGlitter = Math.abs(x - 142) < 5 + depth * 14;
    context.fillStyle = inGlitter
      ? `rgb(255 ${238 - depth * 30} 178 / ${60 - depth * 15}%)`
      : `rgb(${random() < 0.5 ? '20 52 88' : '196 214 224'} / 26%)`;
    ellipse(context, x, y, 1.5 + depth * 5 * random() + 1, 0.22 + depth * 0.5);
  }
}

function drawBoat(context: Context): void {
  polygon(
    context,
    [
      [96, 72],
      [97, 50],
      [111, 71],
    ],
    '#fdf4e3',
  );
  polygon(
    context,
    [
      [94.5, 71.5],
      [95.8, 54],
      [87, 71],
    ],
    '#d9603b',
  );
  polygon(
    context,
    [
      [84, 73],
      [114, 73],
      [109, 77.5],
      [89, 77.5],
    ],
    '#7a2f22',
  );
  polygon(
    context,
    [
      [84, 73],
      [114, 73],
      [113, 74.2],
      [85, 74.2],
    ],
    '#f0d9b5',
  );
  context.fillStyle = 'rgb(90 40 34 / 45%)';
  ellipse(context, 99, 79.5, 14, 1.4);
  context.fillStyle = 'rgb(250 240 222 / 35%)';
  ellipse(context, 101, 83, 6, 2.4);
}

function drawShore(context: Context): void {
  polygon(
    context,
    [
      [0, 84],
      [22, 86],
      [48, 93],
      [66, 100],
      [0, 100],
    ],
    '#3f5226',
  );
  const random = noise(21);
  for (let blade = 0; blade < 260; blade++) {
    const x = random() * 62;
    const foot = 86 + (x / 62) * 13 + random() * 8;
    const height = 3 + random() * 6;
    context.strokeStyle = `rgb(${70 + random() * 110} ${96 + random() * 70} ${30 + random() * 26})`;
    context.lineWidth = 0.5;
    context.beginPath();
    context.moveTo(x, foot);
    context.quadraticCurveTo(x, foot - height * 0.6, x + random() * 4 - 1.5, foot - height);
    context.stroke();
  }
  for (let flower = 0; flower < 34; flower++) {
    const x = random() * 52;
    context.fillStyle = ['#e2453c', '#f6c344', '#f7f1e6'][Math.floor(random() * 3)] ?? '';
    disc(context, x, 84 + (x / 62) * 13 + random() * 9, 0.7 + random() * 0.6);
  }
  // A tree that leans into the picture.
  context.strokeStyle = '#3a2a22';
  context.lineCap = 'round';
  const limbs = [
    { width: 4, path: [15, 92, 17, 70, 12, 52, 17, 36] },
    { width: 2, path: [14, 58, 24, 48, 28, 40, 36, 34] },
    { width: 1.6, path: [13, 50, 6, 42, 4, 36, -2, 30] },
  ] as const;
  for (const { width, path } of limbs) {
    const [x, y, ax, ay, bx, by, endX, endY] = path;
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(x, y);
    context.bezierCurveTo(ax, ay, bx, by, endX, endY);
    context.stroke();
  }
  const crowns = [
    { x: 16, y: 27, size: 17 },
    { x: 35, y: 30, size: 11 },
    { x: 1, y: 27, size: 11 },
  ];
  for (const { x, y, size } of crowns) {
    for (let leaf = 0; leaf < size * 16; leaf++) {
      const angle = random() * 2 * Math.PI;
      const distance = Math.sqrt(random()) * size;
      const [dx, dy] = [Math.cos(angle) * distance, Math.sin(angle) * distance * 0.7];
      // Lit from the right, where the sun is.
      const light = 0.5 + dx / size / 2 - dy / size / 4;
      context.fillStyle = `rgb(${46 + light * 120} ${74 + light * 84} ${34 + light * 16} / 90%)`;
      ellipse(context, x + dx, y + dy, 1.5, 0.9);
    }
  }
}

function polygon(
  context: Context,
  points: readonly (readonly [number, number])[],
  colour: string,
): void {
  context.fillStyle = colour;
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.fill();
}

function disc(context: Context, x: number, y: number, radius: number): void {
  ellipse(context, x, y, radius, radius);
}

function ellipse(context: Context, x: number, y: number, rx: number, ry: number): void {
  context.beginPath();
  context.ellipse(x, y, rx, ry, 0, 0, 2 * Math.PI);
  context.fill();
}
