import type { BackgroundContext } from '#runtime/background-context.ts';
import type { Email } from '#schema/email.ts';
import type { emailDelivery } from './contract.ts';
import { deliveryEvent } from './delivery.ts';
import {
  applyReport,
  applyStrike,
  partsOf,
  readingEvent,
  strikesOf,
  subjectOf,
  type AddressStrike,
  type ProviderReport,
} from './report.ts';
import { deliveryStore, strikeWrite, updateWrite } from './store.ts';

type DeliveryContext = BackgroundContext<typeof emailDelivery>;
type ReportContext = Pick<Email, 'cause'> & { readonly organization: number; readonly context: DeliveryContext };

/** The writes of what a report says about an address. */
async function strikeWrites(strike: AddressStrike, { organization, context, cause }: ReportContext) {
  const now = context.clock();
  const [address] = strike;
  const before = await deliveryStore(context.tableOf(organization)).suppression(address);
  const { after, suppressed } = applyStrike(strike, before, now);
  if (after === before) return [];
  const write = strikeWrite(before, after);
  if (!suppressed) return [write];
  const event = context.recorderOf(organization)('email.suppressed', {
    entity: { type: 'email', id: address },
    description: `Address ${address} gets no e-mail any more`,
    severity: 'warning',
    fields: { address, reason: after.reason, until: after.until },
    cause,
  });
  return [write, event];
}

const allStrikeWrites = async (strikes: readonly AddressStrike[], context: ReportContext) =>
  (await Promise.all(strikes.map((each) => strikeWrites(each, context)))).flat();

/** Takes a report in one transaction: the e-mail's next state, its counts, and what it says about addresses. */
async function takePart(
  report: ProviderReport,
  { organization, id }: { readonly organization: number; readonly id: string },
  context: DeliveryContext,
): Promise<void> {
  const store = deliveryStore(context.tableOf(organization));
  await context.transact(organization, async () => {
    const before = await store.email(id);
    const applied = before === undefined ? undefined : applyReport(before, report, context.clock());
    if (before === undefined || applied === undefined) return [];
    const { after, entered } = applied;
    const { cause } = after;
    const details = [...entered.map(deliveryEvent), readingEvent(after, report)];
    const record = context.recorderOf(organization);
    const events = details.flatMap((each) => (each === undefined ? [] : [record(each.type, each)]));
    return [
      updateWrite(before, after),
      ...events,
      ...(await allStrikeWrites(strikesOf(report), { organization, context, ...(cause && { cause }) })),
    ];
  });
}

/**
 * Takes a report of the provider, once. A report about an unknown e-mail, or one that came before, changes nothing. Of
 * one with very many addresses each part is taken once, so that a repeat continues after a crash.
 */
export async function takeReport(report: ProviderReport, context: DeliveryContext): Promise<void> {
  const about = subjectOf(report);
  if (about === undefined) return;
  for (const part of partsOf(report)) await takePart(part, about, context);
}
