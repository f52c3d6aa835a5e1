import MimeNode from 'nodemailer/lib/mime-node';

/** A plain-text e-mail. */
export type Message = {
  /** The platform's id of the e-mail. */
  readonly id: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly subject: string;
  readonly text: string;
  /** ISO 8601. */
  readonly date: string;
};

// Control characters, and the line ends U+2028 and U+2029.
const control = /[\p{Cc}\u2028\u2029]+/gu;

/** A text as one line, because a line end ends a header (RFC 5322 §2.2). */
const oneLine = (text: string): string => text.replaceAll(control, ' ').trim();

/** A single address: a list or a display name in the text has no effect (RFC 5322 §3.4). */
const singleAddress = (address: string): { name: string; address: string } => ({ name: '', address: oneLine(address) });

/** The MIME form of a message (RFC 5322, RFC 2045). */
export function composeMime({ id, from, to, cc, subject, text, date }: Message): Promise<Uint8Array> {
  const node = new MimeNode('text/plain; charset=utf-8');
  node.setHeader({
    from: singleAddress(from),
    to: to.map(singleAddress),
    ...(cc.length === 0 ? {} : { cc: cc.map(singleAddress) }),
    subject: oneLine(subject),
  });
  // A repeated send has the same id, as it is the same message (RFC 5322 §3.6.4).
  node.setHeader({
    'message-id': `<${id}@${from.split('@').at(-1)}>`,
    date: new Date(date).toUTCString().replace('GMT', '+0000'),
    'auto-submitted': 'auto-generated',
  });
  // Lines end with CRLF only (RFC 5321 §2.3.8).
  node.setContent(text.replaceAll(/\r\n|\r|\n/g, '\r\n'));
  return node.build();
}
