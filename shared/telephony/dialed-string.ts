/**
 * A dialed string as the dial plan takes it. A number has one `+`, before its digits: what has another one, or one
 * after digits, is two numbers, of which a policy may allow the first one, and a carrier connect the other one.
 */
export const dialable = /^(?![0-9+]*[0-9+]\+)(?![0-9*#+]*\+[0-9*#+]*\+)[0-9A-Za-z*#+._@-]{1,64}$/;

/**
 * Whether a text begins as a number and is none, such as one with blanks, or with keys or letters after the digits of
 * E.164. No part of it is dialed.
 */
export const isBrokenNumber = (dialed: string): boolean =>
  /^\+[0-9]+[^0-9]/.test(dialed) || (/^[0-9*#+]/.test(dialed) && !dialable.test(dialed));
