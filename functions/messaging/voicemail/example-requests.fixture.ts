import { eventually } from '#test/support/eventually.ts';
import { textAt, type Example, type Place } from '#test/support/example-request.ts';
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
async function upload(answer: unknown): Promise<void> {
  const url = textAt(answer, 'data', 'upload', 'url');
  const headers = { 'Content-Type': 'audio/wav', 'If-None-Match': '*' };
  const { status } = await fetch(url, { method: 'PUT', headers, body: wavOf(size) });
  if (status !== 200) throw new Error(`the upload answers ${status}`);
}

/** Leaves a message in a mailbox and uploads its audio. @returns its id */
async function newMessage(place: Place, mailbox: string): Promise<string> {
  const answer = await place.call('PUT', `/voicemail/${mailbox}`, { ...examples.depositVoicemail, size });
  const id = textAt(answer, 'data', 'id');
  await upload(answer);
  await eventually(() => place.call('GET', `/voicemail/${id}`), 60_000);
  return id;
}

const newMessageAnywhere = async (place: Place): Promise<string> => newMessage(place, await newMailbox(place));

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /voicemail': {
    ask: async (place) => {
      const mailbox = await newMailbox(place);
      for (const _ of [1, 2]) await newMessage(place, mailbox);
      return { query: { mailbox, limit: '1', status: 'new' } };
    },
  },
  'GET /voicemail/{id}': { ask: async (place) => ({ params: { id: await newMessageAnywhere(place) } }) },
  'PUT /voicemail/{id}': {
    ask: async (place) => ({ params: { id: await newMailbox(place) }, body: examples.depositVoicemail }),
  },
  'POST /voicemail/{id}': {
    ask: async (place) => ({ params: { id: await newMessageAnywhere(place) }, body: examples.actOnVoicemail }),
  },
  'DELETE /voicemail/{id}': { ask: async (place) => ({ params: { id: await newMessageAnywhere(place) } }) },
};
