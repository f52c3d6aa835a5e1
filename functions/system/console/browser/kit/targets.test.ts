import { expect, test } from 'vitest';
import { routeTypes } from '#functions/telephony/numbers/number.ts';
import { choiceOf, kindOfField, labelOfKind, placeOf } from './targets.ts';

test.each(routeTypes)('a target of the type %s has a list of names', (type) => {
  expect(placeOf(type)?.path).toMatch(/^\//);
  expect(labelOfKind(type)).not.toBe(type);
});

test('what is not known here has neither a list nor a name', () => {
  expect([placeOf('queue'), labelOfKind('queue'), kindOfField('address')]).toEqual([undefined, 'queue', undefined]);
});

test('a user is chosen by the name, and by the extension for its mailbox', () => {
  const user = { id: 'usr_1', username: 'ada', display_name: 'Ada Becker', extension: '204' };
  expect(choiceOf('user', user)).toEqual({ value: 'usr_1', label: 'Ada Becker (204)' });
  expect(choiceOf('voicemail', user)).toEqual({ value: '204', label: 'Ada Becker (204)' });
  expect(choiceOf('voicemail', { ...user, extension: null })).toBeUndefined();
});

test('what has no name is chosen by its id', () => {
  expect(choiceOf('device', { id: 'dev_1', name: null })).toEqual({ value: 'dev_1', label: 'dev_1' });
  expect(choiceOf('device', null)).toBeUndefined();
});
