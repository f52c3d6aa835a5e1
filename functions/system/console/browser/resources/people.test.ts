import { expect, test } from 'vitest';
import { withoutUnchanged } from '../kit/arrangement.ts';
import { people } from './people.ts';

test('a save of the access of a person sends state and level only if they were changed', () => {
  const parts = people.flatMap(({ parts: all = [] }) => all);
  const access = parts.find(({ route }) => route === 'GET /clientaccess/{entity}');
  const form = access?.kind === 'form' ? (access.form ?? { groups: [] }) : { groups: [] };
  const read = { status: 'active', accessLevel: 'standard', sessions: { maxSessions: 5 } };
  const sent = (body: object) => withoutUnchanged(body, read, form);
  expect(sent({ ...read, sessions: { maxSessions: 2 } })).toEqual({ sessions: { maxSessions: 2 } });
  expect(sent({ ...read, accessLevel: 'admin' })).toMatchObject({ accessLevel: 'admin' });
});
