import { expect, test } from 'vitest';
import { templateName } from '#schema/email-template.ts';
import {
  auditedTemplate,
  headOf,
  NewEmailTemplate,
  newTemplate,
  nextTemplate,
  platformTemplateFault,
  presentHead,
  presentTemplate,
} from './email-template.ts';
import { examples } from './examples.ts';
import { assertTemplate } from './render.ts';

const now = '2026-11-21T12:00:00.000Z';
const body = NewEmailTemplate.parse(examples.saveEmailTemplate);
const template = newTemplate(body, 'etpl_1', now);

test('the example is a valid template', () => {
  expect(() => assertTemplate(template)).not.toThrow();
});

test('sources keep their blanks and line ends, and the subject is trimmed', () => {
  const parsed = NewEmailTemplate.parse({ name: 'a', subject: ' b ', html: '\n <p>\r\n', text: ' c\t\n' });
  expect(parsed).toEqual({ name: 'a', subject: 'b', html: '\n <p>\r\n', text: ' c\t\n', variables: [] });
});

test('a replacement keeps the id and the time of creation, and no field that is absent', () => {
  const later = '2026-11-22T12:00:00.000Z';
  const after = nextTemplate(template, NewEmailTemplate.parse({ name: 'b', subject: 'c', html: 'd' }), later);
  expect(after).toEqual({
    id: 'etpl_1',
    name: 'b',
    version: 2,
    subject: 'c',
    html: 'd',
    text: null,
    description: null,
    from: null,
    from_name: null,
    variables: [],
    created_at: now,
    updated_at: later,
  });
});

test('lists and the audit log have no parts of a template', () => {
  for (const shown of [
    headOf(template),
    presentHead({ ...template, organization_id: 1001 }),
    auditedTemplate(template),
  ])
    expect(JSON.stringify(shown)).not.toContain('<p>');
});

test('a template of the platform belongs to no organization', () => {
  expect(presentTemplate({ ...template, organization_id: null })).toMatchObject({ organization_id: null });
  expect(presentTemplate({ ...template, organization_id: 1001 })).toMatchObject({ organization_id: 'org_1001' });
});

test('no id is a name', () => {
  expect(templateName.test('etpl_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A')).toBe(false);
  expect(platformTemplateFault('welcome_email').code).toBe('PLATFORM_TEMPLATE');
});
