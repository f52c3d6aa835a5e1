import { expect, test } from 'vitest';
import { NewCallFlow } from '#functions/telephony/call-flows/call-flow.ts';
import { bodyOf } from './browser/flows/flow-draft.ts';

test('the page of a call flow saves each field that a flow may have, and none that the server adds', () => {
  const fields = Object.keys(NewCallFlow.shape);
  const values = Object.fromEntries(fields.map((name) => [name, name]));
  const read = { ...values, name: 'Main', start: 'end', steps: { end: { type: 'hangup' } }, version: 1, warnings: [] };
  expect(Object.keys(bodyOf(read)).toSorted()).toEqual(fields.toSorted());
});
