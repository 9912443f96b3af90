/**
 * Globals of a content script in the isolated world of its frame, invisible to the page: later
 * injections use them, and functions that the background runs in all frames.
 */
export interface ContentGlobals {
  pasticheContent?: {
    /** Whether the script's extension is still running. */
    alive(): boolean;
    /** Hides the extension's elements in the frame; resolves to whether they are surely hidden. */
    clearScreen(holder: string): Promise<boolean>;
    showAgain(holder: string): void;
  };
}
