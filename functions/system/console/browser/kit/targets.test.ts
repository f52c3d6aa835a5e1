import { expect, test } from 'vitest';
import { routeTypes } from '#functions/telephony/numbers/number.ts';
import { resources } from '../resources/resources.ts';
import {
  choiceOf,
  distinct,
  isFree,
  isId,
  kindOfField,
  kindOfListField,
  labelOfKind,
  lists,
  placesOf,
} from './targets.ts';

test.each(routeTypes)('a target of the type %s has a list of names', (type) => {
  expect(placesOf(type)[0]?.path).toMatch(/^\//);
  expect(labelOfKind(type)).not.toBe(type);
});

test('what is not known here has neither a list nor a name', () => {
  expect([placesOf('queue'), labelOfKind('queue'), kindOfField('address')]).toEqual([[], 'queue', undefined]);
});

test('a user is chosen by the name, and by the extension for its mailbox', () => {
  const user = { id: 'usr_1', username: 'ada', display_name: 'Ada Becker', extension: '204' };
  expect(choiceOf({ namedBy: 'id' }, user)).toEqual({ value: 'usr_1', label: 'Ada Becker (204)' });
  expect(choiceOf({ namedBy: 'extension' }, user)).toEqual({ value: '204', label: 'Ada Becker (204)' });
  expect(choiceOf({ namedBy: 'extension' }, { ...user, extension: null })).toBeUndefined();
});

test('what has no name is chosen by its id', () => {
  expect(choiceOf({ namedBy: 'id' }, { id: 'dev_1', name: null })).toEqual({ value: 'dev_1', label: 'dev_1' });
  expect(choiceOf({ namedBy: 'id' }, null)).toBeUndefined();
});

test('mailboxes are those of users by the name of the user, and all others', () => {
  expect(placesOf('voicemail').map(({ path }) => path)).toEqual(['/users', '/voicemailprefs']);
  expect([isFree(placesOf('voicemail')), isFree(placesOf('user'))]).toEqual([true, false]);
  const ada = { id: 'usr_1', display_name: 'Ada', extension: '204' };
  const rows = [choiceOf({ namedBy: 'extension' }, ada), choiceOf({ namedBy: 'mailbox' }, { mailbox: '204' })];
  const sales = choiceOf({ namedBy: 'mailbox' }, { mailbox: 'sales', user_id: null });
  expect(distinct([...rows, sales].flatMap((each) => each ?? []))).toEqual([
    { value: '204', label: 'Ada (204)' },
    { value: 'sales', label: 'sales' },
  ]);
});

test('a field of several ids names what one of a single id does', () => {
  expect([kindOfListField('user_ids'), kindOfListField('entity_ids'), kindOfListField('groups')]).toEqual([
    ...['user', undefined, undefined],
  ]);
});

test.each(Object.entries(lists))('the names of %s are where its pages are', (name, [path, scope]) => {
  expect(resources.find(({ key }) => key === name)).toMatchObject({ path, scope });
});

test('the name of a gateway is no id', () => {
  expect(['gw_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A', 'premium', 'tollfree_gateway', '', '*'].map(isId)).toEqual([
    ...[true, false, false, false, false],
  ]);
});
