import { Fault } from './fault.ts';
import { header } from './header-kinds.ts';
import type { Headers } from './headers.ts';

/** Multipart bodies (RFC 2046 §5.1, RFC 5621). */

/** A part of a body. */
export type BodyPart = {
  /** Media type in lower case, without parameters. */
  readonly type: string;
  /** `<…>` of its Content-ID (RFC 2392). Undefined: it has none. */
  readonly id: string | undefined;
  readonly body: Buffer;
};

type Carrier = { readonly headers: Headers; readonly body: Buffer };

/** What is read of a body. The rest is as if it were not there. */
const limits = { parts: 16, depth: 2, bytes: 64 * 1_024 };

/** RFC 2046 §5.1.1: up to 70 characters, the last of which is no space. */
const boundaryForm = /^[\w'()+,\-./:=? ]{0,69}[\w'()+,\-./:=?]$/;
const headerLine = /^([!-9;-~]+)[ \t]*:[ \t]*(.*)$/;
const contentId = /^<[^<>\s]{1,128}>$/;
/** Encodings that leave the bytes as they are. */
const plainEncoding = /^(?:7bit|8bit|binary)$/i;

/** The parts of a multipart body in order, and those of multipart parts in their place. None of another body. */
export function partsOf({ headers, body }: Carrier): readonly BodyPart[] {
  const type = headers.one(header.contentType);
  if (type === undefined || type instanceof Fault || body.length > limits.bytes) return [];
  // Latin-1 keeps each byte as one character.
  return partsIn(type, body.toString('latin1'), 1).slice(0, limits.parts);
}

type MediaType = Exclude<ReturnType<typeof header.contentType.parse>, Fault>;

function partsIn({ value, parameters }: MediaType, text: string, depth: number): readonly BodyPart[] {
  const boundary = parameters.get('boundary') ?? '';
  if (!value.startsWith('multipart/') || !boundaryForm.test(boundary)) return [];
  return contentsIn(text, boundary).flatMap((content) => partOf(content, depth));
}

/** The texts between the delimiters. One without an end reaches to the end of the body. */
function contentsIn(text: string, boundary: string): readonly string[] {
  const escaped = boundary.replace(/[()+./?-]/g, String.raw`\$&`);
  const delimiter = new RegExp(String.raw`(?:^|\r\n)--${escaped}(--)?[ \t]*(?=\r\n|$)`, 'g');
  const contents: string[] = [];
  let from: number | undefined;
  for (const { 0: found, 1: closing, index } of text.matchAll(delimiter)) {
    if (from !== undefined) contents.push(text.slice(from, index));
    from = closing === undefined ? index + found.length : undefined;
    if (from === undefined || contents.length >= limits.parts) return contents;
  }
  return from === undefined ? contents : [...contents, text.slice(from)];
}

/** @param content begins with the end of the line of its delimiter */
function partOf(content: string, depth: number): readonly BodyPart[] {
  const end = content.indexOf('\r\n\r\n');
  if (end === -1) return [];
  const fields = fieldsIn(content.slice(2, end));
  const type = typeIn(fields);
  if (type === undefined) return [];
  const body = content.slice(end + 4);
  if (type.value.startsWith('multipart/')) return depth < limits.depth ? partsIn(type, body, depth + 1) : [];
  const id = fields.get('content-id')?.find((value) => contentId.test(value));
  return [{ type: type.value, id, body: Buffer.from(body, 'latin1') }];
}

/** The type of a part. Undefined if it is encoded, or has two types: another reader may take the other one. */
function typeIn(fields: Fields): MediaType | undefined {
  const [text = 'text/plain', ...others] = fields.get('content-type') ?? [];
  const type = header.contentType.parse(text);
  const isPlain = (fields.get('content-transfer-encoding') ?? []).every((each) => plainEncoding.test(each));
  return type instanceof Fault || others.length > 0 || !isPlain ? undefined : type;
}

/** Values by names in lower case. */
type Fields = ReadonlyMap<string, readonly string[]>;

/** Header fields, unfolded. */
function fieldsIn(head: string): Fields {
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const fields = lines.flatMap((line) => {
    const [, name, value = ''] = headerLine.exec(line) ?? [];
    return name === undefined ? [] : [{ name: name.toLowerCase(), value: value.trim() }];
  });
  const byName = Map.groupBy(fields, ({ name }) => name);
  return new Map([...byName].map(([name, of]) => [name, of.map(({ value }) => value)]));
}

/** A multipart body of some parts. @param boundary that no part has in it */
export const multipartBody = (parts: readonly BodyPart[], boundary: string): Buffer =>
  Buffer.concat([
    ...parts.flatMap(({ type, id, body }) => [
      Buffer.from(`--${boundary}\r\nContent-Type: ${type}\r\n${id === undefined ? '' : `Content-ID: ${id}\r\n`}\r\n`),
      body,
      Buffer.from('\r\n'),
    ]),
    Buffer.from(`--${boundary}--\r\n`),
  ]);
