import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { readMail, type Mail } from './mail-reader.ts';
import type { StoredMessage } from './folder.ts';

/** What went out, as a person and a test read it. */

export const kinds = ['email', 'sms', 'webhook'] as const;
export type Kind = (typeof kinds)[number];

/** Every message. */
type Sent<K extends Kind> = {
  readonly kind: K;
  /** Id of the platform. */
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  /** The file with the message. */
  readonly file: string;
};

export type SentEmail = Sent<'email'> & Mail;

const SmsFile = z.object({ from: z.string(), to: z.string(), message: z.string(), type: z.string().optional() });
export type SentSms = Sent<'sms'> & z.infer<typeof SmsFile>;

const WebhookFile = z.object({
  url: z.string().nullable(),
  webhook_id: z.string(),
  event_id: z.string(),
  event_type: z.string(),
  attempt: z.int(),
  status: z.string(),
  response_status: z.int().nullable(),
  response_excerpt: z.string().nullable(),
  duration_ms: z.number().nullable(),
  error: z.string().nullable(),
  body: z.string().nullable(),
});
export type SentWebhook = Sent<'webhook'> & z.infer<typeof WebhookFile>;

/** A file that cannot be read as a message. */
export type Unreadable = Sent<Kind> & { readonly problem: string };

export type OutboxMessage = SentEmail | SentSms | SentWebhook | Unreadable;

/** Characters of a text in a list. */
const maxText = 64 * 1_024;
const cut = (text: string | null): string | null =>
  text === null || text.length <= maxText ? text : `${text.slice(0, maxText)}…`;

async function contentOf(kind: Kind, file: string) {
  if (kind === 'email') {
    const mail = await readMail(file);
    return { ...mail, text: cut(mail.text), html: cut(mail.html) };
  }
  const content: unknown = JSON.parse(await readFile(file, 'utf8'));
  if (kind === 'sms') return SmsFile.parse(content);
  const call = WebhookFile.parse(content);
  return { ...call, body: cut(call.body) };
}

/** Reads the file of a message. */
export async function readMessage(kind: Kind, { id, file, at }: StoredMessage): Promise<OutboxMessage> {
  const sent = { kind, id, at: new Date(at).toISOString(), file };
  try {
    return { ...sent, ...(await contentOf(kind, file)) } as OutboxMessage;
  } catch (error) {
    return { ...sent, problem: error instanceof Error ? error.message : String(error) };
  }
}
