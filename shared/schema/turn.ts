/** The turn of work in slices: its id, and until when one process has it (Unix milliseconds); 0 after its end. */
export type TurnState = { readonly turn: string; readonly turn_until: number };
