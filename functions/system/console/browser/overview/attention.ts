import { amountText } from '../kit/amounts.ts';
import { t } from '../texts/texts.ts';
import type { Summary } from './steps.ts';

/** What needs somebody: what the API says of it, and alarms. */

export type Need = {
  readonly text: string;
  /** The page where it is seen to. */
  readonly address: string;
  readonly isUrgent: boolean;
};

type Known = { readonly summary: Pick<Summary, 'attention' | 'balance'>; readonly alarms: number };
type Kind = Summary['attention'][number]['kind'];

/** How each kind is said, with the count of it. */
const needs: Readonly<Record<Kind, (count: number, known: Known) => Need>> = {
  credit_exhausted: () => ({
    text: t('No credit is left: outbound calls that cost are rejected.'),
    ...{ address: '/r/balances', isUrgent: true },
  }),
  low_balance: (_count, { summary: { balance } }) => ({
    text: t('Credit is low: {amount} are left.', {
      amount: amountText(balance?.available_credit, balance?.currency),
    }),
    ...{ address: '/r/balances', isUrgent: false },
  }),
  failed_gateways: (count) => ({
    text: t('{count, plural, one {# gateway does} other {# gateways do}} not answer', { count }),
    ...{ address: '/r/sipgateways', isUrgent: true },
  }),
  expiring_certificate: () => ({
    text: t('The certificate that signs calls ends within 30 days, or has ended.'),
    ...{ address: '/r/stir-certificates', isUrgent: true },
  }),
  unregistered_phones: (count) => ({
    text: t('{count, plural, one {# phone is} other {# phones are}} not connected', { count }),
    ...{ address: '/r/devices', isUrgent: false },
  }),
  new_voicemail: (count) => ({
    text: t('{count, plural, one {# new message} other {# new messages}}', { count }),
    ...{ address: '/voicemail', isUrgent: false },
  }),
};

/** The most urgent first. */
export function needsOf(known: Known): readonly Need[] {
  const { summary, alarms } = known;
  const all = summary.attention.map(({ kind, count }) => needs[kind](count, known));
  const ofAlarms = {
    text: t('{count, plural, one {# alarm} other {# alarms}} in the last 12 hours', { count: alarms }),
    ...{ address: '/p/audit', isUrgent: true },
  };
  const [urgent, others] = [true, false].map((wanted) => all.filter(({ isUrgent }) => isUrgent === wanted));
  return [...(urgent ?? []), ...(alarms > 0 ? [ofAlarms] : []), ...(others ?? [])];
}
