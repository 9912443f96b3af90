/** Composition root of an engine worker on kernels of our own, and of its threads. */
import { serveWorker } from '../painter';
import { KernelNetwork } from './network';
import { serveThread, THREAD_NAME } from './thread';

if (self.name === THREAD_NAME) serveThread();
else serveWorker(async (...args) => KernelNetwork.create(...args));
