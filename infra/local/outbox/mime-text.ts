/** The encodings of e-mail that our own messages use (RFC 2045, RFC 2047, RFC 2231), read for people. */

const quotedBytes = (text: string): Buffer =>
  Buffer.from(
    text.replaceAll(/=([0-9A-F]{2})/gi, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );

/** Text of bytes; of an unknown charset, as UTF-8. */
export function textOf(bytes: Uint8Array, charset = 'utf-8'): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

/** RFC 2045 §6.7: the lines of a quoted-printable body, without their ends. */
export const quotedLines = (lines: readonly string[]): Buffer =>
  quotedBytes(
    lines
      .map((line) => line.trimEnd())
      .map((line) => (line.endsWith('=') ? line.slice(0, -1) : `${line}\n`))
      .join('')
      .replace(/\n$/, ''),
  );

const encodedWord = /=\?([^?\s]+)\?([QB])\?([^?\s]*)\?=/gi;
const betweenWords = /(=\?[^?\s]+\?[QB]\?[^?\s]*\?=)\s+(?==\?[^?\s]+\?[QB]\?[^?\s]*\?=)/gi;

/** The text of an unstructured header field (RFC 2047). */
export const headerText = (value: string): string =>
  value
    .replaceAll(betweenWords, '$1')
    .replaceAll(encodedWord, (_match, charset: string, encoding: string, text: string) =>
      textOf(
        encoding.toUpperCase() === 'B' ? Buffer.from(text, 'base64') : quotedBytes(text.replaceAll('_', ' ')),
        charset,
      ),
    );

const parameter = /;\s*([^=;\s]+)=(?:"((?:[^"\\]|\\.)*)"|([^;]*))/g;

/** The value of a header field before its parameters, in lower case. */
export const mediaOf = (value: string): string => (value.split(';', 1)[0] ?? '').trim().toLowerCase();

/** The parameters of a header field by lower-case name, with their continuations joined (RFC 2231 §3, §4). */
export function parametersOf(value: string): ReadonlyMap<string, string> {
  const pieces = [...value.matchAll(parameter)].map(([, name = '', quoted, plain = '']) => ({
    name: name.toLowerCase(),
    text: quoted === undefined ? plain.trim() : quoted.replaceAll(/\\(.)/g, '$1'),
  }));
  const found = new Map<string, string>();
  for (const { name, text } of pieces) {
    const [base = ''] = name.split('*', 1);
    const isExtended = name.length > base.length && name.endsWith('*');
    const encoded = isExtended ? text.replace(/^[^']*'[^']*'/, '') : text;
    found.set(base, (found.get(base) ?? '') + (isExtended ? percentText(encoded) : headerText(encoded)));
  }
  return found;
}

const percentText = (text: string): string => textOf(quotedBytes(text.replaceAll('=', '=3D').replaceAll('%', '=')));
