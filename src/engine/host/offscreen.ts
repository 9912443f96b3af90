/**
 * Composition root of the offscreen document, which owns the engine in Chrome.
 *
 * An extension's service worker can't start workers, and the engine needs one, as the network would
 * block any other thread for the whole picture. Chrome allows one such document, guarantees no
 * lifetime, and gives it no extension API but `runtime`. So it holds no state that can't be lost, and
 * closes itself when idle; the background reopens it before the next use, and clients reconnect.
 */
import { serveEngine } from './create-host';
import { serveSaving } from '../../media/save-host';

const host = serveEngine(() => window.close());
serveSaving(() => window.close());
// This document is opened only when there is a picture to paint.
host.warmUp();
