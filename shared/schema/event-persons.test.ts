import { describe, expect, test } from 'vitest';
import { toUnsealedEntry, type AuditedEvent } from './event-chain.ts';
import { foldExternalParty, isExternalParty, ownersOf, personsIn } from './event-persons.ts';

const event = (more: Partial<AuditedEvent> = {}): AuditedEvent => ({
  id: 'evt_1',
  org_id: 1001,
  type: 'trunk.created',
  at: '2026-11-20T10:00:00.000Z',
  entity: { type: 'trunk', id: 'trunk_1' },
  severity: 'info',
  description: 'SIP trunk Carrier created',
  actor: { id: 'usr_ann', type: 'user', name: 'ann', credential: 'ses_1' },
  ip: '192.0.2.1',
  user_agent: 'curl',
  request_id: 'req',
  changes: null,
  data: {},
  ...more,
});
const owners = (more: Partial<AuditedEvent> = {}) => ownersOf(event(more), toUnsealedEntry(event(more)));
const system = { id: 'system', type: 'system', name: 'system', credential: null } as const;

test('name, address and program of a request are those of its actor; the text about a trunk is of no person', () => {
  expect(owners()).toEqual({
    'actor.name': ['usr_ann'],
    'actor.email': ['usr_ann'],
    'resource.id': [],
    'resource.name': [],
    description: [],
    metadata: [],
    ip_address: ['usr_ann'],
    user_agent: ['usr_ann'],
  });
});

test.each([
  ['user', 'usr_bob'],
  ['directory', 'dir_bob'],
])('text and metadata about a %s are of that person', (type, id) => {
  expect(owners({ entity: { type, id } })).toMatchObject({
    ...{ 'resource.id': [], 'resource.name': [id], description: [id], metadata: [id] },
    ip_address: ['usr_ann'],
  });
});

test('persons whom the recorder names own text and metadata, too', () => {
  expect(owners({ entity: { type: 'device', id: 'dev_1' }, persons: ['usr_bob', '+14155550100'] })).toMatchObject({
    description: ['usr_bob', '+14155550100'],
    metadata: ['usr_bob', '+14155550100'],
  });
});

test('forty persons of an event are counted', () => {
  const persons = Array.from({ length: 60 }, (_item, at) => `usr_${at}`);
  expect(owners({ persons }).description).toEqual(persons.slice(0, 40));
});

test.each([
  ['sms_optout', '+14155550100', '+14155550100'],
  ['email', 'Bob@Example.com', 'bob@example.com'],
])('an external party who is a %s owns the id of the resource as well', (type, id, person) => {
  expect(owners({ entity: { type, id } })).toMatchObject({ 'resource.id': [person], description: [person] });
});

test('the origin of a request without a caller is that of the person whom it is about', () => {
  const about = { actor: system, entity: { type: 'user', id: 'usr_bob' } };
  expect(owners(about)).toMatchObject({ 'actor.name': [], ip_address: ['usr_bob'], user_agent: ['usr_bob'] });
  expect(personsIn(owners({ actor: system }))).toEqual([]);
});

describe('a description that quotes its actor', () => {
  test.each(['Carrier of ann created', 'ANN: done', '(ann)'])('is of the actor: %s', (description) => {
    expect(owners({ description })).toMatchObject({ description: ['usr_ann'], metadata: [] });
  });
  test.each(['Annual trunk', 'banned', 'ann2'])('is not if a word only contains the name: %s', (description) => {
    expect(owners({ description })).toMatchObject({ description: [] });
  });
  test('so are metadata', () => {
    expect(owners({ data: { by: ['ann'] } })).toMatchObject({ description: [], metadata: ['usr_ann'] });
  });
});

describe('an entry that a client files', () => {
  const filed = (more: object = {}, said: Partial<AuditedEvent> = {}) =>
    owners({
      ...said,
      filed: {
        as: 'entry',
        actor: { id: 'usr_bob', type: 'user', name: 'bob', email: 'bob@example.com' },
        resource: null,
        ip_address: '192.0.2.1',
        ...more,
      },
    });

  test('has the address of its caller, unless it names another', () => {
    expect(filed()).toMatchObject({ 'actor.name': ['usr_bob'], ip_address: ['usr_ann'], user_agent: ['usr_ann'] });
    expect(filed({ ip_address: '198.51.100.7' })).toMatchObject({ ip_address: ['usr_bob'] });
  });

  test('is about the addresses and numbers in its text', () => {
    const said = filed({}, { description: 'Mail from Eve@Example.com', data: { phone: '+14155550100', fax: '+12' } });
    const both = ['eve@example.com', '+14155550100'];
    expect(said).toMatchObject({ description: both, metadata: both });
  });

  test('is about five persons of its text at most', () => {
    const many = Array.from({ length: 60 }, (_item, at) => `u${at >> 1}@example.com`).join(' ');
    expect(filed({}, { description: many }).description).toEqual([0, 1, 2, 3, 4].map((at) => `u${at}@example.com`));
  });
});

test.each(['ann@example.com', 'a/b@example.com', '+14155550100'])('%s is an external party', (text) =>
  expect(isExternalParty(text)).toBe(true),
);
test('an external party has one key for all forms of its address', () => {
  expect(foldExternalParty('Eve@Bücher.example')).toBe('eve@xn--bcher-kva.example');
  expect(foldExternalParty('eve@xn--bcher-kva.example')).toBe('eve@xn--bcher-kva.example');
});
test.each(['usr_1', 'ann', 'a@b@c', '+1', '14155550100', '+1415555010a', 'north 1', '', 'x a@b'])(
  '"%s" is no external party',
  (text) => expect(isExternalParty(text)).toBe(false),
);
