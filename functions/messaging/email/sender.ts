import { AppError } from '#errors.ts';
import type { EmailSettings } from '#schema/email-settings.ts';
import type { Mailbox } from '#schema/email.ts';
import { type TemplateParts } from '#schema/email-template.ts';
import { renderEmail, type RenderedEmail } from '../email-templates/render.ts';
import { emailErrors } from './errors.ts';
import type { SendEmail } from './send-email.ts';

/** The sender and the text of an e-mail (functions/messaging/README.md, "Senders"). */

type Wanted = { readonly from?: string | undefined; readonly from_name?: string | undefined };
type Template = { readonly from: string | null; readonly from_name: string | null };

/** The sender of an e-mail before it is checked; no address: the platform. */
export function wantedSender(
  { from, from_name: name }: Wanted,
  template: Template,
  { default_from: defaultFrom, default_from_name: defaultName }: EmailSettings,
): { readonly address: string | null; readonly name: string | null } {
  return {
    address: from ?? template.from ?? defaultFrom ?? null,
    name: name ?? template.from_name ?? defaultName ?? null,
  };
}

/** A name that a request or its template gives, if the platform is the sender: its address has a name of its own. */
export const senderWarnings = (sender: Mailbox | null, { from_name: wanted }: Wanted, template: Template): string[] =>
  sender !== null || (wanted ?? template.from_name) === null
    ? []
    : ["from_name has no effect: the platform's own address is the sender, under its own name"];

const notVerified = (path: string, message: string): AppError =>
  new AppError('SENDER_NOT_VERIFIED', `${path} ${message}`, { details: [{ path, message }] });

/**
 * The sender of an e-mail; null: the platform.
 * @param domain the organization's verified domain of the address, if there is one
 * @throws AppError SENDER_NOT_VERIFIED
 */
export function verifiedSender(
  { address, name }: ReturnType<typeof wantedSender>,
  domain: object | undefined,
): Mailbox | null {
  if (address === null) return null;
  if (domain === undefined)
    throw notVerified('from', `${address} is in no domain of the organization that is verified for e-mail`);
  return { address, name };
}

/**
 * The platform lends its own address for people of the organization only: the way to write to others is a domain of
 * one's own.
 * @param allowed recipients that may be written to. @throws AppError SENDER_NOT_VERIFIED
 */
export function assertReachable(recipients: readonly string[], allowed: ReadonlySet<string>): void {
  const strangers = recipients.filter((address) => !allowed.has(address));
  if (strangers.length === 0) return;
  throw notVerified(
    'from',
    `must be in a verified domain for ${strangers.join(', ')}: the platform's own address writes to users, the ` +
      'billing contact and addresses that confirmed',
  );
}

/** @throws AppError EMAIL_DISABLED */
export function assertEnabled({ enabled = true }: EmailSettings): void {
  if (!enabled) throw new AppError(emailErrors.EMAIL_DISABLED, 'E-mail is switched off for this organization');
}

/**
 * Checks that the organization may send from a template of the platform.
 * @throws AppError TEMPLATE_NOT_AUTHORIZED
 */
export function assertOpen(
  { name, organization_id: owner }: { readonly name: string; readonly organization_id: number | null },
  { platform_templates: open = [] }: EmailSettings,
): void {
  if (owner === null && !open.some((each) => each === name))
    throw new AppError(
      emailErrors.TEMPLATE_NOT_AUTHORIZED,
      `The platform's template ${name} is not open to this organization`,
    );
}

/**
 * What a template makes of the values of a request, which may have a subject of its own.
 * @throws AppError of the template and its values
 */
export const renderWanted = (
  template: TemplateParts,
  { subject = template.subject, variables }: Pick<SendEmail, 'subject' | 'variables'>,
): RenderedEmail => renderEmail({ ...template, subject }, variables);
