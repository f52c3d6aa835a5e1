import { expect, test } from 'vitest';
import { cascadesIn } from '#test/support/cascades.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import { bindingRow, type BindingItem } from '../../telephony/rows/binding.ts';

const running = testStore();

const organization = 7_950;
const at = '2026-11-20T12:00:00.000Z';
const end = { address: '192.0.2.7', port: 5_060 };
const bindingOf = (sip_username: string, contact_key: string): BindingItem => ({
  ...{ sip_username, contact_key, contact: `sip:${sip_username}@192.0.2.7`, owner: 'task_1' },
  ...{ owner_address: '10.0.1.7:8443', flow: { transport: 'wss', remote: end, local: end } },
  ...{ registered_at: at, refreshed_at: at, expires_at: at, call_id: 'c1', cseq: 1, user_agent: null, q: 1 },
});

test.each(['phone.deleted', 'phone.expired'] as const)(
  'after %s a line has no registrations, and other lines have theirs',
  async (type) => {
    const [ended, other] = [`ended by ${type}`, `beside ${type}`];
    await commit(running.store, organization, [
      ...[bindingOf(ended, 'one'), bindingOf(ended, 'two'), bindingOf(other, 'one')].map((binding) =>
        overwrite(bindingRow, binding),
      ),
    ]);
    await cascadesIn(running.store)(organization, type, ended);
    const table = tableFor<'binding'>(running.store, organization);
    const left = async (sip_username: string) => (await table.query(bindingRow, { sip_username })).items.length;
    expect([await left(ended), await left(other)]).toEqual([0, 1]);
    const events = await eventsOf(running.store, organization);
    expect(
      events
        .filter(({ type: of, entity }) => of === 'phone.unregistered' && entity.id === ended)
        .map(({ data }) => data),
    ).toEqual([expect.objectContaining({ reason: 'ended' })]);
  },
);
