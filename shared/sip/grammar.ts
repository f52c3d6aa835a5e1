/** The small words of RFC 3261 §25.1 that several headers share. */
import { Fault } from './fault.ts';

/** `token`: methods, header and parameter names, tags, option tags. */
const token = /^[\w!%'*+\-.`~]+$/;

export const isToken = (text: string): boolean => token.test(text);

const digits = /^\d+$/;

/** A number from 0 to `most`, leading zeros allowed. */
export function parseNumber(text: string, most: number): number | Fault {
  if (!digits.test(text)) return new Fault('Not a number');
  const value = Number(text);
  return value > most ? new Fault('Number too large') : value;
}

/** Of a value that begins with `"`, where the closing quote stands; -1 where none does. */
export function closingQuote(text: string, opening: number): number {
  for (let at = opening + 1; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === 0x22) return at;
    if (character === 0x5c) at += 1;
  }
  return -1;
}

/** The content of a `quoted-string`; other text as it is. */
export function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  const content = text.slice(1, -1);
  return content.includes('\\') ? content.replace(/\\([^])/g, '$1') : content;
}

/**
 * A `quoted-string` of the text; control characters are escaped as quotes are. Line ends cannot be: they become spaces.
 */
export const quoted = (text: string): string => `"${text.replace(/[\r\n]+/g, ' ').replace(/["\\\p{Cc}]/gu, '\\$&')}"`;

/**
 * The elements of a list at its commas, without white space around them; commas in quotes and in angle brackets
 * separate nothing. An unclosed quote or bracket takes the rest with it: the element's own parser refuses it.
 */
export function elements(list: string): readonly string[] {
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
