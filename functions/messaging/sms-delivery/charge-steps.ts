import type { BackgroundContext } from '#runtime/background-context.ts';
import type { Sms } from '#schema/sms.ts';
import { reportBalance } from '../../billing/charging/balance-steps.ts';
import type { smsDelivery } from './contract.ts';
import { deliveryStore, readReseller, updateWrite, wholesaleWrites } from './store.ts';
import { wholesalePrice, withWholesale } from './wholesale.ts';

/** What follows the charge of a message: that of the reseller. */

export type DeliveryContext = BackgroundContext<typeof smsDelivery>;

/** The writes that charge a reseller for a message, or find that it has no account. */
async function decideCharge(sms: Sms, reseller: number | null, { tableOf, clock, environment }: DeliveryContext) {
  const now = clock();
  const account = reseller === null ? null : await readReseller(tableOf, reseller, now.getTime());
  if (reseller === null || account === null) return [updateWrite(sms, withWholesale(sms, 'none'))];
  const price = wholesalePrice(sms, account, environment, now.getTime());
  const { tariff, currencyFixed } = account;
  return [
    updateWrite(sms, withWholesale(sms, price)),
    ...wholesaleWrites(
      reseller,
      { price, segments: sms.segments },
      {
        period: price.period,
        day: now.toISOString().slice(0, 10),
        includedOf: tariff?.included_sms ?? 0,
        currencyFixed,
      },
    ),
  ];
}

/** Charges the reseller for a message, once: in the transaction that says so in the message. */
export async function chargeReseller(organization: number, id: string, context: DeliveryContext): Promise<void> {
  const store = deliveryStore(context.tableOf(organization));
  const reseller = await store.reseller();
  await context.transact(organization, async () => {
    const sms = await store.sms(id);
    return sms?.wholesale === 'due' ? decideCharge(sms, reseller, context) : [];
  });
  if (reseller !== null) await reportBalance(reseller, context);
}
