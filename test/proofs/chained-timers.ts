import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { domainRow } from '#dynamodb/rows/domain.ts';
import { scheduleDue } from '#dynamodb/rows/due.ts';
import { mailboxRow, voicemailPreferencesRow } from '#dynamodb/rows/mailbox.ts';
import { sipTraceRow } from '#dynamodb/rows/sip-trace.ts';
import { tableFor } from '#dynamodb/table.ts';
import { change, create } from '#dynamodb/write.ts';
import { billingDayAlways } from '#functions/billing/schema/period.ts';
import { openClosingWrite } from '#functions/billing/rows/billing-profile.ts';
import { addAccount } from '#functions/billing/cdr-ingest/ingest.fixture.ts';
import { ledgerRow } from '#functions/billing/charging/row.ts';
import { periodCloseHandler } from '#functions/billing/period-close/handler.ts';
import { tariffRow } from '#functions/billing/tariffs/row.ts';
import { domainChangesHandler } from '#functions/accounts/domain-changes/handler.ts';
import { traceExpiriesHandler } from '#functions/calls/trace-expiries/handler.ts';
import { audioRow, voicemailRow } from '#functions/messaging/rows/voicemail.ts';
import { voicemailUploadsHandler } from '#functions/messaging/voicemail-uploads/handler.ts';
import type { Domain } from '#schema/domain.ts';
import { defaultPreferences } from '#schema/mailbox.ts';
import type { Voicemail } from '#schema/voicemail.ts';
import { hold } from '#test/support/legal-holds.fixture.ts';
import { memoryObjects } from '#test/support/objects.fixture.ts';
import { memorySecrets } from '#test/support/secrets.fixture.ts';
import type { WorkingConsumer } from '#test/support/outage.fixture.ts';

/** What the timers that go on for ever work on, in a store of their own. */

type Scenario = WorkingConsumer & {
  /** The three turns that the outage misses, and the next one: ISO 8601. */
  readonly turns: readonly [string, string, string, string];
  /** Stores what the timer works on, with the pointer of its first turn. */
  readonly begin: (store: Store) => Promise<unknown>;
  /** What the turns have done. */
  readonly done: (store: Store) => Promise<readonly string[]>;
  readonly afterOutage: readonly string[];
};

/** The organization whose timers they are. */
export const organization = 1_001;

/** A minimum for each month, booked a day and five minutes after its end. */
const closings: Scenario = {
  queue: 'jobs',
  consumerOf: periodCloseHandler,
  turns: [
    '2028-02-02T00:05:00.000Z',
    '2028-03-02T00:05:00.000Z',
    '2028-04-02T00:05:00.000Z',
    '2028-05-02T00:05:00.000Z',
  ],
  begin: async (store) => {
    const billingDays = billingDayAlways(1);
    await addAccount(store, 1_000, { type: 'operator' });
    await addAccount(store, organization, { profile: { billingDays } });
    await commit(store, 1_000, [
      change(tariffRow, { id: `trf_${organization}` }, { set: { monthly_minimum: '5.0000' } }),
    ]);
    const began = Date.parse('2028-01-20T12:00:00.000Z');
    await commit(store, organization, [openClosingWrite({ organization, billingDays }, began, {})]);
  },
  done: async (store) =>
    (await tableFor<'ledger'>(store, organization).query(ledgerRow, {})).items
      .map(({ type, period, amount }) => `${type} of ${period}: ${Number(amount) / 1_000_000}`)
      .toSorted(),
  afterOutage: ['minimum of 2028-01: -5', 'minimum of 2028-02: -5', 'minimum of 2028-03: -5'],
};

const days: Scenario['turns'] = [
  '2028-02-27T12:00:00.000Z',
  '2028-02-28T12:00:00.000Z',
  '2028-02-29T12:00:00.000Z',
  '2028-03-01T12:00:00.000Z',
];

/** A trace that a legal hold keeps, and one that none keeps. */
const traces: Scenario = {
  queue: 'jobs',
  consumerOf: traceExpiriesHandler,
  turns: days,
  begin: async (store) => {
    await hold(store, organization, ['logs'], { numbers: ['+46890510'] });
    for (const [call_id, party] of [
      ['call_held', '+46890510'],
      ['call_free', '+46890511'],
    ] as const) {
      const about = { users: [], parties: [party], entities: [call_id], direction: 'outbound', text: '' } as const;
      const at = '2028-02-24T12:00:00.000Z';
      const trace = { call_id, task: 'task-1', at, legs: [], messages: [], dropped: 0, facts: { ...about, at } };
      await commit(store, organization, [
        create(sipTraceRow, trace),
        scheduleDue({ kind: 'siptrace.expiry', at: days[0], org_id: organization, subject: `${call_id}/task-1` }),
      ]);
    }
  },
  done: async (store) => {
    const keys = ['call_free', 'call_held'].map((call_id) => ({ call_id, task: 'task-1' }));
    const stored = await tableFor<'siptrace'>(store, organization).getAll(sipTraceRow, keys);
    return keys.filter((_key, at) => stored[at] === undefined).map(({ call_id }) => `${call_id} is deleted`);
  },
  afterOutage: ['call_free is deleted'],
};

/** A mailbox that keeps messages for a day, with a message of each of five days. */
const messages: Scenario = {
  queue: 'uploads',
  consumerOf: (dependencies) => voicemailUploadsHandler({ ...dependencies, objects: memoryObjects() }),
  turns: days,
  begin: async (store) => {
    const created_at = '2028-02-01T12:00:00.000Z';
    const preferences = { ...defaultPreferences('204'), retention_days: 1, created_at, updated_at: created_at };
    const received = ['2028-02-26', '2028-02-27', '2028-02-28', '2028-02-29', '2028-03-01'];
    await commit(store, organization, [
      create(voicemailPreferencesRow, preferences),
      create(mailboxRow, { mailbox: '204', held: received.length }),
      scheduleDue({ kind: 'voicemail.expiry', at: days[0], org_id: organization, subject: '204' }),
    ]);
    for (const date of received) {
      const id = `vm_${date}`;
      const received_at = `${date}T12:00:00.000Z`;
      const message: Voicemail = {
        ...{ id, mailbox: '204', audio: id, status: 'read', caller_number: null, caller_name: null },
        ...{ duration_seconds: 12, content_type: 'audio/wav', size: 1, urgent: false, call_id: null },
        ...{ forwarded_from: null, comment: null, received_at, read_at: null, created_at: received_at, version: 1 },
      };
      await commit(store, organization, [create(voicemailRow, message), create(audioRow, { id, messages: 1 })]);
    }
  },
  done: async (store) =>
    (await tableFor<'voicemail'>(store, organization).query(voicemailRow, {})).items.map(({ id }) => id).toSorted(),
  afterOutage: ['vm_2028-02-29', 'vm_2028-03-01'],
};

/** A domain whose identity the provider has verified in the meantime. */
const identities: Scenario = {
  queue: 'consequences',
  consumerOf: (dependencies) =>
    domainChangesHandler({
      ...dependencies,
      secrets: memorySecrets(),
      identities: { ensure: async () => ({ status: 'verified', dkim: [] }), remove: async () => undefined },
    }),
  turns: days,
  begin: (store) => {
    const verified_at = '2028-02-01T12:00:00.000Z';
    const domain: Domain = {
      ...{ id: 'dom_1', org_id: organization, parent_id: null, domain: 'a.example', type: 'primary', status: 'active' },
      ...{ ssl_enabled: true, settings: { default_transport: 'udp', nat_keepalive: true } },
      ...{ dns_verification_record: 'proof', verified_at, email_status: 'pending', dkim: [] },
      ...{ created_at: verified_at, updated_at: verified_at, version: 1 },
    };
    return commit(store, organization, [
      create(domainRow, domain),
      scheduleDue({ kind: 'domain.identity', at: days[0], org_id: organization, subject: 'dom_1' }),
    ]);
  },
  done: async (store) => [
    `e-mail is ${(await tableFor<'domain'>(store, organization).get(domainRow, { id: 'dom_1' }))?.email_status}`,
  ],
  afterOutage: ['e-mail is verified'],
};

/** By the kind of the pointer. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  'period.close': closings,
  'siptrace.expiry': traces,
  'voicemail.expiry': messages,
  'domain.identity': identities,
};
