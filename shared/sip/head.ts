import { isToken } from './grammar.ts';
import { Field, keyOf } from './headers.ts';
import { fullNames } from './header-names.ts';

/** Limits of a message. One that exceeds them is rejected before its values are parsed. */
export type SizeLimits = { readonly bytes: number; readonly headBytes: number; readonly fields: number };

/** The header section of a message; its values are not parsed yet. */
export type Head = {
  readonly startLine: string;
  readonly fields: readonly Field[];
  /** Index of the first byte of the body. */
  readonly end: number;
  /** The first error of the section. `fields` has what could be read despite it. */
  readonly fault: { readonly code: number; readonly reason: string } | undefined;
};

type Fault = NonNullable<Head['fault']>;

const tooLarge: Fault = { code: 513, reason: 'Message Too Large' };
const emptyLine = '\r\n\r\n';

/**
 * Splits a message into its start line and header fields. A datagram may end with its last header line instead of an
 * empty line, as some messages of RFC 5118 do.
 */
export function readHead(bytes: Buffer, limits: SizeLimits): Head {
  const start = afterEmptyLines(bytes);
  const closing = bytes.indexOf(emptyLine, start, 'latin1');
  const end = closing === -1 ? bytes.length : closing + emptyLine.length;
  const text = textOf(
    bytes.subarray(start, Math.min(closing === -1 ? bytes.length : closing + 2, start + limits.headBytes)),
  );
  const lineEnd = text.indexOf('\r\n');
  const startLine = lineEnd === -1 ? text : text.slice(0, lineEnd);
  const { fields, fault } = readFields(text, lineEnd === -1 ? text.length : lineEnd + 2, limits.fields);
  const large = bytes.length > limits.bytes || end - start > limits.headBytes + 2;
  return { startLine, fields, end, fault: large ? tooLarge : fault };
}

/**
 * A header section is UTF-8 (RFC 3261 §25.1). Old PBXs write names in Latin-1: a line that is no UTF-8 is read so, and
 * goes on in UTF-8.
 */
function textOf(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.includes('\uFFFD') ? linesOf(bytes).join('\r\n') : text;
}

function readLine(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : bytes.toString('latin1');
}

function linesOf(bytes: Buffer): string[] {
  const lines: string[] = [];
  for (let from = 0; from <= bytes.length;) {
    const found = bytes.indexOf('\r\n', from, 'latin1');
    const line = bytes.subarray(from, found === -1 ? bytes.length : found);
    lines.push(readLine(line));
    from += line.length + 2;
  }
  return lines;
}

function afterEmptyLines(bytes: Buffer): number {
  let start = 0;
  while (bytes[start] === 0x0d && bytes[start + 1] === 0x0a) start += 2;
  return start;
}

function readFields(text: string, start: number, max: number): Pick<Head, 'fields' | 'fault'> {
  const fields: Field[] = [];
  let fault: Fault | undefined;
  for (let from = start; from < text.length;) {
    const end = endOfField(text, from);
    if (end === -1) return { fields, fault: fault ?? { code: 400, reason: 'Header line without end' } };
    if (fields.length === max) return { fields, fault: fault ?? { code: 400, reason: 'Too many header fields' } };
    const field = readField(text, from, end);
    if (field === undefined) fault ??= { code: 400, reason: 'Malformed header line' };
    else fields.push(field);
    from = end + 2;
  }
  return { fields, fault };
}

/** Index of the line end that ends a field: no folded line follows it (RFC 3261 §7.3.1). */
function endOfField(text: string, from: number): number {
  let end = text.indexOf('\r\n', from);
  while (end !== -1 && isBlank(text.charCodeAt(end + 2))) end = text.indexOf('\r\n', end + 2);
  return end;
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09;

const folding = /\r\n[ \t]+/g;

/** A bare CR or LF within a field. Other implementations may end the field there, so it must not pass (smuggling). */
const isBroken = (text: string): boolean => text.includes('\r') || text.includes('\n');

function readField(text: string, from: number, end: number): Field | undefined {
  const colon = text.indexOf(':', from);
  if (colon === -1 || colon >= end) return undefined;
  const written = text.slice(from, colon);
  const known = fullNames.get(written);
  const name = known === undefined ? written.trimEnd() : written;
  const key = known ?? (isToken(name) ? keyOf(name) : undefined);
  if (key === undefined) return undefined;
  const rest = text.slice(colon + 1, end).trim();
  if (!isBroken(rest)) return new Field(name, key, rest);
  const value = rest.replace(folding, ' ');
  return isBroken(value) ? undefined : new Field(name, key, value);
}
