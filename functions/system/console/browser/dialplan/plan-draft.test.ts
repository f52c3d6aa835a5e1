import { expect, test } from 'vitest';
import {
  draftText,
  effectOf,
  nextSave,
  readDraft,
  withNewPolicy,
  withoutDraftPolicy,
  withoutPolicy,
  withPolicy,
  withTemplate,
  type PlanDraft,
} from './plan-draft.ts';

const policy = {
  id: 'pol_1',
  name: 'Toll-free',
  status: 'active',
  priority: 5,
  conditions: {},
  actions: {},
  version: 7,
};

test('an empty text is no draft, and what cannot be one says why', () => {
  expect(readDraft(' \n')).toEqual({ draft: null, problem: null });
  expect(readDraft('{ "policies": ').problem).toMatch(/^This is not JSON: /);
  expect(readDraft('[]').problem).toBe('A draft is one JSON object.');
  expect(readDraft('{"delete": "pol_1"}').problem).toBe('delete is a list: [ … ]');
  expect(readDraft(draftText({ delete: ['pol_1'] }))).toEqual({ draft: { delete: ['pol_1'] }, problem: null });
});

test('a policy is added once, as it is saved, without what cannot be changed', () => {
  const draft = withPolicy({}, policy);
  expect(draft).toEqual({
    policies: [{ id: 'pol_1', name: 'Toll-free', status: 'active', priority: 5, conditions: {}, actions: {} }],
  });
  expect(withPolicy(draft, policy)).toBe(draft);
  expect(withNewPolicy(draft).policies?.[1]).toMatchObject({ name: 'New policy 2', actions: { allow: false } });
});

test('a policy is taken out of the draft by its place', () => {
  const draft = { policies: [{ name: 'One' }, { name: 'Two' }], delete: ['pol_2'] };
  expect(withoutDraftPolicy(draft, 0)).toEqual({ policies: [{ name: 'Two' }], delete: ['pol_2'] });
});

test('a policy that is deleted is no longer changed, and is deleted once', () => {
  const draft = withoutPolicy(withPolicy({}, policy), 'pol_1');
  expect(draft).toEqual({ policies: [], delete: ['pol_1'] });
  expect(withoutPolicy(draft, 'pol_1')).toEqual(draft);
});

test('the template is that which is saved, or an empty one', () => {
  expect(withTemplate({}, { name: 'Office', rules: [], variables: {}, policies: [], version: 3 })).toEqual({
    template: { name: 'Office', rules: [], variables: {}, policies: [] },
  });
  expect(withTemplate({}, null).template).toMatchObject({ name: 'Template' });
  expect(withTemplate({ template: null }, null)).toEqual({ template: null });
});

test('a draft is saved request by request, deletions last', () => {
  let left: PlanDraft = {
    ...{ delete: ['pol_2', 'pol_3'], template: { name: 'Office' } },
    policies: [{ name: 'New' }, { id: 'pol_1', priority: 1 }],
  };
  expect(effectOf(left)).toBe(
    '1 policy is changed, 1 policy is made, 2 policies are deleted, the template is replaced',
  );
  const saved: string[] = [];
  for (let save = nextSave(left); save !== null; save = nextSave(left)) {
    const { method, path, query = {} } = save.request;
    saved.push(`${method} ${path}${query['id'] === undefined ? '' : ` ${String(query['id'])}`}`);
    left = save.rest;
  }
  expect(saved).toEqual([
    'PUT /dialplan/policy',
    'POST /dialplan/policy',
    'PUT /dialplan/template',
    'DELETE /dialplan/policy pol_2',
    'DELETE /dialplan/policy pol_3',
  ]);
  expect(effectOf(left)).toBe('');
});
