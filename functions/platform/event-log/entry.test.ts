import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { actorIdOf, filedBy, filingFields } from './entry.ts';

const Filing = z.object(filingFields);
const filing = (fields: object = {}) => Filing.parse({ description: 'opened', ...fields });

describe('the fields of a new entry', () => {
  test('an integer actor is the user of that number', () => {
    expect(filing({ actor_id: 67890 }).actor_id).toBe('usr_67890');
    expect(filing({ actor_id: 'svc_reports' }).actor_id).toBe('svc_reports');
  });

  test.each([
    ['a description without characters', { description: '' }],
    ['a description of 1,001 characters', { description: 'x'.repeat(1_001) }],
    ['an actor of the wrong form', { actor_id: 'Ann' }],
    ['an address that is none', { ip_address: '1.2.3' }],
    ['a severity that does not exist', { severity: 'fatal' }],
    ['metadata of 9 levels', { metadata: JSON.parse('{"a":'.repeat(9) + '1' + '}'.repeat(9)) as object }],
  ])('%s is rejected', (_case, fields) => {
    expect(Filing.safeParse({ description: 'opened', ...fields }).success).toBe(false);
  });

  test('an address is stored in its canonical form', () => {
    expect(filing({ ip_address: '2001:0DB8:0:0::1' }).ip_address).toBe('2001:db8::1');
  });
});

describe('the actor', () => {
  const caller = { id: 'usr_1' };

  test('is the caller by default, and the system where the type says so', () => {
    expect(actorIdOf(filing(), caller)).toBe('usr_1');
    expect(actorIdOf(filing({ actor_type: 'system' }), caller)).toBe('system');
    expect(actorIdOf(filing({ actor_id: 'usr_2', actor_type: 'system' }), caller)).toBe('usr_2');
  });

  test.each([
    ['system', 'system'],
    ['svc_reports', 'api'],
    ['usr_1', 'user'],
  ])('%s is of type %s unless the entry says otherwise', (id, type) => {
    expect(filedBy(filing(), id, undefined).actor).toEqual({ id, type, name: null, email: null });
    expect(filedBy(filing({ actor_type: 'api' }), id, undefined).actor.type).toBe('api');
  });

  test('has the name and e-mail address of the user with its id', () => {
    const person = { id: 'usr_1', username: 'ann', email: 'ann@example.com' };
    expect(filedBy(filing(), 'usr_1', person).actor).toMatchObject({ name: 'ann', email: 'ann@example.com' });
  });
});

test('an entry without resource type and id is about no resource', () => {
  expect(filedBy(filing(), 'usr_1', undefined).resource).toBeNull();
  expect(filedBy(filing({ resource_id: 'd1' }), 'usr_1', undefined).resource).toEqual({
    type: null,
    id: 'd1',
    name: null,
  });
});
