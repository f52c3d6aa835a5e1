import { createHash } from 'node:crypto';
import * as z from 'zod';
import { storedAddress } from '#schema/email-address.ts';
import { emailTag, organizationTag, type Email, type EmailStatus } from '#schema/email.ts';
import { isSuppressed, strikeAddress, type Strike, type Suppression } from '../email-suppressions/suppression.ts';
import { inState, markSent, noBody } from './delivery.ts';

/** Reports of the provider about e-mails (functions/messaging/email-delivery/README.md, "Reports of the provider"). */

const Recipients = z.array(z.object({ emailAddress: z.string() }));

/**
 * A report of SES.
 * @see https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
 */
export const ProviderReport = z.object({
  eventType: z.enum([
    'Send',
    'Delivery',
    'Bounce',
    'Complaint',
    'Reject',
    'Rendering Failure',
    'Open',
    'Click',
    'DeliveryDelay',
    'Subscription',
  ]),
  mail: z.object({
    timestamp: z.string(),
    messageId: z.string().max(256),
    source: z.string().optional(),
    tags: z.record(z.string(), z.array(z.string())).optional(),
  }),
  delivery: z.object({ timestamp: z.string(), recipients: z.array(z.string()) }).optional(),
  bounce: z
    .object({ timestamp: z.string(), bounceType: z.string(), bounceSubType: z.string(), bouncedRecipients: Recipients })
    .optional(),
  complaint: z.object({ timestamp: z.string(), complainedRecipients: Recipients }).optional(),
  reject: z.object({ reason: z.string() }).optional(),
  failure: z.object({ errorMessage: z.string() }).optional(),
  open: z.object({ timestamp: z.string(), ipAddress: z.string().optional() }).optional(),
  click: z.object({ timestamp: z.string(), ipAddress: z.string().optional(), link: z.string().optional() }).optional(),
});
export type ProviderReport = z.output<typeof ProviderReport>;

/** The e-mail that a report is about; undefined: none of the platform. */
export function subjectOf({
  mail: { tags = {} },
}: ProviderReport): { readonly organization: number; readonly id: string } | undefined {
  const [organization, id] = [tags[organizationTag]?.[0], tags[emailTag]?.[0]];
  return id === undefined || !/^[1-9]\d{0,11}$/.test(organization ?? '')
    ? undefined
    : { organization: Number(organization), id };
}

/** Reports that an e-mail remembers, so that a repeated one has no effect. */
const rememberedReports = 20;

/** Names a report: the same for each time that it is delivered. */
function nameOf({ eventType, mail: { messageId }, ...details }: ProviderReport): string {
  const text = JSON.stringify([eventType, messageId, details]);
  return createHash('sha256').update(text).digest('base64url').slice(0, 12);
}

/** An address as e-mails have it. Bounces may name it as the header did, with a display name. */
const addressIn = (reported: string): string => {
  const address = reported.slice(reported.lastIndexOf('<') + 1).replace(/>.*$/, '');
  return storedAddress(address) ?? address.toLowerCase();
};

const addressesIn = (recipients: z.output<typeof Recipients> = []): readonly string[] =>
  recipients.map(({ emailAddress }) => addressIn(emailAddress));

export type AddressStrike = readonly [address: string, strike: Strike];

/** The address after a report, and whether it is suppressed then. @param before undefined: nothing is known of it */
export function applyStrike([address, strike]: AddressStrike, before: Suppression | undefined, now: Date) {
  const after = strikeAddress(address, before, { strike, now });
  return { after, suppressed: isSuppressed(after, now) };
}

/** What the report says about addresses. */
export function strikesOf({ eventType, bounce, complaint }: ProviderReport): readonly AddressStrike[] {
  if (eventType === 'Complaint')
    return addressesIn(complaint?.complainedRecipients).map((address) => [address, 'complaint'] as const);
  if (eventType !== 'Bounce' || bounce === undefined) return [];
  // `Undetermined`: the provider could not read why.
  const strike = bounce.bounceType === 'Permanent' ? 'permanent bounce' : 'transient bounce';
  return addressesIn(bounce.bouncedRecipients).map((address) => [address, strike] as const);
}

/**
 * Addresses of one transaction, which has 100 items: each address has an item and an event, and the e-mail one item and
 * up to two events.
 */
const maxStrikes = 48;

/** A report as reports about so many addresses each that one transaction takes them. Each has a name of its own. */
export function partsOf(report: ProviderReport): readonly ProviderReport[] {
  const { bounce, complaint } = report;
  const count = Math.ceil(strikesOf(report).length / maxStrikes);
  if (count <= 1) return [report];
  return Array.from({ length: count }, (_, at) => {
    const part = <Of>(all: readonly Of[]): Of[] => all.slice(at * maxStrikes, (at + 1) * maxStrikes);
    return {
      ...report,
      ...(bounce && { bounce: { ...bounce, bouncedRecipients: part(bounce.bouncedRecipients) } }),
      ...(complaint && { complaint: { ...complaint, complainedRecipients: part(complaint.complainedRecipients) } }),
    };
  });
}

/** The states that precede a state. */
const before: Readonly<Partial<Record<EmailStatus, readonly EmailStatus[]>>> = {
  delivered: ['sent'],
  bounced: ['sent'],
  complained: ['sent', 'delivered'],
  failed: ['sent'],
};

/** The addresses that a report is about. */
const subjectsOf = ({ delivery, bounce, complaint }: ProviderReport): readonly string[] => [
  ...(delivery?.recipients ?? []).map(addressIn),
  ...addressesIn(bounce?.bouncedRecipients),
  ...addressesIn(complaint?.complainedRecipients),
];

/** What a report makes of the e-mail to an address. */
const outcomes: Readonly<Partial<Record<ProviderReport['eventType'], EmailStatus>>> = {
  Delivery: 'delivered',
  Bounce: 'bounced',
  Complaint: 'complained',
};

/** The state after a report; undefined: it changes none, as it is about copies only. */
function wantedState({ to }: Email, report: ProviderReport): EmailStatus | undefined {
  if (report.eventType === 'Reject' || report.eventType === 'Rendering Failure') return 'failed';
  const addresses = subjectsOf(report);
  return to.some((each) => addresses.includes(each)) ? outcomes[report.eventType] : undefined;
}

function errorOf({ bounce, complaint, reject, failure }: ProviderReport): Email['error'] {
  if (bounce !== undefined) return { code: 'BOUNCED', message: `${bounce.bounceType} (${bounce.bounceSubType})` };
  if (complaint !== undefined) return { code: 'COMPLAINED', message: 'the reader reported the e-mail as unwanted' };
  return { code: 'REJECTED', message: reject?.reason ?? failure?.errorMessage ?? 'rejected by the provider' };
}

/** Any report says that the provider accepted the e-mail, also if the attempt that sent it broke off. */
const asSent = (email: Email, { mail: { messageId, source } }: ProviderReport, now: Date): Email =>
  email.status === 'sending' || (email.status === 'queued' && email.attempts > 0)
    ? markSent(email, now, {
        from: email.from ?? email.sender?.address ?? source ?? null,
        provider_message_id: messageId,
      })
    : email;

/** The e-mail in its state after the report; the same if the report changes none. */
function settle(email: Email, report: ProviderReport, now: Date): Email {
  const status = wantedState(email, report);
  if (status === undefined || before[status]?.includes(email.status) !== true) return email;
  return status === 'delivered'
    ? inState(email, status, now, { error: null })
    : inState(email, status, now, { ...noBody, error: errorOf(report) });
}

const countOf = (email: Email, { eventType }: ProviderReport): Email => {
  if (eventType === 'Open') return { ...email, opens: (email.opens ?? 0) + 1 };
  return eventType === 'Click' ? { ...email, clicks: (email.clicks ?? 0) + 1 } : email;
};

/**
 * The e-mail after a report, and the states that it entered, in their order; undefined if the report changes nothing.
 * Late and repeated reports never restore an earlier state.
 */
export function applyReport(
  email: Email,
  report: ProviderReport,
  now: Date,
): { readonly after: Email; readonly entered: readonly Email[] } | undefined {
  const name = nameOf(report);
  const { reports = [], version } = email;
  if (reports.includes(name)) return undefined;
  const sent = asSent(email, report, now);
  const settled = settle(sent, report, now);
  const counted = countOf(settled, report);
  if (counted === email && strikesOf(report).length === 0) return undefined;
  const after = { ...counted, reports: [...reports, name].slice(-rememberedReports), version: version + 1 };
  return { after, entered: [sent, settled].filter((each, at, all) => each !== (all[at - 1] ?? email)) };
}

/** The event of a report that the e-mail was read; undefined for other reports. */
export function readingEvent({ id, subject, template, cause }: Email, { eventType, open, click }: ProviderReport) {
  const entity = { type: 'email', id };
  if (eventType === 'Open')
    return {
      type: 'email.opened',
      entity,
      fields: { template, at: open?.timestamp },
      description: `E-mail opened: ${subject}`,
      cause,
    } as const;
  if (eventType !== 'Click') return undefined;
  const fields = { template, at: click?.timestamp, link: click?.link };
  return {
    type: 'email.clicked',
    entity,
    fields,
    description: `Link followed in an e-mail: ${subject}`,
    cause,
  } as const;
}
