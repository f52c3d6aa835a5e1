import { eventually } from '#test/support/eventually.ts';
import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { newMailbox } from '../voicemail-preferences/example-requests.fixture.ts';
import { examples } from './examples.ts';

/** The beginning of a WAV file, and silence. */
export const wavOf = (size: number): Buffer => {
  const bytes = Buffer.alloc(size);
  bytes.write('RIFF', 0, 'latin1');
  bytes.write('WAVEfmt ', 8, 'latin1');
  return bytes;
};

const size = 64;

/** Uploads audio by the link of an answer. */
async function upload(tenant: ExampleTenant, answer: unknown): Promise<void> {
  const url = textAt(answer, 'data', 'upload', 'url');
  const headers = { 'Content-Type': 'audio/wav', 'If-None-Match': '*' };
  const status = await tenant.upload({ url, headers }, wavOf(size));
  if (status !== 200) throw new Error(`the upload answers ${status}`);
}

/** Leaves a message in a mailbox and uploads its audio. @returns its id */
async function newMessage(tenant: ExampleTenant, mailbox: string): Promise<string> {
  const answer = await tenant.call('PUT', `/voicemail/${mailbox}`, { ...examples.depositVoicemail, size });
  const id = textAt(answer, 'data', 'id');
  await upload(tenant, answer);
  await eventually(() => tenant.call('GET', `/voicemail/${id}`), 60_000);
  return id;
}

const newMessageAnywhere = async (tenant: ExampleTenant): Promise<string> =>
  newMessage(tenant, await newMailbox(tenant));

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /voicemail': {
    prepare: async (tenant) => {
      const mailbox = await newMailbox(tenant);
      for (const _ of [1, 2]) await newMessage(tenant, mailbox);
      return { query: { mailbox, limit: '1', status: 'new' } };
    },
  },
  'GET /voicemail/{id}': { prepare: async (tenant) => ({ params: { id: await newMessageAnywhere(tenant) } }) },
  'PUT /voicemail/{id}': {
    prepare: async (tenant) => ({ params: { id: await newMailbox(tenant) }, body: examples.depositVoicemail }),
  },
  'POST /voicemail/{id}': {
    prepare: async (tenant) => ({ params: { id: await newMessageAnywhere(tenant) }, body: examples.actOnVoicemail }),
  },
  'DELETE /voicemail/{id}': { prepare: async (tenant) => ({ params: { id: await newMessageAnywhere(tenant) } }) },
};
