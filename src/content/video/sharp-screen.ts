/**
 * Brings a small pastiche up to the size of its video with the video's own frame as the guide: a
 * joint bilateral upsampling (Kopf et al. 2007) in one pass of WebGL2. A pixel takes its colour
 * from those of the small pastiche whose place in the small frame looks like it, so that the edges
 * of the pastiche lie where the video's edges are.
 */
import type { Size } from '../fit';
import type { Screen } from './screen';

/** How far apart colours of the frame may be and still belong together, 0..1. */
const LIKENESS = 0.09;

/** Width of the neighbourhood's Gaussian, in pixels of the small pastiche. */
const REACH = 0.85;

/** Share of neighbours that don't look alike at all, which keeps the sum from vanishing. */
const TOLERANCE = 0.002;

/** The longest side that is drawn, in pixels: the eye sees no more in what moves. */
const LONGEST_SIDE = 1920;

const VERTEX = `#version 300 es
out vec2 place;
void main() {
  vec2 corner = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
  place = vec2(0.5 + 0.5 * corner.x, 0.5 - 0.5 * corner.y);
  gl_Position = vec4(corner, 0.0, 1.0);
}`;

const FRAGMENT = `#version 300 es
precision highp float;
uniform sampler2D pastiche, smallFrame, frame;
in vec2 place;
out vec4 colour;
void main() {
  ivec2 size = textureSize(pastiche, 0);
  vec2 at = place * vec2(size) - 0.5;
  ivec2 base = ivec2(floor(at));
  vec3 here = texture(frame, place).rgb;
  vec3 sum = vec3(0.0);
  float total = 0.0;
  for (int y = -1; y <= 2; y++) {
    for (int x = -1; x <= 2; x++) {
      ivec2 from = clamp(base + ivec2(x, y), ivec2(0), size - 1);
      vec2 away = vec2(base + ivec2(x, y)) - at;
      vec3 unlike = texelFetch(smallFrame, from, 0).rgb - here;
      float weight = exp(-dot(away, away) / ${(2 * REACH * REACH).toFixed(4)})
        * (exp(-dot(unlike, unlike) / ${(2 * LIKENESS * LIKENESS).toFixed(6)}) + ${TOLERANCE});
      sum += weight * texelFetch(pastiche, from, 0).rgb;
      total += weight;
    }
  }
  colour = vec4(sum / total, 1.0);
}`;

/** Texture units. */
const UNITS = { pastiche: 0, smallFrame: 1, frame: 2 } as const;

export class SharpScreen implements Screen {
  private hasFrame = false;
  private natural: Size = { width: 1, height: 1 };

  private constructor(
    readonly canvas: HTMLCanvasElement,
    private readonly gl: WebGL2RenderingContext,
  ) {}

  /**
   * @param software Whether a GPU made of software will do; it is slow.
   * @returns Null where there is no WebGL2, or its shader doesn't compile.
   */
  static create(software: boolean): SharpScreen | null {
    const canvas = document.createElement('canvas');
    const gl = canvas.getContext('webgl2', {
      alpha: false,
      antialias: false,
      depth: false,
      failIfMajorPerformanceCaveat: !software,
      // Frames are saved and recorded at any time after they were drawn.
      preserveDrawingBuffer: true,
    });
    if (!gl || !setUp(gl)) return null;
    return new SharpScreen(canvas, gl);
  }

  get isLost(): boolean {
    return this.gl.isContextLost();
  }

  take(video: HTMLVideoElement, frame: ImageData): void {
    const { gl } = this;
    this.natural = { width: video.videoWidth, height: video.videoHeight };
    // By the time that the pastiche is there, the video shows another frame.
    gl.activeTexture(gl.TEXTURE0 + UNITS.frame);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGB, gl.RGB, gl.UNSIGNED_BYTE, video);
    upload(gl, UNITS.smallFrame, frame);
    this.hasFrame = true;
  }

  show(pastiche: ImageData, size: Size): void {
    const { gl, canvas } = this;
    // The pastiche may be of a frame that another screen had taken.
    if (!this.hasFrame) return;
    const { width, height } = drawnSize(this.natural, size);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    gl.viewport(0, 0, width, height);
    upload(gl, UNITS.pastiche, pastiche);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  close(): void {
    this.gl.getExtension('WEBGL_lose_context')?.loseContext();
  }
}

/**
 * The size at which a video is drawn: as large as it is seen, but not larger than it is, nor than
 * is of use.
 */
export function drawnSize(natural: Size, seen: Size): Size {
  const scale = Math.min(
    1,
    Math.max(seen.width / natural.width, seen.height / natural.height),
    LONGEST_SIDE / Math.max(natural.width, natural.height),
  );
  return {
    width: Math.max(1, Math.round(natural.width * scale)),
    height: Math.max(1, Math.round(natural.height * scale)),
  };
}

function upload(gl: WebGL2RenderingContext, unit: number, image: ImageData): void {
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, image);
}

function setUp(gl: WebGL2RenderingContext): boolean {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(type);
    if (!shader) return false;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return false;
  gl.useProgram(program);
  for (const [name, unit] of Object.entries(UNITS)) {
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    const filter = unit === UNITS.frame ? gl.LINEAR : gl.NEAREST;
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, filter);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, filter);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    gl.uniform1i(gl.getUniformLocation(program, name), unit);
  }
  return true;
}
