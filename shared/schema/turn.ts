/**
 * What is worked on in slices: each slice is a turn, which nobody else has until then (Unix milliseconds); 0: it is
 * over.
 */
export type Turned = { readonly turn: string; readonly turn_until: number };
