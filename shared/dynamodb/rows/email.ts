import { row } from '../row.ts';

/** A final state, and `sent`, are left only for what the provider tells later. */
export const emailStatuses = ['queued', 'sending', 'sent', 'delivered', 'bounced', 'complained', 'failed'] as const;
export type EmailStatus = (typeof emailStatuses)[number];

/** An e-mail to one `to`, rendered already. */
export type EmailItem = {
  readonly id: string;
  readonly status: EmailStatus;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  /** Null until it is handed over. */
  readonly from: string | null;
  readonly template: string;
  readonly template_version: number;
  readonly subject: string;
  /** The rendered body; null once nobody will send it any more. */
  readonly text: string | null;
  /** Tries that were begun. */
  readonly attempts: number;
  /** Unix milliseconds before which no further try begins: while one lasts, and between two. */
  readonly next_at: number;
  readonly provider_message_id: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** When it came into each state it has been in, ISO 8601 UTC. */
  readonly timestamps: Readonly<Partial<Record<EmailStatus, string>>>;
  /** ISO 8601 UTC. */
  readonly created_at: string;
  readonly version: number;
};

/** Seconds for which an e-mail is kept. */
const kept = 90 * 24 * 3_600;

/** The partition of GSI1 that holds the e-mails to an address, and of GSI2 those in a state, after the entity. */
export const emailsTo = (organization: number, address: string): readonly string[] => [String(organization), 'to', address];
export const emailsIn = (organization: number, status: EmailStatus): readonly string[] => [String(organization), 'state', status];

/** `email#1001` by time; GSI1 by whom it is to; GSI2 by state. */
export const emailRow = row<'email', EmailItem, { readonly id: string }>('email', {
  sort: ({ id }) => id,
  index1: ({ id, to: [address = ''] }, organization) => ({ partition: emailsTo(organization, address), sort: id }),
  index2: ({ id, status }, organization) => ({ partition: emailsIn(organization, status), sort: id }),
  expires: ({ created_at: at }) => Math.floor(Date.parse(at) / 1_000) + kept,
});

type NewEmail = Pick<EmailItem, 'id' | 'to' | 'cc' | 'template' | 'template_version' | 'subject' | 'text' | 'created_at'>;

/** An e-mail that waits for its first try. */
export const queuedEmail = (email: NewEmail): EmailItem => ({
  ...email, status: 'queued', from: null, attempts: 0, next_at: 0, provider_message_id: null, error: null, timestamps: { queued: email.created_at }, version: 1,
});
