import { eventually } from '../support/eventually.ts';
import { outcome, texts, uniqueName, type AdministeredTenant } from './tenant.fixture.ts';
import { upload } from './voicemail.fixture.ts';

/** Sounds of tenants. */

const rate = 8_000;

/** A WAV file with a tone, of 16-bit samples. */
export function toneOf(frequency: number, milliseconds: number): Buffer {
  const samples = (milliseconds * rate) / 1_000;
  const bytes = Buffer.alloc(44 + 2 * samples);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(36 + 2 * samples, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(2 * rate, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(2 * samples, 40);
  for (let at = 0; at < samples; at += 1)
    bytes.writeInt16LE(Math.round(12_000 * Math.sin((2 * Math.PI * frequency * at) / rate)), 44 + 2 * at);
  return bytes;
}

/** Uploads a WAV file as a sound. @returns its id, when it can be played */
export async function uploadSound({ ask }: Pick<AdministeredTenant, 'ask'>, bytes: Buffer): Promise<string> {
  const file = { name: uniqueName('sound'), kind: 'sound', content_type: 'audio/wav', size: bytes.length };
  const made = await ask('PUT', '/files/new', file);
  if (outcome(made) !== '201') throw new Error(`the file is answered ${outcome(made)}`);
  await upload(made, bytes);
  const { id = '' } = texts(made);
  await eventually(async () => texts(await ask('GET', `/files/${id}`))['state'] === 'ready', 60_000);
  return id;
}
