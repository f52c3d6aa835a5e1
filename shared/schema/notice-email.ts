import { queuedEmail, type Email } from './email.ts';
import { escapeNothing, writeTemplate, type Values } from './template-interpreter.ts';
import { parseTemplate } from './template-syntax.ts';

/**
 * E-mails of the platform that are made from its templates (functions/messaging/email-templates/README.md,
 * "Templates of the platform"). The body is made when it is sent; the function that causes it gives the values only.
 */

/** Subjects and versions of the templates. No subject has a text of a tenant, as the platform is the sender. */
export const notices = {
  account_locked: { subject: 'Your account is locked', version: 1 },
  address_confirmation: { subject: 'Do you want notices about calls?', version: 2 },
  balance_low: { subject: 'Your balance is low', version: 1 },
  notifier_notice: { subject: 'Notice of your telephone system', version: 1 },
  password_reset: { subject: 'Reset your password', version: 2 },
  policy_call_log: { subject: 'Call {{outcome}} by a dial-plan policy', version: 2 },
  user_invitation: { subject: 'Set the password of your account', version: 1 },
  user_invitation_de: { subject: 'Legen Sie das Passwort Ihres Kontos fest', version: 1 },
  voicemail_notification: { subject: 'New voicemail message', version: 1 },
  webhook_disabled: { subject: 'A webhook was disabled', version: 2 },
  welcome_email: { subject: 'Welcome', version: 1 },
} as const;
export type NoticeTemplate = keyof typeof notices;

type Notice = {
  /** Id of the e-mail. */
  readonly id: string;
  readonly to: string;
  /** Recipients of copies. */
  readonly cc?: readonly string[];
  readonly template: NoticeTemplate;
  readonly variables: Values;
  /** ISO 8601 UTC. */
  readonly now: string;
  /** Set on notices of the notifier. */
  readonly cause?: 'notice';
};

export function noticeEmail({ id, to, cc = [], template, variables, now, cause }: Notice): Email {
  const { subject, version } = notices[template];
  return queuedEmail({
    id,
    to: [to],
    cc,
    template,
    template_version: version,
    created_at: now,
    subject: writeTemplate(parseTemplate(subject), variables, { escape: escapeNothing }),
    text: null,
    variables,
    ...(cause === undefined ? {} : { cause }),
  });
}
