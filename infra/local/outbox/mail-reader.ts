import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { headerText, mediaOf, parametersOf, quotedLines, textOf } from './mime-text.ts';

/** An e-mail as a person reads it. */
export type Mail = {
  readonly from: string;
  readonly to: string;
  readonly cc: string;
  readonly subject: string;
  readonly text: string | null;
  readonly html: string | null;
  readonly attachments: readonly MailAttachment[];
};

export type MailAttachment = {
  readonly filename: string;
  readonly type: string;
  /** Bytes, about. */
  readonly size: number;
};

/** Characters of a text or HTML part that are read. */
const maxBody = 512 * 1_024;
/** Characters of the header fields of one part. */
const maxHeader = 64 * 1_024;
/** Attachments that are listed. */
const maxAttachments = 100;

type Headers = Map<string, string>;
type Part = { readonly headers: Headers; readonly lines: string[]; size: number };

const newPart = (): Part => ({ headers: new Map(), lines: [], size: 0 });
const headerOf = ({ headers }: Part, name: string): string => headers.get(name) ?? '';
const isAttachment = (part: Part): boolean => mediaOf(headerOf(part, 'content-disposition')) === 'attachment';

function bodyText(part: Part): string {
  const charset = parametersOf(headerOf(part, 'content-type')).get('charset');
  switch (mediaOf(headerOf(part, 'content-transfer-encoding'))) {
    case 'quoted-printable':
      return textOf(quotedLines(part.lines), charset);
    case 'base64':
      return textOf(Buffer.from(part.lines.join(''), 'base64'), charset).replaceAll('\r\n', '\n');
    default:
      return part.lines.join('\n');
  }
}

function attachmentOf(part: Part): MailAttachment {
  const type = headerOf(part, 'content-type');
  const isBase64 = mediaOf(headerOf(part, 'content-transfer-encoding')) === 'base64';
  return {
    filename:
      parametersOf(headerOf(part, 'content-disposition')).get('filename') ?? parametersOf(type).get('name') ?? '',
    type: mediaOf(type),
    size: isBase64 ? Math.floor((part.size * 3) / 4) : part.size,
  };
}

/**
 * Reads the MIME structure that the platform's own e-mails have (shared/mail/mime.ts), line by line: of an attachment,
 * only its size is kept.
 */
class MailReader {
  /** Undefined after the last part of all, where nothing belongs to the e-mail (RFC 2046 §5.1.1, epilogue). */
  #part: Part | undefined = newPart();
  #inHeaders = true;
  #lastHeader = '';
  #headerSize = 0;
  #top: Headers | undefined;
  readonly #boundaries: string[] = [];
  readonly #bodies = new Map<string, string>();
  readonly #attachments: MailAttachment[] = [];

  line(text: string): void {
    if (this.#crossesBoundary(text)) return;
    if (this.#part === undefined) return;
    if (this.#inHeaders) this.#header(this.#part, text);
    else this.#body(this.#part, text);
  }

  end(): Mail {
    const top = this.#top ?? this.#part?.headers;
    this.#endPart();
    const field = (name: string): string => headerText(top?.get(name) ?? '');
    return {
      from: field('from'),
      to: field('to'),
      cc: field('cc'),
      subject: field('subject'),
      text: this.#bodies.get('text/plain') ?? null,
      html: this.#bodies.get('text/html') ?? null,
      attachments: this.#attachments,
    };
  }

  /** RFC 2046 §5.1.1: a delimiter of any enclosing part ends the part. */
  #crossesBoundary(text: string): boolean {
    if (!text.startsWith('--')) return false;
    const delimiter = text.trimEnd();
    const at = this.#boundaries.findLastIndex((each) => delimiter === each || delimiter === `${each}--`);
    if (at < 0) return false;
    this.#endPart();
    const isLast = delimiter.endsWith('--') && delimiter !== this.#boundaries[at];
    this.#boundaries.length = isLast ? at : at + 1;
    this.#part = isLast ? undefined : newPart();
    this.#inHeaders = true;
    return true;
  }

  #header(part: Part, text: string): void {
    if (text === '') {
      this.#endHeaders(part);
      return;
    }
    this.#headerSize += text.length;
    if (this.#headerSize > maxHeader) return;
    const { headers } = part;
    if (/^[ \t]/.test(text)) headers.set(this.#lastHeader, (headers.get(this.#lastHeader) ?? '') + text);
    else {
      const [, name = '', value = ''] = /^([^:\s]+):\s*(.*)$/.exec(text) ?? [];
      this.#lastHeader = name.toLowerCase();
      headers.set(this.#lastHeader, value);
    }
  }

  #endHeaders(part: Part): void {
    this.#inHeaders = false;
    this.#top ??= part.headers;
    const type = headerOf(part, 'content-type');
    const boundary = mediaOf(type).startsWith('multipart/') ? parametersOf(type).get('boundary') : undefined;
    if (boundary !== undefined) this.#boundaries.push(`--${boundary}`);
  }

  #body(part: Part, text: string): void {
    part.size += text.length;
    if (part.size <= maxBody && !isAttachment(part)) part.lines.push(text);
  }

  #endPart(): void {
    const part = this.#part;
    this.#part = undefined;
    this.#headerSize = 0;
    if (part === undefined) return;
    const type = mediaOf(headerOf(part, 'content-type')) || 'text/plain';
    if (isAttachment(part)) {
      if (this.#attachments.length < maxAttachments) this.#attachments.push(attachmentOf(part));
    } else if (!type.startsWith('multipart/') && !this.#bodies.has(type)) this.#bodies.set(type, bodyText(part));
  }
}

/** Reads a file with an e-mail, in bounded memory. @throws Error if it cannot be read */
export async function readMail(file: string): Promise<Mail> {
  const reader = new MailReader();
  const lines = createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity });
  for await (const line of lines) reader.line(line);
  return reader.end();
}
