import MimeNode from 'nodemailer/lib/mime-node';
import type { Mailbox, Priority } from '../schema/email.ts';

export type Attachment = {
  readonly filename: string;
  /** Media type. */
  readonly type: string;
  readonly content: Uint8Array;
};

/** An e-mail as its recipients see it: recipients of blind copies are no part of it. */
export type Message = {
  /** The platform's id of the e-mail. */
  readonly id: string;
  readonly from: Mailbox;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly reply_to?: string | null;
  readonly subject: string;
  readonly text: string;
  readonly html?: string | null;
  readonly attachments?: readonly Attachment[];
  /** Absent: no header about it. */
  readonly priority?: Priority;
  /** ISO 8601. */
  readonly date: string;
};

// Control characters, and the line ends U+2028 and U+2029.
const control = /[\p{Cc}\u2028\u2029]+/gu;

/** A text as one line, because a line end ends a header (RFC 5322 §2.2). */
const oneLine = (text: string): string => text.replaceAll(control, ' ').trim();

type Address = { readonly name: string; readonly address: string };

/** A single address: a list or a display name in the text has no effect (RFC 5322 §3.4). */
const singleAddress = (address: string, name = ''): Address => ({ name: oneLine(name), address: oneLine(address) });

/** Lines end with CRLF only (RFC 5321 §2.3.8). */
const withLineEnds = (text: string): string => text.replaceAll(/\r\n|\r|\n/g, '\r\n');

const bodyPart = (type: string, text: string): MimeNode =>
  new MimeNode(`${type}; charset=utf-8`).setContent(withLineEnds(text));

/** The body as plain text; with HTML, the reader's program chooses one of both (RFC 2046 §5.1.4). */
function bodyOf({ text, html }: Message): MimeNode {
  if (html === undefined || html === null) return bodyPart('text/plain', text);
  const node = new MimeNode('multipart/alternative');
  node.appendChild(bodyPart('text/plain', text));
  node.appendChild(bodyPart('text/html', html));
  return node;
}

const attachmentPart = ({ filename, type, content }: Attachment): MimeNode =>
  new MimeNode(oneLine(type), { filename: oneLine(filename) })
    .setHeader('content-transfer-encoding', 'base64')
    .setContent(Buffer.from(content));

function contentOf(message: Message): MimeNode {
  const { attachments = [] } = message;
  const body = bodyOf(message);
  if (attachments.length === 0) return body;
  const node = new MimeNode('multipart/mixed');
  for (const part of [body, ...attachments.map(attachmentPart)]) node.appendChild(part);
  return node;
}

/** Values of `X-Priority`, which has no standard, and of `Importance` (RFC 2156 §5.3.4). */
const priorityHeaders = {
  low: { 'x-priority': '5', importance: 'low' },
  normal: { 'x-priority': '3', importance: 'normal' },
  high: { 'x-priority': '1', importance: 'high' },
} as const satisfies Record<Priority, object>;

/** The MIME form of a message (RFC 5322, RFC 2045). */
export function composeMime(message: Message): Promise<Uint8Array> {
  const { id, from, to, cc, reply_to: replyTo, subject, priority, date } = message;
  const node = contentOf(message);
  node.setHeader({
    from: singleAddress(from.address, from.name ?? ''),
    to: to.map((address) => singleAddress(address)),
    ...(cc.length === 0 ? {} : { cc: cc.map((address) => singleAddress(address)) }),
    ...(replyTo === undefined || replyTo === null ? {} : { 'reply-to': singleAddress(replyTo) }),
    subject: oneLine(subject),
    ...(priority === undefined ? {} : priorityHeaders[priority]),
  });
  // A repeated send has the same id, as it is the same message (RFC 5322 §3.6.4).
  node.setHeader({
    'message-id': `<${id}@${from.address.split('@').at(-1)}>`,
    date: new Date(date).toUTCString().replace('GMT', '+0000'),
    'auto-submitted': 'auto-generated',
  });
  return node.build();
}
