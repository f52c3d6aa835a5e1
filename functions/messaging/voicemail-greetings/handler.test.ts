import { beforeAll, expect, test } from 'vitest';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { outcome, texts, uniqueName, type Ask } from '#test/system/tenant.fixture.ts';
import { users } from '../../accounts/users/contract.ts';
import { usersHandler } from '../../accounts/users/handler.ts';
import { files } from '../../platform/files/contract.ts';
import { filesHandler } from '../../platform/files/handler.ts';
import { voicemailGreetings } from './contract.ts';
import { voicemailGreetingsHandler } from './handler.ts';

const functions = functionsOf(
  [voicemailGreetings, voicemailGreetingsHandler],
  [users, usersHandler],
  [files, filesHandler],
);
let tenant: TestTenant;
let other: TestTenant;
beforeAll(async () => {
  [tenant, other] = [await functions.newTenant(), await functions.newTenant()];
});

let extensions = 300;

/** A mailbox, and requests of its owner. */
async function newOwner() {
  const mailbox = String((extensions += 1));
  const person = { username: uniqueName('agent'), roles: ['agent'], extension: mailbox };
  const token = await functions.signIn(tenant, texts(await tenant.ask('PUT', '/users', person))['id'] ?? '');
  const ask: Ask = (method, path, body, extra) => tenant.ask(method, path, body, { token, ...extra });
  return { mailbox, ask, path: (use: string) => `/voicemailprefs/${mailbox}/greetings/${use}` };
}

test('no one puts or reads a greeting of others, and bad input is named', async () => {
  const [owner, stranger] = [await newOwner(), await newOwner()];
  const body = { content_type: 'audio/wav', size: 1_000 };
  const path = owner.path('unavailable');
  expect([
    outcome(await stranger.ask('PUT', path, body)),
    outcome(await stranger.ask('GET', path)),
    outcome(await other.ask('PUT', path, body)),
    outcome(await other.ask('GET', path)),
    outcome(await owner.ask('PUT', '/voicemailprefs/nowhere/greetings/busy', body)),
    outcome(await owner.ask('PUT', owner.path('lunch'), body)),
    outcome(await owner.ask('PUT', path, { ...body, content_type: 'image/png' })),
    outcome(await owner.ask('PUT', path, { ...body, size: 25 * 1024 * 1024 })),
    outcome(await owner.ask('PUT', path, {})),
  ]).toEqual([
    ...Array.from({ length: 5 }, () => '404 NOT_FOUND'),
    '400 INVALID_ID',
    '422 VALIDATION_FAILED',
    '422 VALIDATION_FAILED',
    '400 MISSING_FIELD',
  ]);
});

test('a file of a user with the name of the one for uploads is not taken over', async () => {
  const owner = await newOwner();
  const body = { kind: 'greeting', content_type: 'audio/wav', size: 1_000 };
  const name = `mailbox ${owner.mailbox}, Busy`;
  expect(outcome(await tenant.ask('PUT', '/files/new', { ...body, name }))).toBe('201');
  const { kind: _kind, ...wanted } = body;
  expect(outcome(await owner.ask('PUT', owner.path('busy'), wanted))).toBe('409 NAME_TAKEN');
});
