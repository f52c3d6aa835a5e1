import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { countsOf, heardStates } from './mailbox.ts';
import { countChange, countedAs, newMessageDetails, type Voicemail } from './voicemail.ts';

const pending: Voicemail = {
  ...{ id: 'vm_1', mailbox: '204', audio: 'vm_1', status: 'pending', caller_number: null, caller_name: null },
  ...{ duration_seconds: 12, content_type: 'audio/wav', size: 1_000, urgent: false, call_id: null },
  ...{ forwarded_from: null, comment: null, received_at: '', read_at: null, created_at: '', version: 1 },
};

test('counts follow every sequence of states', () => {
  const state = fc.option(
    fc.record({ status: fc.constantFrom('pending' as const, ...heardStates), urgent: fc.boolean() }),
    { nil: undefined },
  );
  fc.assert(
    fc.property(fc.array(state), (states) => {
      const messages = states.map((each) => (each === undefined ? undefined : { ...pending, ...each }));
      const total: Record<string, number> = {};
      messages.forEach((after, at) => {
        for (const [name, value] of Object.entries(countChange(messages[at - 1], after)))
          total[name] = (total[name] ?? 0) + value;
      });
      const last = messages.at(-1);
      const expected = last === undefined ? countsOf() : countsOf(countedAs(last));
      expect([countsOf(total), total['held'] ?? 0]).toEqual([expected, last === undefined ? 0 : 1]);
    }),
  );
});

test('the event of a new message names its mailbox', () => {
  expect(newMessageDetails(pending)).toMatchObject({ entity: { id: 'vm_1' }, fields: { mailboxes: ['204'] } });
});
