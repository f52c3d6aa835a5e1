/** A time that a client would wait for an answer, in milliseconds. */
export const patience = 10_000;
