/**
 * The worker that runs the network; one picture at a time, killable at any moment. Built twice: on
 * the Wasm-only runtime (engine-wasm.js), and on the one with WebGPU (engine-webgpu.js).
 */
import { PasticheError } from '../messages/errors';
import { PasticheSession } from './session';
import type { Painting, WorkerReply, WorkerRequest } from './worker-messages';

/** What a worker has and a window has not; TypeScript can't know both at once. */
interface WorkerScope {
  readonly name: string;
  postMessage(message: WorkerReply, transfer: Transferable[]): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<WorkerRequest>) => void): void;
}

const scope = globalThis as unknown as WorkerScope;

function reply(message: WorkerReply, transfer: Transferable[] = []): void {
  scope.postMessage(message, transfer);
}

async function paint(session: PasticheSession, painting: Painting): Promise<void> {
  const { id, width, height, style, strength } = painting;
  const pixels = new Uint8ClampedArray(painting.pixels);
  const timings = await session.paint(pixels, width, height, style, strength);
  const copy = painting.file ? pixels.slice() : null;
  reply({ type: 'painted', id, pixels: pixels.buffer, timings }, [pixels.buffer]);
  if (!copy) return;
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.putImageData(new ImageData(copy, width, height), 0, 0);
  const png = await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer();
  reply({ type: 'file', id, png }, [png]);
}

function main(): void {
  let session: Promise<PasticheSession> | undefined;
  scope.addEventListener('message', ({ data }) => {
    const id = data.type === 'paint' ? data.id : null;
    const work = async (): Promise<void> => {
      if (data.type === 'start') {
        session = PasticheSession.create(data.backend, data.model, data.runtime);
        await session;
        reply({ type: 'ready' });
      } else {
        if (!session) throw new PasticheError('engine-unavailable', 'asked before it was started');
        await paint(await session, data);
      }
    };
    work().catch((thrown: unknown) => {
      const error = PasticheError.from(thrown, 'engine-crashed').toMessage();
      reply({ type: 'failed', id, error });
    });
  });
}

// The runtime starts its threads from this same file.
if (!scope.name.startsWith('em-pthread')) main();
