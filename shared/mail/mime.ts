import MimeNode from 'nodemailer/lib/mime-node';

/** An e-mail of plain text. */
export type Message = {
  /** The platform's own. */
  readonly id: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly subject: string;
  readonly text: string;
  /** ISO 8601. */
  readonly date: string;
};

// C0, DEL and C1; U+2028 and U+2029 end lines too.
const control = /[\p{Cc}\u2028\u2029]+/gu;

/** One line, whatever was in it: a header ends where its line ends (RFC 5322, section 2.2). */
const oneLine = (text: string): string => text.replaceAll(control, ' ').trim();

/** An address by itself, so that a list or a display name in it is none (RFC 5322, section 3.4). */
const alone = (address: string): { name: string; address: string } => ({ name: '', address: oneLine(address) });

/** The message in MIME (RFC 5322, 2045). */
export function composeMime({ id, from, to, cc, subject, text, date }: Message): Promise<Uint8Array> {
  const node = new MimeNode('text/plain; charset=utf-8');
  node.setHeader({
    from: alone(from),
    to: to.map(alone),
    ...(cc.length === 0 ? {} : { cc: cc.map(alone) }),
    subject: oneLine(subject),
  });
  // Sent twice, it is the same message (RFC 5322, section 3.6.4).
  node.setHeader({
    'message-id': `<${id}@${from.split('@').at(-1)}>`,
    date: new Date(date).toUTCString().replace('GMT', '+0000'),
    'auto-submitted': 'auto-generated',
  });
  // A line ends so on the wire, and nowhere else (RFC 5321, section 2.3.8).
  node.setContent(text.replaceAll(/\r\n|\r|\n/g, '\r\n'));
  return node.build();
}
