/**
 * Every message of RFC 4475 and RFC 5118, by the name of its file in `torture/`, and the expected reading of the valid
 * ones. The bytes are those of the archives in the RFCs, except that the messages of RFC 5118 have bare line feeds
 * there: here they have CRLF, and the Content-Length that results.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { printAddress } from './address.ts';
import { Fault } from './fault.ts';
import { header } from './header-kinds.ts';
import type { HeaderKind } from './headers.ts';
import type { SipMessage } from './message.ts';
import { printUri } from './uri.ts';
import { printVia } from './via.ts';

const folder = join(import.meta.dirname, 'torture');

/** The bytes of each message by its name. */
export const tortureMessages: ReadonlyMap<string, Buffer> = new Map(
  readdirSync(folder)
    .filter((file) => file.endsWith('.dat'))
    .sort()
    .map((file) => [file.replace('.dat', ''), readFileSync(join(folder, file))]),
);

/** The bytes of one message. @throws Error if there is no such message */
export function tortureMessage(name: string): Buffer {
  const bytes = tortureMessages.get(name);
  if (bytes === undefined) throw new Error(`no such message: ${name}`);
  return bytes;
}

/**
 * A message in a transaction of its own: many have the branch or the Call-ID of another one, also when sent twice.
 * @param mark letters and digits, another one for each
 */
export const withOwnTransaction = (name: string, mark: string): Buffer =>
  Buffer.from(
    tortureMessage(name)
      .toString('latin1')
      .replace(/branch=z9hG4bK(?=[^\s;,])/g, `$&${mark}`)
      .replace(/^(?:call-id|i)[ \t]*:[ \t]*/gim, `$&${mark}`),
    'latin1',
  );

/** What a message says, as lines of text that are equal for every spelling of it. Control characters are escaped. */
export const readingOf = (message: SipMessage): string =>
  [
    message.kind === 'request'
      ? `${message.method} ${printUri(message.uri)}`
      : `${message.status} ${message.reason}`.trimEnd(),
    `CSeq: ${message.cseq.sequence} ${message.cseq.method}`,
    `Call-ID: ${message.callId}`,
    ...linesOf(message, header.via, printVia),
    `From: ${printAddress(message.from)}`,
    `To: ${printAddress(message.to)}`,
    ...linesOf(message, header.contact, header.contact.print),
    `Body: ${message.body.length} bytes`,
    `Fields: ${[...message.headers].length}`,
  ]
    .map((line) => line.replace(/\p{Cc}/gu, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`))
    .join('\n');

function linesOf<Value>(
  message: SipMessage,
  kind: HeaderKind<Value>,
  print: (value: Value) => string,
): readonly string[] {
  const values = message.headers.all(kind);
  return values instanceof Fault ? [values.reason] : values.map((value) => `${kind.name}: ${print(value)}`);
}

/** The expected readings by name: blocks of `torture/readings.txt`, each headed by `= name`. */
export const expectedReadings: ReadonlyMap<string, string> = new Map(
  readFileSync(join(folder, 'readings.txt'), 'utf8')
    .split(/^= /m)
    .slice(1)
    .map((block) => [block.slice(0, block.indexOf('\n')), block.slice(block.indexOf('\n') + 1).replace(/\n+$/, '')]),
);
