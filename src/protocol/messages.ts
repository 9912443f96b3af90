/**
 * Every message between contexts, a file for each conversation: its schemas, from which the types of
 * its requests are inferred, and the types of its answers. Engine host and workers have one of their
 * own, `src/engine/worker/messages.ts`, which never leaves the engine.
 */
export * from './background';
export * from './engine';
export type { GrantRequest, RegionsInText } from './fields';
export * from './page';
export * from './paint';
