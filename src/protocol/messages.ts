/**
 * All messages between contexts, one file for each conversation: its schemas, the request types
 * inferred from them, and the types of its answers. The engine's host and workers have their own,
 * `src/engine/worker/messages.ts`.
 */
export * from './background';
export * from './engine';
export type { GrantRequest, RegionsInText } from './fields';
export * from './page';
export * from './paint';
