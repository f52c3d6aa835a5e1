import type { components } from '#openapi';
import { amountText } from '../kit/amounts.ts';
import { numberText } from '../kit/format.ts';
import { locale } from '../texts/language.ts';
import { t } from '../texts/texts.ts';
import type { Fact } from './definitions.ts';

type Profile = components['schemas']['BillingProfile'];

/** Periods begin and end at midnight UTC. */
const dayText = (instant: string): string =>
  new Date(instant).toLocaleDateString(locale, { dateStyle: 'medium', timeZone: 'UTC' });

/** How much is used, and how much of it is free. */
const usedText = (used: number, included: number): string =>
  included === 0
    ? numberText(used)
    : t('{used} of {included} that are free', { used: numberText(used), included: numberText(included) });

/** What an organization has used since its period began, and what it has left. */
export function periodUse({ usageSummary: usage, tariffPlanDetails: tariff, ...profile }: Profile): readonly Fact[] {
  const money = (amount: number): string => amountText(amount, profile.currency);
  const minimum = tariff?.monthlyMinimum ?? 0;
  return [
    [t('Period'), `${dayText(usage.currentPeriodStart)} – ${dayText(usage.currentPeriodEnd)}`],
    [t('Charged'), money(usage.currentCharges)],
    [t('Minutes of calls'), usedText(Math.round(usage.minutesUsed), tariff?.includedMinutes ?? 0)],
    [t('SMS'), usedText(usage.smsUsed, tariff?.includedSms ?? 0)],
    ...(minimum > 0 ? [[t('Charged at least'), money(minimum)] as const] : []),
    [t('Balance'), money(profile.currentBalance)],
    [t('Left for calls'), money(profile.availableCredit)],
    [t('Price list'), tariff?.name ?? '–'],
  ];
}
