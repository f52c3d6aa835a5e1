import { expect, test } from 'vitest';
import { newTemplate, TemplateFields } from '../schema/dialplan-template.ts';
import { PolicyFields, PolicyUpdate } from '../schema/policy.ts';
import { prepareUpdate, prepareCreation, prepareDeletion, presentPolicy } from './policy-save.ts';

const author = { id: 'usr_1', username: 'admin', at: '2026-03-02T12:00:00.000Z', entryId: 'hist_1' };
const fields = (over: object = {}) =>
  PolicyFields.parse({
    name: 'A policy',
    status: 'active',
    conditions: { pattern: '^9' },
    actions: { allow: true },
    ...over,
  });
const create = (over: object = {}, country = 'US') =>
  prepareCreation(fields(over), 'pol_1', { country, groups: [], gateways: [] }, author);
const update = (changes: object, over: object = {}) =>
  prepareUpdate(create(over).policy, PolicyUpdate.parse(changes), { country: 'US', groups: [], gateways: [] }, author);
const rejection = (code: string, path: string): unknown =>
  expect.objectContaining({ code, details: [expect.objectContaining({ path })] });

test('a creation makes version 1, puts it into the plan, and is archived without changes', () => {
  const { policy, edit, entry, warnings } = create();
  expect(policy).toMatchObject({ id: 'pol_1', version: 1, metadata: { created_by: 'usr_1' } });
  expect(edit).toEqual({
    kind: 'policy-put',
    policy: expect.objectContaining({ id: 'pol_1', version: 1, status: 'active' }),
  });
  expect(entry).toMatchObject({
    type: 'policy',
    entity_id: 'pol_1',
    entity_name: 'A policy',
    version: 1,
    action: 'create',
    changes: null,
    snapshot: fields(),
  });
  expect(warnings).toEqual([]);
});

test('an update makes the next version, and archives its changes', () => {
  const { policy, edit, entry } = update({ priority: 5, status: 'inactive' });
  expect(policy).toMatchObject({ version: 2, priority: 5 });
  expect(edit).toMatchObject({ kind: 'policy-put', policy: { version: 2, status: 'inactive' } });
  expect(entry).toMatchObject({
    version: 2,
    action: 'update',
    changes: { priority: { old: 1000, new: 5 }, status: { old: 'active', new: 'inactive' } },
    snapshot: fields({ priority: 5, status: 'inactive' }),
  });
});

test('a deletion is a version in the archive, with the state before it', () => {
  const { edit, entry, template } = prepareDeletion(
    create().policy,
    { template: undefined, force: false, templateEntryId: 'hist_2' },
    author,
  );
  expect(edit).toEqual({ kind: 'policy-deleted', id: 'pol_1' });
  expect(entry).toMatchObject({ version: 2, action: 'delete', snapshot: fields() });
  expect(template).toBeNull();
});

test('a policy that the template lists is deleted with force only, which changes the template', () => {
  const { policy } = create();
  const template = newTemplate(
    TemplateFields.parse({ name: 'Office', policies: ['pol_0', 'pol_1'] }),
    'tpl_1',
    author.at,
  );
  const remove = (force: boolean) => prepareDeletion(policy, { template, force, templateEntryId: 'hist_2' }, author);
  expect(() => remove(false)).toThrow(
    expect.objectContaining({ code: 'POLICY_IN_USE', message: "Policy is referenced by template 'Office'" }),
  );
  expect(remove(true).template).toMatchObject({
    template: { id: 'tpl_1', version: 2, policies: ['pol_0'] },
    entry: {
      id: 'hist_2',
      type: 'template',
      version: 2,
      action: 'update',
      changes: { policies: { old: ['pol_0', 'pol_1'], new: ['pol_0'] } },
    },
  });
});

test('a faulty pattern is rejected with the position of the fault', () => {
  expect(() => create({ conditions: { pattern: '^0(1' } })).toThrow(rejection('INVALID_PATTERN', 'conditions.pattern'));
  expect(() => update({ conditions: { pattern: '(?<=1)' } })).toThrow('at position 0');
});

test('the addresses to notify are stored, shown, put into the plan and archived, until an update removes them', () => {
  const notify = ['ann@example.com', 'bob@example.com'];
  const { policy, edit, entry } = create({ actions: { allow: true, notify: ['Ann@Example.com', 'bob@example.com'] } });
  expect([policy, presentPolicy(policy), edit.kind === 'policy-put' && edit.policy, entry.snapshot]).toEqual(
    Array(4).fill(expect.objectContaining({ actions: { allow: true, notify } })),
  );
  expect(update({ actions: { notify: null } }, { actions: { allow: true, notify } })).toMatchObject({
    policy: { actions: { allow: true } },
    entry: { changes: { 'actions.notify': { old: notify, new: null } } },
  });
});

test('a property that every object inherits is not a group', () => {
  const { policy, warnings } = create({ conditions: { pattern: '^1', user_groups: ['constructor'] } });
  expect([policy.group_ids, warnings.some((warning) => warning.includes('constructor is not a group'))]).toEqual([
    {},
    true,
  ]);
});

test('an unknown id is rejected, an unknown name is saved with a warning', () => {
  expect(() => create({ actions: { allow: true, gateway: 'pstn', failover_gateways: ['gw_1'] } })).toThrow(
    rejection('UNKNOWN_GATEWAY', 'actions.failover_gateways'),
  );
  expect(() => create({ conditions: { pattern: '1', user_groups: ['GRP_1'] } })).toThrow(
    rejection('VALIDATION_FAILED', 'conditions.user_groups[0]'),
  );
  expect(
    create({
      conditions: { pattern: '1', user_groups: ['sales'] },
      actions: { allow: true, gateway: 'pstn', failover_gateways: ['backup'] },
    }).warnings,
  ).toEqual([
    'user_groups: sales is not a group of the organization; it matches callers whose groups include the name',
    'gateway pstn is not managed by the platform; its name is passed to the switch unchanged',
    'gateway backup is not managed by the platform; its name is passed to the switch unchanged',
  ]);
});

test('an active policy that denies an emergency number of the country is saved with a warning', () => {
  expect(create({ conditions: { pattern: '^1?11[02]$' }, actions: { allow: false } }, 'DE').warnings).toEqual(
    ['112', '110'].map((number) => `calls to the emergency number ${number} are denied by this policy`),
  );
});

test('resolved ids are not shown', () => {
  expect(presentPolicy(create().policy)).not.toHaveProperty('group_ids');
});
