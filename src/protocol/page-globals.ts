/**
 * What a content script leaves in the isolated world of its frame, which pages can't see: later
 * injections look there, and functions that the background has run in all frames.
 */
export interface ContentGlobals {
  pasticheContent?: {
    /** Whether its extension is still there. */
    alive(): boolean;
    /** Takes all that is ours in the frame off the screen; whether that can be relied on. */
    clearScreen(holder: string): Promise<boolean>;
    showAgain(holder: string): void;
  };
}
