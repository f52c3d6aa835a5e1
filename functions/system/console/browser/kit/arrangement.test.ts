import { expect, test } from 'vitest';
import { arrange, withoutUnchanged } from './arrangement.ts';
import type { FormField } from './form-fields.ts';

const common = { label: 'As it is', help: '', isRequired: false, isNullable: false, example: undefined };
const roles: FormField = { ...common, name: 'roles', kind: 'texts', choices: [] };
const model: FormField = { ...common, name: 'model', kind: 'text', maxLength: 64, isSecret: false };

test('a list of texts gets the choices of its page, and a text what is offered while it is typed', () => {
  const offers = [{ group: 'Snom', items: ['D785'] }];
  const { groups } = arrange([roles, model], {
    groups: [
      {
        fields: [
          { name: 'roles', choices: { agent: 'Employee' } },
          { name: 'model', offers },
        ],
      },
    ],
  });
  expect(groups[0]?.fields).toEqual([
    { ...roles, choices: ['agent'], labels: { agent: 'Employee' } },
    { ...model, offers },
  ]);
});

test('a field that has its value of elsewhere is sent only if it was changed', () => {
  const form = { groups: [], sentIfChanged: ['user', 'sources', 'proxy'] };
  const before = { name: 'a', user: 'caller', sources: ['to'], proxy: null };
  const body = { name: 'a', profile: 'other', user: 'caller', sources: ['to'] };
  expect(withoutUnchanged(body, before, form)).toEqual({ name: 'a', profile: 'other' });
  const changed = { name: 'a', user: 'username', sources: ['to', 'from'], proxy: 'b' };
  expect(withoutUnchanged(changed, before, form)).toEqual(changed);
  expect(withoutUnchanged(body, undefined, form)).toEqual(body);
});

test('no form shows the texts of the document, which are for programmers', () => {
  const inner: FormField = { ...model, help: 'A `model`' };
  const group: FormField = { ...common, name: 'of', help: 'An *object*', kind: 'group', fields: [inner] };
  const [shown] = arrange([group], undefined).groups;
  expect(shown?.fields).toEqual([{ ...group, help: '', fields: [{ ...inner, help: '' }] }]);
});
