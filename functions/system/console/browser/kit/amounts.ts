import { locale } from '../texts/language.ts';

/** Amounts of money as a person reads them. */

/** Decimals that are shown: of a sum, and of a rate or the charge of one call, which may be below a cent. */
const decimals = { sum: 2, rate: 4 } as const;

/**
 * An amount with its currency, such as `1.50 EUR`; `–` if there is none.
 *
 * @param value a number, or a decimal as the API has it
 * @param currency ISO 4217 code
 */
export function amountText(value: unknown, currency: unknown, kind: keyof typeof decimals = 'sum'): string {
  const hasAmount = typeof value === 'number' || (typeof value === 'string' && value !== '');
  const amount = hasAmount ? Number(value) : Number.NaN;
  if (Number.isNaN(amount)) return '–';
  const least = minorUnits(currency);
  const digits = { minimumFractionDigits: least, maximumFractionDigits: Math.max(least, decimals[kind]) };
  const text = amount.toLocaleString(locale, kind === 'sum' ? { ...digits, maximumFractionDigits: least } : digits);
  return typeof currency === 'string' ? `${text} ${currency}` : text;
}

/** Decimals of the smallest coin: 2 for EUR, 0 for JPY. */
function minorUnits(currency: unknown): number {
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency)) return decimals.sum;
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().minimumFractionDigits ?? 2;
}
