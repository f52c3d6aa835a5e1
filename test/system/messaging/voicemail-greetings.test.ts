import { beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { wavTone } from '#test/support/wav.fixture.ts';
import {
  newAdministeredTenant,
  outcome,
  texts,
  type AdministeredTenant,
  type Ask,
  type Body,
} from '../tenant.fixture.ts';
import { newAgent, upload } from '../voicemail.fixture.ts';

/** Greetings that owners of mailboxes upload. */

let tenant: AdministeredTenant;
beforeAll(async () => {
  tenant = await newAdministeredTenant('greetings');
});

let extensions = 300;

/** A mailbox, and requests of its owner. */
async function newOwner() {
  const mailbox = String((extensions += 1));
  const { token } = await newAgent(tenant, { extension: mailbox });
  const ask: Ask = (method, path, body, extra) => tenant.ask(method, path, body, { token, ...extra });
  return { mailbox, ask, path: (use: string) => `/voicemailprefs/${mailbox}/greetings/${use}` };
}
type Owner = Awaited<ReturnType<typeof newOwner>>;

async function put({ ask, path }: Owner, use: string, audio: Buffer): Promise<string> {
  const made = await ask('PUT', path(use), { content_type: 'audio/wav', size: audio.length });
  expect(outcome(made)).toBe('201');
  await upload(made, audio);
  return texts(made)['file_id'] ?? '';
}

const greetingOf = async ({ ask, path }: Owner, use: string) =>
  ((await ask('GET', path(use))).body as { readonly data: Body & { readonly download: { readonly url: string } } })
    .data;

const preferencesOf = async ({ ask, mailbox }: Owner) => texts(await ask('GET', `/voicemailprefs/${mailbox}`));

test('a greeting that was uploaded is used, and replaced when the next one was accepted', async () => {
  const owner = await newOwner();
  expect(await greetingOf(owner, 'unavailable')).toMatchObject({ file_id: null, download: null, upload: null });
  const file = await put(owner, 'unavailable', wavTone(1_000, 2));
  await eventually(async () =>
    expect(await preferencesOf(owner)).toMatchObject({ greeting_type: 'custom', greeting_file_id: file }),
  );
  const audio = wavTone(700, 3);
  expect(await put(owner, 'unavailable', audio)).toBe(file);
  await eventually(async () =>
    expect(await greetingOf(owner, 'unavailable')).toMatchObject({ size: audio.length, duration_seconds: 3 }),
  );
  const { download } = await greetingOf(owner, 'unavailable');
  expect(Buffer.from(await (await fetch(download.url)).arrayBuffer())).toEqual(audio);
  // The person lists no files that it has not created; the administrator sees what is stored.
  expect(outcome(await owner.ask('GET', `/files/${file}`))).toBe('404 NOT_FOUND');
  expect(texts(await tenant.ask('GET', `/files/${file}`))).toMatchObject({ kind: 'greeting', state: 'ready' });
});

test('a name takes the place of a file that the mailbox had, which only then is deleted', async () => {
  const owner = await newOwner();
  const audio = wavTone(1_000, 1);
  const body = { name: `Name ${owner.mailbox}`, kind: 'greeting', content_type: 'audio/wav', size: audio.length };
  const made = await tenant.ask('PUT', '/files/new', body);
  await upload(made, audio);
  const { id = '' } = texts(made);
  await eventually(async () => expect(texts(await tenant.ask('GET', `/files/${id}`))['state']).toBe('ready'));
  expect(outcome(await tenant.ask('PUT', `/voicemailprefs/${owner.mailbox}`, { name_file_id: id }))).toBe('201');
  const file = await put(owner, 'name', wavTone(700, 1));
  await eventually(async () =>
    expect(await preferencesOf(owner)).toMatchObject({ greeting_type: 'default', name_file_id: file }),
  );
  // That of a user stays; it is not used any more.
  expect((await tenant.ask('GET', `/files/${id}`)).body).toMatchObject({ data: { references: [] } });
});

test.each([
  ['longer than a name', 'name', wavTone(1_000, 16), 'TOO_LONG'],
  ['no sound at all', 'unavailable', Buffer.alloc(1_000, 'RIFF----WAVE'), 'UNREADABLE_SOUND'],
  ['of another type than announced', 'busy', Buffer.alloc(1_000, 'ID3'), 'TYPE_MISMATCH'],
])('what is %s is rejected, and changes nothing', async (_case, use, audio, reason) => {
  const owner = await newOwner();
  await put(owner, use, audio);
  await eventually(async () =>
    expect(await greetingOf(owner, use)).toMatchObject({ file_id: null, upload: { state: 'rejected', reason } }),
  );
  expect(await preferencesOf(owner)).toMatchObject({ greeting_file_id: null, greeting_type: 'default' });
});
