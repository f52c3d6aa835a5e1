import { expect, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { callDialogRow } from '../../../shared/dynamodb/rows/dialog.ts';
import { remove } from '../../../shared/dynamodb/write.ts';
import { newRecord, withNewLeg } from './call-record.ts';
import { CallWriter } from './call-writer.ts';
import { callFacts, phoneParty } from './calls.fixture.ts';

const at = new Date('2026-11-22T10:00:00.000Z');

type Writes = Parameters<CallWriter['record']>[0];

test('an event that comes while the call is being written is written after it', async () => {
  const commits: { readonly writes: Writes; readonly done: () => void }[] = [];
  const writer = new CallWriter(
    {
      commit: ({ writes }) => new Promise((resolve) => void commits.push({ writes, done: resolve })),
      eventOf: () => [],
      onLost: () => undefined,
      fault: (error) => {
        throw error;
      },
    },
    newRecord(callFacts(), at),
  );
  const created = writer.create({});
  commits[0]?.done();
  await created;
  writer.change((call) => withNewLeg(call, 'destination', phoneParty('203'), at));
  const event = remove<'dialog', { readonly call_id: string; readonly leg: string }>(callDialogRow, {
    call_id: 'any',
    leg: 'source',
  });
  writer.record([event]);
  commits[1]?.done();
  await eventually(() => commits.length === 3);
  expect([commits[1]?.writes.includes(event), commits[2]?.writes.includes(event)]).toEqual([false, true]);
  commits[2]?.done();
  await writer.settled();
});
