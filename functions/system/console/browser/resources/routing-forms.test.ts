import { expect, test } from 'vitest';
import { ringGroupForm } from './routing-forms.ts';

test('a member of a ring group is a person, a phone, a group or a number: the others go with the first', () => {
  const members = ringGroupForm.groups
    .flatMap(({ fields }) => fields)
    .find((each) => typeof each !== 'string' && each.name === 'members');
  if (typeof members !== 'object') throw new Error('There are members');
  const names = ['user', 'device', 'ring_group', 'number', 'priority', 'delay_seconds'];
  const shownOf = (row: object) => names.filter((name) => members.isShown?.(name, { ...row }));
  expect(shownOf({ user: '', priority: 1 })).toEqual(names);
  expect(shownOf({ number: '+4930123456' })).toEqual(['number', 'priority', 'delay_seconds']);
});
