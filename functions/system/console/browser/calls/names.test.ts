import { expect, test } from 'vitest';
import { partiesOf, peopleOf, personText } from './names.ts';

const ann = { id: 'usr_1', name: 'Ann Smith', extension: '201', numbers: ['+4930201'], isUser: true };
const people = peopleOf([ann, { id: 'ctc_1', name: 'Acme', extension: '', numbers: ['+442079460000'], isUser: false }]);
const call = { caller: '201', callee: '+442079460000', direction: 'outbound', user_id: null } as const;

test('parties are known by extension and by each of their numbers', () => {
  expect(partiesOf(call, people)).toEqual({ from: 'Ann Smith (201)', to: 'Acme' });
  expect(partiesOf({ ...call, caller: '+4930201', callee: '999' }, people)).toEqual({
    from: 'Ann Smith (201)',
    to: '999',
  });
});

test('whose call it is called, or was called from outside', () => {
  const owned = { ...call, caller: 'phone7', user_id: 'usr_1' };
  expect(partiesOf(owned, people).from).toBe('Ann Smith (201)');
  expect(partiesOf({ ...owned, direction: 'inbound', callee: '+4930999' }, people)).toEqual({
    from: 'phone7',
    to: 'Ann Smith (201)',
  });
});

test('a withheld number is no name, and a person without an extension is called by the name alone', () => {
  expect(partiesOf({ ...call, caller: 'anonymous' }, people).from).toBe('Withheld number');
  expect(personText({ name: 'Ann', extension: '' })).toBe('Ann');
});
