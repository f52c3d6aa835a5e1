import { eventually } from '../support/eventually.ts';
import { outcome, texts, uniqueName, type AdministeredTenant } from './tenant.fixture.ts';
import { upload } from './voicemail.fixture.ts';

/** Sounds of tenants. */

/** Uploads a WAV file as a sound. @returns its id, when it can be played, or was rejected */
export async function uploadSound(
  { ask }: Pick<AdministeredTenant, 'ask'>,
  bytes: Buffer,
  state: 'ready' | 'rejected' = 'ready',
): Promise<string> {
  const file = { name: uniqueName('sound'), kind: 'sound', content_type: 'audio/wav', size: bytes.length };
  const made = await ask('PUT', '/files/new', file);
  if (outcome(made) !== '201') throw new Error(`the file is answered ${outcome(made)}`);
  await upload(made, bytes);
  const { id = '' } = texts(made);
  await eventually(async () => texts(await ask('GET', `/files/${id}`))['state'] === state, 60_000);
  return id;
}
