import { expect, test } from 'vitest';
import { TemplateFields } from '../schema/dialplan-template.ts';
import {
  auditedTemplate,
  presentTemplate,
  prepareTemplateCreation,
  prepareTemplateReplacement,
} from './template-save.ts';

const author = { id: 'usr_1', username: 'admin', at: '2026-03-02T12:00:00.000Z', entryId: 'hist_1' };
const rule = { priority: 1, pattern: '^9([0-9]+)$', action: 'bridge', destination: 'sofia/gateway/pstn/$1' };
const fields = (over: object = {}) => TemplateFields.parse({ name: 'Office', rules: [rule], ...over });
const { template } = prepareTemplateCreation(fields(), 'tpl_1', [], author);

test('a creation puts the rules into the plan, and is archived without changes', () => {
  const { edit, entry } = prepareTemplateCreation(fields({ variables: { domain: 'a.example' } }), 'tpl_1', [], author);
  expect(edit).toEqual({
    kind: 'template-put',
    template: { rules: [rule], variables: { domain: 'a.example' }, gateway_ids: {} },
  });
  expect(entry).toMatchObject({
    type: 'template',
    entity_id: 'tpl_1',
    version: 1,
    action: 'create',
    changes: null,
    snapshot: { name: 'Office', rules: [rule] },
  });
});

test('a replacement archives its changes under the next version', () => {
  const { template: next, entry } = prepareTemplateReplacement(template, fields({ name: 'Shop' }), [], author);
  expect(next).toMatchObject({ id: 'tpl_1', version: 2, name: 'Shop' });
  expect(entry).toMatchObject({ version: 2, action: 'update', changes: { name: { old: 'Office', new: 'Shop' } } });
});

test('all faulty rules are reported, with the code of a faulty pattern if there is one', () => {
  const broken = {
    rules: [
      { ...rule, destination: 'user/$2' },
      { ...rule, pattern: '^[' },
    ],
  };
  expect(() => prepareTemplateCreation(fields(broken), 'tpl_1', [], author)).toThrow(
    expect.objectContaining({
      code: 'INVALID_PATTERN',
      details: [
        { path: 'rules[0].destination', message: '$2 is not captured by the pattern' },
        expect.objectContaining({ path: 'rules[1].pattern' }),
      ],
    }),
  );
  expect(() =>
    prepareTemplateReplacement(template, fields({ rules: [{ ...rule, destination: 'user/$2' }] }), [], author),
  ).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED' }));
});

test('a template whose patterns exceed the load is rejected, with the first rule beyond it', () => {
  const nested = { ...rule, pattern: '(?:(?:[0-5]?[1-6]?[0-9]?[1-8]?[1-7]?){30}){30}([#*])' };
  expect(() => prepareTemplateCreation(fields({ rules: [nested, nested] }), 'tpl_1', [], author)).not.toThrow();
  expect(() => prepareTemplateCreation(fields({ rules: [nested, rule, nested, nested] }), 'tpl_1', [], author)).toThrow(
    expect.objectContaining({
      code: 'INVALID_PATTERN',
      details: [expect.objectContaining({ path: 'rules[3].pattern' })],
    }),
  );
});

test('a template has at most 120,000 bytes, whatever its characters', () => {
  const rules = (destination: string) => ({ rules: Array.from({ length: 200 }, () => ({ ...rule, destination })) });
  expect(() => prepareTemplateCreation(fields(rules('x'.repeat(500))), 'tpl_1', [], author)).not.toThrow();
  expect(() => prepareTemplateCreation(fields(rules('ü'.repeat(500))), 'tpl_1', [], author)).toThrow(
    expect.objectContaining({ code: 'LIMIT_EXCEEDED' }),
  );
});

test('a template is answered with its version as text, and recorded in events without its rules', () => {
  expect(presentTemplate(template)).toMatchObject({ id: 'tpl_1', version: '1.0', rules: [rule] });
  expect(auditedTemplate(template)).toEqual({
    id: 'tpl_1',
    name: 'Office',
    rules: '1 rules',
    variables: {},
    policies: [],
  });
});
