import type { components } from '#openapi';
import { amountText } from '../kit/amounts.ts';
import { t } from '../texts/texts.ts';

export type Cdr = components['schemas']['Cdr'];
type Charged = { readonly rating: Pick<Cdr['rating'], 'status' | 'charge' | 'currency'> };

/** What the organization pays for a call, as a person reads it. What its carrier or seller pays is another figure. */
export function chargeText({ rating: { status, charge, currency } }: Charged): string {
  switch (status) {
    case 'rated':
      return amountText(charge, currency, 'charge');
    case 'free':
      return t('free');
    case 'unrated':
      return t('no price');
    case 'void':
      return t('voided');
  }
}
