/** E-mails, shared by the resource and the delivery. */

/** After `sent` or a final state, only reports of the provider change the state. */
export const emailStatuses = ['queued', 'sending', 'sent', 'delivered', 'bounced', 'complained', 'failed'] as const;
export type EmailStatus = (typeof emailStatuses)[number];

/** A rendered e-mail to one recipient. */
export type Email = {
  readonly id: string;
  readonly status: EmailStatus;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  /** Null until it is sent. */
  readonly from: string | null;
  readonly template: string;
  readonly template_version: number;
  readonly subject: string;
  /** The rendered body; null when it will not be sent again. */
  readonly text: string | null;
  /** Number of attempts, including a running one. */
  readonly attempts: number;
  /** Unix milliseconds before which no further attempt starts: during an attempt, and between two. */
  readonly next_at: number;
  readonly provider_message_id: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** When it entered each of its states (ISO 8601 UTC). */
  readonly timestamps: Readonly<Partial<Record<EmailStatus, string>>>;
  /** ISO 8601 UTC. */
  readonly created_at: string;
  readonly version: number;
};

/** Details of the event `email.queued`. */
export const queuedDetails = ({ id, subject, template, to, cc }: Email) => ({
  entity: { type: 'email', id },
  description: `E-mail queued: ${subject}`,
  fields: { template, to, cc },
});

type NewEmail = Pick<Email, 'id' | 'to' | 'cc' | 'template' | 'template_version' | 'subject' | 'text' | 'created_at'>;

/** An e-mail before its first attempt. */
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
