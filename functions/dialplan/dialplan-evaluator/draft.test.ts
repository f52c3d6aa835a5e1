import { expect, test } from 'vitest';
import { Draft, groupsNamedIn, namesTakenIn, policiesNamedIn } from './draft.ts';

const policy = (id: string) => ({ id });
const brokenAt = (draft: object): string[] =>
  Draft.safeParse(draft).error?.issues.map((issue) => issue.path.join('.')) ?? [];

test('an empty draft changes nothing', () => {
  expect(Draft.parse({})).toEqual({ policies: [], delete: [] });
});

test('a draft has at most 1,000 policies and 1,000 deletions', () => {
  const ids = (count: number) => Array.from({ length: count }, (_id, at) => `pol_${at}`);
  expect(brokenAt({ policies: ids(1_000).map(policy), delete: ids(1_000) })).toEqual([]);
  expect(brokenAt({ policies: ids(1_001).map(policy), delete: ids(1_001) })).toEqual(['policies', 'delete']);
});

test('a draft names the policies that it updates, deletes and lists, each once', () => {
  const draft = Draft.parse({
    policies: [{ id: 'pol_1' }, { name: 'New' }],
    delete: ['pol_2'],
    template: { name: 'T', policies: ['pol_1', 'pol_3'] },
  });
  expect(policiesNamedIn(draft)).toEqual(['pol_1', 'pol_2', 'pol_3']);
});

test('names and groups of a draft are those of its policies', () => {
  const draft = Draft.parse({
    policies: [
      { name: 'Sales', conditions: { user_groups: ['a', 'b'] } },
      { id: 'pol_1', conditions: { user_groups: ['b'] } },
    ],
  });
  expect([namesTakenIn(draft), groupsNamedIn(draft)]).toEqual([['sales'], ['a', 'b']]);
});
