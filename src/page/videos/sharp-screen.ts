/**
 * Scales a small pastiche to the size of its video with details of the video's own frame, in one pass
 * of WebGL2: the difference in lightness between the frame and its own small version is added to the
 * pastiche, so that strokes stay and edges are sharp. (A joint bilateral upsampling, Kopf et al. 2007,
 * has the edges too, but treats the strokes as noise.)
 */
import type { Box, Size } from '../../core/geometry';
import type { Screen, Shift } from './screen';

/** Fraction of the frame's details: with all of them it looks like a tinted photograph. */
const DETAIL = 0.6;

/** Maximum length of the longer side, in pixels: more can't be seen in motion. */
const MAX_SIDE = 1920;

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
uniform vec2 shift;
in vec2 place;
out vec4 colour;
void main() {
  vec2 size = vec2(textureSize(pastiche, 0));
  vec3 beyond = texture(frame, place).rgb - texture(smallFrame, place).rgb;
  vec3 painted = texture(pastiche, place - shift / size).rgb;
  colour = vec4(painted + ${DETAIL} * dot(beyond, vec3(0.2126, 0.7152, 0.0722)), 1.0);
}`;

/**
 * Names of renderers that run on the processor. They take tens of milliseconds of the page's thread
 * where a graphics card takes one.
 */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|software|swrast|basic render|\bwarp\b/i;

/** Firefox for Android makes no textures of videos, and nothing but its name tells. */
const WITHOUT_VIDEO_TEXTURES = /\bAndroid\b.*\bFirefox\//;

/** Names without information. */
const NAMELESS = /^(webkit webgl|mozilla|)$/i;

/** Maximum time in which a graphics card draws a trial picture, in milliseconds. */
const TRIAL_TIMEOUT_MS = 8;

/** Maximum number of frames that are being painted at a time. */
const FRAMES = 2;

/** Texture units: one for the pastiche, and two for each frame. */
const PASTICHE = 0;
const smallFrameUnit = (frame: number): number => 1 + 2 * frame;
const frameUnit = (frame: number): number => 2 + 2 * frame;

export class SharpScreen implements Screen {
  readonly wantsDetails = false;
  /** The sizes of the videos when the frames were taken. */
  private readonly naturals: Size[] = [];
  private last = 0;

  private constructor(
    readonly canvas: HTMLCanvasElement,
    private readonly gl: WebGL2RenderingContext,
    private readonly program: WebGLProgram,
  ) {}

  /**
   * @param software Whether a software GPU, which is slower than the engine, is accepted: for tests of
   *   the drawing.
   * @returns Null if there is no such WebGL2, if it takes no videos, or its shader doesn't compile.
   */
  static create(software = false): SharpScreen | null {
    if (WITHOUT_VIDEO_TEXTURES.test(navigator.userAgent)) return null;
    const canvas = document.createElement('canvas');
    const gl = canvas.getContext('webgl2', {
      alpha: false,
      antialias: false,
      depth: false,
      failIfMajorPerformanceCaveat: !software,
      // Frames are saved and recorded at any time after they were drawn.
      preserveDrawingBuffer: true,
    });
    if (!gl) return null;
    const program = setUp(gl);
    const screen = program && new SharpScreen(canvas, gl, program);
    if (screen && (software || screen.isFast())) return screen;
    gl.getExtension('WEBGL_lose_context')?.loseContext();
    return null;
  }

  /** Whether a graphics card draws, by its name or, if that is withheld, by a trial. */
  private isFast(): boolean {
    const { gl } = this;
    const details = gl.getExtension('WEBGL_debug_renderer_info');
    const name: unknown = gl.getParameter(details?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER);
    if (typeof name !== 'string') return false;
    if (!NAMELESS.test(name)) return !isSoftware(name);
    // The first drawing includes compilation.
    this.drawTrial();
    const began = performance.now();
    this.drawTrial();
    return performance.now() - began < TRIAL_TIMEOUT_MS;
  }

  private drawTrial(): void {
    const { gl, canvas } = this;
    canvas.width = 640;
    canvas.height = 360;
    gl.viewport(0, 0, canvas.width, canvas.height);
    for (const unit of [PASTICHE, smallFrameUnit(0), frameUnit(0)]) {
      upload(gl, unit, new ImageData(1, 1));
    }
    this.choose(0);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    // Reading waits for the end of the drawing.
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
  }

  get isLost(): boolean {
    return this.gl.isContextLost();
  }

  take(video: HTMLVideoElement, frame: ImageData): number {
    const { gl } = this;
    this.last = (this.last + 1) % FRAMES;
    this.naturals[this.last] = { width: video.videoWidth, height: video.videoHeight };
    // By the time of the pastiche, the video shows another frame.
    gl.activeTexture(gl.TEXTURE0 + frameUnit(this.last));
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGB, gl.RGB, gl.UNSIGNED_BYTE, video);
    upload(gl, smallFrameUnit(this.last), frame);
    return this.last;
  }

  show(pastiche: ImageData, frame: number, size: Size, shift: Shift | null): Box {
    const { gl, canvas, program } = this;
    const shown = { x: 0, y: 0, width: 1, height: 1 };
    const natural = this.naturals[frame];
    // The pastiche may belong to a frame that another screen had taken.
    if (!natural) return shown;
    const { width, height } = drawnSize(natural, size);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    gl.viewport(0, 0, width, height);
    upload(gl, PASTICHE, pastiche);
    this.choose(frame);
    gl.uniform2f(gl.getUniformLocation(program, 'shift'), shift?.x ?? 0, shift?.y ?? 0);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    return shown;
  }

  private choose(frame: number): void {
    const { gl, program } = this;
    gl.uniform1i(gl.getUniformLocation(program, 'smallFrame'), smallFrameUnit(frame));
    gl.uniform1i(gl.getUniformLocation(program, 'frame'), frameUnit(frame));
  }

  close(): void {
    this.gl.getExtension('WEBGL_lose_context')?.loseContext();
  }
}

/** Whether a renderer of this name runs on the processor. */
export function isSoftware(renderer: string): boolean {
  return SOFTWARE.test(renderer);
}

/**
 * The size at which a video is drawn: its size on the screen, but no more than its own size, and no
 * more than is useful.
 */
export function drawnSize(natural: Size, seen: Size): Size {
  const scale = Math.min(
    1,
    Math.max(seen.width / natural.width, seen.height / natural.height),
    MAX_SIDE / Math.max(natural.width, natural.height),
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

function setUp(gl: WebGL2RenderingContext): WebGLProgram | null {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(type);
    if (!shader) return null;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return null;
  gl.useProgram(program);
  for (let unit = PASTICHE; unit <= frameUnit(FRAMES - 1); unit++) {
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  }
  gl.uniform1i(gl.getUniformLocation(program, 'pastiche'), PASTICHE);
  return program;
}
