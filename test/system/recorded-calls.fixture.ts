import { expect } from 'vitest';
import { encodeMu, toneOf } from '#functions/media-relay/recordings/recording.fixture.ts';
import { eventually } from '../support/eventually.ts';
import { RtpParty } from '../support/rtp-party.fixture.ts';
import type { Softphone } from '../support/softphone.fixture.ts';
import type { AdministeredTenant, Body } from './tenant.fixture.ts';

/** Recordings of calls, as their files are downloaded. */

export const dataOf = ({ body }: { readonly body: unknown }) => (body as { readonly data: Body }).data;

/** The WAV file of a recording, when it is ready. */
export async function recordedWav({ ask }: Pick<AdministeredTenant, 'ask'>, recording: string): Promise<Buffer> {
  const file = await eventually(async () => {
    const found = dataOf(await ask('GET', `/files/${recording}`));
    expect(found).toMatchObject({ state: 'ready', kind: 'recording', content_type: 'audio/wav' });
    return found as Body & { readonly size: number; readonly download: { readonly url: string } };
  }, 30_000);
  const wav = Buffer.from(await (await fetch(file.download.url)).arrayBuffer());
  expect(wav.length).toBe(file.size);
  return wav;
}

/** A phone says a tone. @param frequency of each packet */
export const toneParty = ({ place: { address }, mediaPort: port }: Softphone, frequency: () => number) =>
  RtpParty.open({ address, port }, port % 256, (packet) =>
    Uint8Array.from(toneOf(frequency(), packet * 160, 160), encodeMu),
  );
