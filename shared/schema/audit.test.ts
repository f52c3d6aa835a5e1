import { expect, test } from 'vitest';
import { auditOf, describeByName, type ChangeVerb } from './audit.ts';

const verbs: readonly ChangeVerb[] = ['created', 'updated', 'deleted'];
const standard = { name: 'Standard', secret: 's' };

test('events begin with the type of the item', () => {
  const { type, created, updated, deleted } = auditOf('tariff', { noun: 'Tariff', describe: () => '' });
  expect([type, created, updated, deleted]).toEqual(['tariff', 'tariff.created', 'tariff.updated', 'tariff.deleted']);
});

test('a description names the item, and may have another word for an update', () => {
  expect(verbs.map((verb) => describeByName('Tariff', 'replaced')(standard, verb))).toEqual([
    'Tariff Standard created',
    'Tariff Standard replaced',
    'Tariff Standard deleted',
  ]);
});

test('an answer says what happened', () => {
  const { messageOf } = auditOf('tariff', { noun: 'Tariff', describe: () => '' });
  expect(verbs.map(messageOf)).toEqual([
    'Tariff created successfully',
    'Tariff updated successfully',
    'Tariff deleted successfully',
  ]);
});

test('events show the whole item, or what the audit leaves of it', () => {
  const describe = describeByName('Tariff');
  expect(auditOf('tariff', { noun: 'Tariff', describe }).logged(standard)).toEqual(standard);
  const logged = ({ name }: typeof standard) => ({ name });
  expect(auditOf('tariff', { noun: 'Tariff', describe, logged }).logged(standard)).toEqual({ name: 'Standard' });
});
