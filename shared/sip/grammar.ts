/** The basic rules of RFC 3261 §25.1 that several headers share. */
import { Fault } from './fault.ts';

/** `token`: methods, names of headers and parameters, tags, option tags. */
const token = /^[\w!%'*+\-.`~]+$/;

/** Whether the text is a `token` of RFC 3261 §25.1. */
export const isToken = (text: string): boolean => token.test(text);

const digits = /^\d+$/;

/** A decimal number from 0 to `max`; leading zeros are allowed. */
export function parseNumber(text: string, max: number): number | Fault {
  if (!digits.test(text)) return new Fault('Not a number');
  const value = Number(text);
  return value > max ? new Fault('Number too large') : value;
}

/** Index of the quote that closes the one at `opening`; -1 if none does. Skips escaped characters. */
export function closingQuote(text: string, opening: number): number {
  for (let at = opening + 1; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === 0x22) return at;
    if (character === 0x5c) at += 1;
  }
  return -1;
}

/** The content of a `quoted-string`, with its escapes resolved. Returns other text unchanged. */
export function unquote(text: string): string {
  if (!text.startsWith('"')) return text;
  const content = text.slice(1, -1);
  return content.includes('\\') ? content.replace(/\\([^])/g, '$1') : content;
}

/**
 * The text as a `quoted-string`. Quotes, backslashes and control characters are escaped; line ends cannot be escaped
 * and become spaces.
 */
export const quote = (text: string): string => `"${text.replace(/[\r\n]+/g, ' ').replace(/["\\\p{Cc}]/gu, '\\$&')}"`;

/**
 * Splits a list at its commas and trims the elements. Commas in quotes and in angle brackets do not separate. After an
 * unclosed quote or bracket the rest is one element, which the element's parser then rejects.
 */
export function splitList(list: string): readonly string[] {
  if (!list.includes(',')) return [list.trim()];
  const found: string[] = [];
  let from = 0;
  let bracket = false;
  for (let at = 0; at < list.length; at += 1) {
    const character = list.charCodeAt(at);
    if (character === 0x22 && !bracket) {
      const closing = closingQuote(list, at);
      at = closing === -1 ? list.length : closing;
    } else if (character === 0x3c) bracket = true;
    else if (character === 0x3e) bracket = false;
    else if (character === 0x2c && !bracket) {
      found.push(list.slice(from, at).trim());
      from = at + 1;
    }
  }
  found.push(list.slice(from).trim());
  return found;
}
