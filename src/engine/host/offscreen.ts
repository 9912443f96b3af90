/**
 * Composition root of the offscreen document, which owns the engine in Chrome.
 *
 * It exists because an extension's service worker can't start workers, and the engine needs one: on
 * a thread that has anything else to do, the network would block it for the whole picture. Chrome
 * keeps at most one such document, promises it no lifetime, and gives it no extension API but
 * `runtime`. So it holds nothing that can't be lost, and closes itself when it has been idle; the
 * background opens it again before the next use, and clients connect again.
 */
import { serveEngine } from './create-host';
import { serveSaving } from '../../media/save-host';

const host = serveEngine(() => window.close());
serveSaving(() => window.close());
// Nobody opens this document without a picture to paint.
host.warmUp();
