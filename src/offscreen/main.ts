/**
 * The document that owns the engine in Chrome. It exists because a service worker can't own a
 * worker, and ends itself after some idle minutes; the background makes it anew when it is needed.
 * Chrome promises it no lifetime, so nothing is kept here that can't be lost.
 */
import { serveEngine } from '../engine/create-host';

serveEngine(() => window.close());
