import { locale } from '../texts/language.ts';

/** Amounts of money as a person reads them. */

/**
 * Decimals that are shown at least and at most, beyond those of the smallest coin: of a sum, of the charge of one call,
 * which may be below a cent, and of a price a minute.
 */
const decimals = { sum: [0, 0], charge: [0, 4], price: [4, 6] } as const;

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
  const coins = minorUnits(currency);
  const [least, most] = decimals[kind].map((digits) => Math.max(coins, digits));
  const text = amount.toLocaleString(locale, { minimumFractionDigits: least, maximumFractionDigits: most });
  return typeof currency === 'string' ? `${text} ${currency}` : text;
}

/** Decimals of the smallest coin: 2 for EUR, 0 for JPY. */
function minorUnits(currency: unknown): number {
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency)) return 2;
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().minimumFractionDigits ?? 2;
}
