/** E-mail, as it is kept and handed over (messaging.md, "E-mail"). */

/** A final state, and `sent`, are left only for what the provider tells later. */
export const emailStatuses = ['queued', 'sending', 'sent', 'delivered', 'bounced', 'complained', 'failed'] as const;
export type EmailStatus = (typeof emailStatuses)[number];

/** An e-mail to one `to`, rendered already. */
export type Email = {
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

type NewEmail = Pick<Email, 'id' | 'to' | 'cc' | 'template' | 'template_version' | 'subject' | 'text' | 'created_at'>;

/** An e-mail that waits for its first try. */
export const queuedEmail = (email: NewEmail): Email => ({
  ...email,
  status: 'queued',
  from: null,
  attempts: 0,
  next_at: 0,
  provider_message_id: null,
  error: null,
  timestamps: { queued: email.created_at },
  version: 1,
});
