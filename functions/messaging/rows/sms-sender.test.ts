import { expect, test } from 'vitest';
import { organizationOf } from '#test/support/people.fixture.ts';
import { findSmsSender } from './sms-sender.ts';

type Read = Parameters<typeof findSmsSender>[0];

/** A table whose slices are these; without a mark, a number has the capability. */
function tableOf(slices: readonly (readonly { number: string; state?: string; capabilities?: string[] }[])[]) {
  const cursors: unknown[] = [];
  const queryIndex = async (...[, , , range]: readonly unknown[]) => {
    const { after } = range as { after?: string };
    cursors.push(after);
    const at = Number(after ?? 0);
    const items = (slices[at] ?? []).map((item) => ({ state: 'active', capabilities: ['sms'], ...item }));
    return { items, cursor: at + 1 < slices.length ? String(at + 1) : undefined, cursorAt: String };
  };
  return { cursors, table: { queryIndex } as Partial<Read> as Read };
}

const organization = organizationOf(1001, { settings: { sms: { sender_ids: ['Acme', 'Bravo'] } } });

test('the first active number that can send SMS is the sender', async () => {
  const voice = { number: '+1', capabilities: ['voice'] };
  const suspended = { number: '+2', state: 'suspended' };
  const { table, cursors } = tableOf([[voice, suspended], [{ number: '+3' }], [{ number: '+4' }]]);
  expect(await findSmsSender(table, organization)).toBe('+3');
  expect(cursors).toEqual([undefined, '1']);
});

test('without such a number it is the first sender id, and without that there is none', async () => {
  expect(await findSmsSender(tableOf([[]]).table, organization)).toBe('Acme');
  expect(await findSmsSender(tableOf([[]]).table, organizationOf(1001))).toBeUndefined();
});

test('no more than 1,000 numbers are read', async () => {
  const { table, cursors } = tableOf(Array.from({ length: 50 }, () => []));
  await findSmsSender(table, organization);
  expect(cursors).toHaveLength(10);
});
