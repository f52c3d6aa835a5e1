import * as z from 'zod';
import type { BillingProfile } from '#functions/billing/schema/billing-profile.ts';
import { availableCredit, balanceOf, currentBalance, type BalancePart } from '#functions/billing/schema/balance.ts';
import { standingOf } from '#functions/billing/charging/standing.ts';
import { presentUsage, sumHours, sumItems, todayIn } from '#functions/billing/cdr/usage.ts';
import { endsSoon } from '#functions/telephony/schema/stir-expiry.ts';
import type { CallCountItem } from '#schema/call-counts.ts';
import { decimalNumber } from '#schema/money.ts';
import { day } from '#schema/time.ts';
import { Timestamp } from '#schema/values.ts';

/** What an organization has and how it does now, in one answer (functions/system/README.md, "Summary"). */

/** The scope that reads the count of each kind of resource, and the name under which it is stored (`countRow`). */
const counted = {
  users: { scope: 'users:read', of: 'users' },
  customers: { scope: 'orgs:read', of: 'children' },
  devices: { scope: 'telephony:read', of: 'devices' },
  phone_lines: { scope: 'calls:read', of: 'phones' },
  trunks: { scope: 'telephony:read', of: 'trunks' },
  gateways: { scope: 'telephony:read', of: 'gateways' },
  numbers: { scope: 'telephony:read', of: 'numbers' },
  call_flows: { scope: 'telephony:read', of: 'call flows' },
  ring_groups: { scope: 'telephony:read', of: 'ring groups' },
} as const;

type Counted = keyof typeof counted;
type CountedScope = (typeof counted)[Counted]['scope'];

/** What a scope of the caller shows: the records of all, those of its user, or none. */
export type Sight = 'all' | 'own' | 'none';

/** The names of the counts that a summary reads. */
export const countNames: readonly string[] = Object.values(counted).map(({ of }) => of);

/**
 * The counts that the caller may read, the others null.
 * @param stored by name
 */
export function visibleCounts(
  stored: ReadonlyMap<string, number>,
  sightOf: (scope: CountedScope) => Sight,
): Readonly<Record<Counted, number | null>> {
  const entries = Object.entries(counted).map(([field, { scope, of }]) => [
    field,
    sightOf(scope) === 'all' ? (stored.get(of) ?? 0) : null,
  ]);
  return Object.fromEntries(entries) as Record<Counted, number | null>;
}

/** @param parts of the balance, as they are stored */
export function presentBalance(
  profile: Pick<BillingProfile, 'creditLimit' | 'currency'>,
  parts: readonly BalancePart[],
): NonNullable<z.input<typeof SummaryAnswer>['balance']> {
  const balance = balanceOf(parts);
  return {
    current: decimalNumber(currentBalance(balance)),
    available_credit: decimalNumber(availableCredit(balance, profile)),
    currency: profile.currency,
  };
}

/** The balance, and whether little is left. @param parts of it, as they are stored */
export const accountOf = (profile: BillingProfile, parts: readonly BalancePart[]): Attention['balance'] => ({
  ...presentBalance(profile, parts),
  isLow: standingOf(balanceOf(parts), profile).low,
});

/** What needs somebody, the most urgent first. */
const attentionKinds = [
  'credit_exhausted',
  'low_balance',
  'failed_gateways',
  'expiring_certificate',
  'unregistered_phones',
  'new_voicemail',
] as const;
type AttentionKind = (typeof attentionKinds)[number];

/** What the attention depends on. Null: the caller may not read it. */
export type Attention = {
  readonly devices: number | null;
  readonly online_devices: number | null;
  /** Gateways that are down. */
  readonly failed_gateways: number | null;
  /** Whether the certificate that signs calls ends soon, or has ended. */
  readonly isCertificateExpiring: boolean;
  /** Messages in the mailbox of the caller that were not heard. */
  readonly new_voicemail: number | null;
  readonly balance: (NonNullable<z.input<typeof SummaryAnswer>['balance']> & { readonly isLow: boolean }) | null;
  /** Charges of the last 24 hours, by currency. */
  readonly charges: readonly { readonly currency: string; readonly amount: string }[];
};

/** Credit that is gone, or a balance below its threshold, or that lasts for less than a day like the last one. */
function creditAttention({ balance, charges }: Attention): Partial<Record<AttentionKind, number>> {
  if (balance === null) return {};
  const { available_credit: credit, currency, isLow } = balance;
  if (credit <= 0) return { credit_exhausted: 1 };
  const charged = charges.find((each) => each.currency === currency);
  return isLow || credit < Number(charged?.amount ?? 0) ? { low_balance: 1 } : {};
}

/** Whether the certificate that signs calls, which is the one that ends last, ends soon. @param now ISO 8601 */
export const isLastEndSoon = (ends: readonly string[], now: string): boolean =>
  ends.length > 0 && ends.every((end) => endsSoon(end, now));

/** What needs attention, by kind. */
export function attentionOf(of: Attention): z.input<typeof SummaryAnswer>['attention'] {
  const { devices, online_devices: online, failed_gateways, isCertificateExpiring, new_voicemail } = of;
  const counts: Partial<Record<AttentionKind, number>> = {
    ...creditAttention(of),
    failed_gateways: failed_gateways ?? 0,
    expiring_certificate: isCertificateExpiring ? 1 : 0,
    unregistered_phones: (devices ?? 0) - (online ?? devices ?? 0),
    new_voicemail: new_voicemail ?? 0,
  };
  return attentionKinds.flatMap((kind) => {
    const number = counts[kind] ?? 0;
    return number > 0 ? [{ kind, count: number }] : [];
  });
}

type Moment = {
  /** IANA time zone of the organization. */
  readonly timeZone: string;
  /** Unix milliseconds. */
  readonly now: number;
};

/** The days of which a summary has hours, such as `2026-11-27`: from the same day a week before until today. */
export function comparedDays({ timeZone, now }: Moment): { readonly from: string; readonly to: string } {
  const today = todayIn(timeZone, now);
  return { from: new Date(Date.parse(today) - 7 * day).toISOString().slice(0, 10), to: today };
}

/** Hours that a summary shows, the running one included. */
const shownHours = 24;

/**
 * The calls of today, and what was charged in the last 24 hours.
 * @param counters of the days that are compared
 */
export function callsOf(
  counters: readonly CallCountItem[],
  { timeZone, now, money }: Moment & { readonly money: boolean },
): { readonly calls: z.input<typeof Calls>; readonly charges: Attention['charges'] } {
  const range = { by: 'hour', group: undefined, ...comparedDays({ timeZone, now }) } as const;
  const today = range.to;
  const cells = sumItems(counters, range);
  const { rows } = presentUsage(cells, range, { timeZone, now, since: null, isComplete: true, money });
  return {
    calls: {
      time_zone: timeZone,
      day: today,
      today: sumHours(cells, (hour) => hour.day === today, money),
      week_before: sumHours(cells, (hour) => hour.day === range.from && hour.start <= now - 7 * day, money),
      hours: rows.slice(-shownHours).map(({ start, calls, answered }) => ({ start: start ?? '', calls, answered })),
    },
    charges: sumHours(cells, ({ start }) => start > now - day, true).charges,
  };
}

const count = z.int().nullable();

const CallSums = z.object({
  calls: z.int().describe('Calls that began then'),
  answered: z.int().describe('Those of them that were answered'),
  talk_seconds: z.int().describe('Seconds from answer to end'),
  charges: z
    .array(
      z.object({
        currency: z.string().describe('ISO 4217 code'),
        amount: z.string().describe('Amount, a decimal with 4 decimals'),
      }),
    )
    .describe('Charges, one per currency; empty without `billing:read`'),
});

const Calls = z.object({
  time_zone: z.string().describe('IANA time zone of the organization'),
  day: z.iso.date().describe('Today in that zone'),
  today: CallSums.describe('Calls of today'),
  week_before: CallSums.describe('Calls of the same day a week before, up to the running hour'),
  hours: z
    .array(
      z.object({
        start: Timestamp.describe('Start of the hour'),
        calls: z.int().describe('Calls that began then'),
        answered: z.int().describe('Those of them that were answered'),
      }),
    )
    .describe('The last 24 hours, the running one included'),
});

export const SummaryAnswer = z
  .object({
    users: count.describe('Users and service accounts'),
    customers: count.describe('Organizations directly below this one'),
    devices: count.describe('Devices'),
    online_devices: count.describe('Devices with a registered line'),
    phone_lines: count.describe('Live phone lines, such as those of browsers'),
    trunks: count.describe('SIP trunks'),
    gateways: count.describe('SIP gateways'),
    numbers: count.describe('Phone numbers'),
    call_flows: count.describe('Call flows'),
    ring_groups: count.describe('Ring groups'),
    calls_in_progress: count.describe('Calls in progress'),
    has_cdrs: z.boolean().nullable().describe('Whether a CDR of the organization is filed'),
    balance: z
      .object({
        current: z.number().describe('Credits minus charges; negative when money is owed'),
        available_credit: z.number().describe('Balance plus credit limit minus reservations'),
        currency: z.string().describe('ISO 4217 code of both amounts'),
      })
      .nullable()
      .describe('Null also without a billing profile'),
    calls: Calls.nullable().describe(
      'Calls of today and of the last 24 hours, as `GET /usage` counts them; null also for callers with own calls only',
    ),
    attention: z
      .array(
        z.object({
          kind: z.enum(attentionKinds).describe('What needs attention'),
          count: z.int().min(1).describe('How many there are; 1 of a balance, and of a certificate'),
        }),
      )
      .describe(
        'What needs attention, as far as the caller may read it, the most urgent first. `credit_exhausted`: no ' +
          'credit is left. `low_balance`: the balance is below the threshold of the profile, or below the charges ' +
          'of the last 24 hours. `failed_gateways`: gateways that are down. `expiring_certificate`: the ' +
          'certificate with which a seller signs calls, the last one to end, ends within 30 days or has ended. ' +
          '`unregistered_phones`: devices without a registered line. `new_voicemail`: messages in the mailbox of ' +
          'the caller that it did not hear yet.',
      ),
  })
  .meta({
    id: 'Summary',
    example: {
      ...{ users: 12, customers: 0, devices: 9, online_devices: 8, phone_lines: 2, trunks: 1, gateways: 1, numbers: 5 },
      ...{ call_flows: 2, ring_groups: 1, calls_in_progress: 3, has_cdrs: true },
      balance: { current: 41.5, available_credit: 141.5, currency: 'EUR' },
      calls: {
        ...{ time_zone: 'Europe/Berlin', day: '2026-11-27' },
        today: { calls: 12, answered: 9, talk_seconds: 1_403, charges: [{ currency: 'EUR', amount: '0.3600' }] },
        week_before: { calls: 8, answered: 8, talk_seconds: 960, charges: [{ currency: 'EUR', amount: '0.2400' }] },
        hours: [{ start: '2026-11-27T08:00:00Z', calls: 12, answered: 9 }],
      },
      attention: [{ kind: 'unregistered_phones', count: 1 }],
    },
  });
