/** E-mails, shared by the resource and the delivery. */

/** After `sent` or a final state, only reports of the provider change the state. */
export const emailStatuses = ['queued', 'sending', 'sent', 'delivered', 'bounced', 'complained', 'failed'] as const;
export type EmailStatus = (typeof emailStatuses)[number];

/** Tags that an e-mail is sent with: the provider's reports repeat them. */
export const emailTag = 'email_id';
export const organizationTag = 'org_id';

export const priorities = ['low', 'normal', 'high'] as const;
export type Priority = (typeof priorities)[number];

/** The sender of an e-mail in its header. */
export type Mailbox = { readonly address: string; readonly name: string | null };

/** What only an e-mail has that a client sent (`PUT /email`). */
export type SentByClient = {
  /** Id of the user or service account. */
  readonly sent_by: string;
  /** The batch that it belongs to; null for an e-mail alone. */
  readonly batch_id: string | null;
  readonly reference: string | null;
  /** Recipients that no header names. */
  readonly bcc: readonly string[];
  /** An address of one of the organization's domains; null: the platform. */
  readonly sender: Mailbox | null;
  readonly reply_to: string | null;
  readonly priority: Priority;
  /** What the provider reports besides deliveries. */
  readonly tracking: Tracking;
  /** Key of the object with the rendered body and the attachments. */
  readonly content: string;
  /** Ids of the files that are attached. */
  readonly files: readonly string[];
};
export type Tracking = { readonly opens: boolean; readonly clicks: boolean };

/** The audio of a voicemail message, which the notice about it has as its attachment. */
export type AttachedRecording = {
  /** Mailbox of the message. */
  readonly mailbox: string;
  /** Key of the object in the bucket `voicemail`. */
  readonly key: string;
  readonly filename: string;
  readonly type: string;
};

/** A rendered e-mail to one recipient. */
export type Email = Partial<SentByClient> & {
  readonly id: string;
  readonly status: EmailStatus;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  /** Null until it is sent. */
  readonly from: string | null;
  readonly template: string;
  readonly template_version: number;
  readonly subject: string;
  /** The rendered body; null when it will not be sent again, or is in the object of `content`. */
  readonly text: string | null;
  /** The rendered body in HTML; absent: it has none. */
  readonly html?: string | null;
  /** Values of the template's variables, if the e-mail is rendered at its first attempt. */
  readonly variables?: Readonly<Record<string, unknown>> | null;
  readonly recording?: AttachedRecording;
  /** Set on notices of the notifier, whose events start no rule. */
  readonly cause?: 'notice';
  /** Number of attempts, including a running one. */
  readonly attempts: number;
  /** Unix milliseconds before which no further attempt starts: during an attempt, and between two. */
  readonly next_at: number;
  readonly provider_message_id: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** When it entered each of its states (ISO 8601 UTC). */
  readonly timestamps: Readonly<Partial<Record<EmailStatus, string>>>;
  /** How often it was opened, and how often a link in it was followed; absent: never. */
  readonly opens?: number;
  readonly clicks?: number;
  /** The latest reports of the provider, so that a repeated one has no effect. */
  readonly reports?: readonly string[];
  /** ISO 8601 UTC. */
  readonly created_at: string;
  readonly version: number;
};

/** Why an e-mail to a suppressed address is not sent. */
export const suppressedError = {
  code: 'RECIPIENT_SUPPRESSED',
  message: 'an earlier e-mail to this address bounced, or its reader complained; see /emailsuppressions',
} as const;

/** Details of the event `email.queued`. */
export const queuedDetails = ({ id, subject, template, to, cc, cause }: Email) => ({
  entity: { type: 'email', id },
  description: `E-mail queued: ${subject}`,
  fields: { template, to, cc },
  cause,
});

type NewEmail = Pick<Email, 'id' | 'to' | 'cc' | 'template' | 'template_version' | 'subject' | 'text' | 'created_at'> &
  Pick<Email, 'html' | 'variables' | 'cause' | keyof SentByClient>;

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

/** An accepted `PUT /email`: its e-mails, one for each recipient of `to`. */
export type EmailBatch = {
  /** Its own id; for a single recipient that of the e-mail. */
  readonly id: string;
  /** Id of the user or service account. */
  readonly sent_by: string;
  readonly reference: string | null;
  /** Ids, in the order of the recipients. */
  readonly emails: readonly string[];
  /** Whether each e-mail has its event. */
  readonly announced: boolean;
  /** ISO 8601 UTC. */
  readonly created_at: string;
};
