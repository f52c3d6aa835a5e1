import { profileOf } from '../../billing/billing-profiles/billing-profile.fixture.ts';
import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { eventRow } from '#dynamodb/rows/event.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { providerMessageRow, smsRow } from '#dynamodb/rows/sms.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create, overwrite } from '#dynamodb/write.ts';
import type { DeadLetter } from '#queue/dead-letters.ts';
import { money } from '#schema/money.ts';
import type { Sms } from '#schema/sms.ts';
import type { SmsSettings } from '#schema/sms-settings.ts';
import type { OutgoingSms, SmsProvider } from '#sms/provider.ts';
import { balanceOf } from '../../billing/schema/balance.ts';
import { billingProfileRow } from '../../billing/rows/billing-profile.ts';
import { creditRow } from '../../billing/charging/row.ts';
import { smsLogRow } from '#dynamodb/rows/sms-log.ts';
import type { SmsBatch } from '#schema/sms-batch.ts';
import { smsBatchRow } from '#dynamodb/rows/sms-batch.ts';
import { optOutRow } from '../sms-opt-outs/row.ts';
import { smsMessage } from './contract.ts';
import { smsDeliveryHandler } from './handler.ts';
import { start } from './sms.fixture.ts';

/** Organizations with messages, and deliveries of them by the real handler. */

let last = 7_000;

/** The number of an organization that no other test has. */
export const nextOrganization = (): number => (last += 2);

type Outcome = (sms: OutgoingSms) => Promise<{ readonly provider_message_id: string }>;

/** A provider that gives this answer, and what it was given. */
export function providerOf(answer: Outcome): SmsProvider & { readonly taken: string[] } {
  const taken: string[] = [];
  return {
    name: 'test',
    taken,
    send: async (sms) => {
      taken.push(sms.id);
      return answer(sms);
    },
  };
}

export const accepts: Outcome = async ({ id }) => ({ provider_message_id: `p-${id}` });

type Given = {
  readonly provider?: SmsProvider;
  readonly messages?: readonly Sms[];
  readonly batch?: SmsBatch;
  readonly settings?: SmsSettings;
  /** The organization that sells to it; 1000 by default. */
  readonly parent?: number;
};

/** Stores an organization that may owe 1.00. @param parent the organization that sells to it */
export async function account(store: Store, organization: number, parent = 1000, sms: SmsSettings = {}) {
  const profile = profileOf({ id: `bp_${organization}`, organization });
  await commit(store, organization, [
    create(organizationRow, organizationOf(organization, { parent_id: parent, settings: { sms } })),
    create(billingProfileRow, { ...profile, creditLimit: money(1_000_000n), parent }),
  ]);
}

/** An organization with messages, and deliveries of them. */
export async function sender(
  store: Store,
  { provider = providerOf(accepts), messages = [], batch, parent, settings }: Given = {},
) {
  const organization = nextOrganization();
  await account(store, organization, parent, { sender_ids: ['Acme'], ...settings });
  const reserved = messages.reduce((sum, sms) => sum + Number(sms.price?.amount ?? 0), 0);
  await commit(store, organization, [
    overwrite(creditRow, { credits: 0, reserved, currency: 'USD', fixed: true }),
    ...messages.map((sms) => create(smsRow, sms)),
    ...(batch === undefined ? [] : [create(smsBatchRow, batch)]),
  ]);
  const clock = manualClock(start.toISOString());
  const dead: DeadLetter[] = [];
  const dependencies = Object.assign(testDependencies(store, { clock }), {
    sms: provider,
    deadLetters: async (letter: DeadLetter) => void dead.push(letter),
  });
  const handler = smsDeliveryHandler(dependencies);
  const table = tableFor<'sms' | 'event' | 'balance' | 'smslog' | 'smsoptout' | 'provider-message'>(
    store,
    organization,
  );
  const deliver = async (...bodies: readonly unknown[]): Promise<number> =>
    (await handler(batchOf(bodies))).batchItemFailures.length;
  return {
    organization,
    dead,
    notes: dependencies.notes,
    clock,
    deliver,
    send: (...ids: readonly string[]) => deliver(...ids.map((id) => smsMessage({ org_id: organization, id }).body)),
    /** What it sent to its own queue since the last time, by delay. */
    sentAgain: () => dependencies.queues.sent.splice(0).map(({ message }) => message),
    sms: async (id = 'msg_1') => (await table.get(smsRow, { id })) as Sms,
    optOut: (number: string) => table.get(optOutRow, { number }),
    log: (id = 'msg_1') => table.get(smsLogRow, { message_id: id }),
    events: async () => (await table.query(eventRow, {}, { order: 'asc' })).items.map(({ type }) => type),
    balance: async () => balanceOf((await table.query(creditRow, {})).items),
    receipt: (id: string) => table.get(providerMessageRow, { provider: 'test', provider_message_id: id }),
  };
}
