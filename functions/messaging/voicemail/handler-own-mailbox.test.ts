import { beforeAll, beforeEach, expect, test } from 'vitest';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { tenantsIn } from '#test/support/people.fixture.ts';
import { call, outcome, type Call } from '#test/support/requests.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { mailboxRow } from '#dynamodb/rows/mailbox.ts';
import { userExtensionRow } from '#dynamodb/rows/user.ts';
import { overwrite } from '#dynamodb/write.ts';
import type { ApiHandler } from '#http/serve.ts';
import type { Voicemail } from '#schema/voicemail.ts';
import { audioRow, voicemailRow } from '../rows/voicemail.ts';
import { voicemailHandler } from './handler.ts';

const organization = 7_960;
const at = '2026-11-20T10:00:00.000Z';
const messageIn = (mailbox: string): Voicemail => ({
  ...{ id: `vm_${mailbox}`, mailbox, audio: `vm_${mailbox}`, status: 'new', caller_number: null, caller_name: null },
  ...{ duration_seconds: 12, content_type: 'audio/wav', size: 1_000, urgent: false, call_id: null },
  ...{ forwarded_from: null, comment: null, received_at: at, read_at: null, created_at: at, version: 1 },
});

const running = testStore();
let api: ApiHandler;
let token: string;
beforeAll(async () => {
  api = voicemailHandler(testDependencies(running.store, { environment: {} }));
  token = await (
    await tenantsIn(running.store)
  ).join(organization, {
    user: { id: 'usr_204', roles: ['agent'] },
    session: { own_only: ['messaging:read', 'messaging:write'] },
  });
});
beforeEach(() =>
  commit(running.store, organization, [
    ...['204', '205'].flatMap((mailbox) => [
      overwrite(userExtensionRow, { extension: mailbox, owner: `usr_${mailbox}` }),
      overwrite(voicemailRow, messageIn(mailbox)),
      overwrite(audioRow, { id: `vm_${mailbox}`, messages: 1 }),
      overwrite(mailboxRow, { mailbox, held: 1, new: 1 }),
    ]),
  ]),
);

const ask = async (route: string, of: Call) => outcome(await call(api, route, { token, ...of }));

test.each([
  ['lists the messages', 'GET /voicemail', (mailbox: string) => ({ query: { mailbox } })],
  [
    'marks a message',
    'POST /voicemail/{id}',
    (mailbox: string) => ({ params: { id: `vm_${mailbox}` }, json: { action: 'read' } }),
  ],
  ['deletes a message', 'DELETE /voicemail/{id}', (mailbox: string) => ({ params: { id: `vm_${mailbox}` } })],
])('a user that is limited to own records %s of its own mailbox, and of no other', async (_does, route, of) => {
  expect([await ask(route, of('204')), await ask(route, of('205'))]).toEqual(['200', '404 NOT_FOUND']);
});

test('a user that is limited to own records gets no link to the audio of another mailbox', async () => {
  expect(await ask('GET /voicemail/{id}', { params: { id: 'vm_205' } })).toBe('404 NOT_FOUND');
});
