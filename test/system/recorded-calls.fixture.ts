import { expect } from 'vitest';
import { encodeMu, samplesOfWav, timesHeard, toneOf } from '#functions/media-relay/recordings/recording.fixture.ts';
import { eventually } from '../support/eventually.ts';
import { RtpParty } from '../support/rtp-party.fixture.ts';
import type { Softphone } from '../support/softphone.fixture.ts';
import type { RegisteredSoftphone } from './softphones.fixture.ts';
import { outcome, type AdministeredTenant, type Body } from './tenant.fixture.ts';

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

/** Packets that a party has to say: two seconds. */
const spoken = 100;

/** A call of two phones that is recorded, with a tone of each party. @param open ends the parties */
export async function newRecordedCall(
  { ask }: Pick<AdministeredTenant, 'ask'>,
  [ann, bob]: readonly [RegisteredSoftphone, RegisteredSoftphone],
  open: AsyncDisposableStack,
) {
  const [source, destination] = [ann, bob].map(({ device: id }) => ({ type: 'device', id }));
  const placed = await ask('POST', '/Calls', { source, destination, options: { record: true } });
  expect(outcome(placed)).toBe('201');
  const call = { caller: await ann.phone.nextCall(), callee: await bob.phone.nextCall() };
  await eventually(() => expect(call.callee.log.at(-1)).toBe('acknowledged'), 20_000);
  let at = 0;
  const frequencies = { low: [440, 600], high: [1_000, 1_700] } as const;
  const [low, high] = [
    await toneParty(ann.phone, () => frequencies.low[at] ?? 0),
    await toneParty(bob.phone, () => frequencies.high[at] ?? 0),
  ];
  for (const party of [low, high]) open.use(party);
  low.speakTo(call.caller);
  high.speakTo(call.callee);
  /** Both speak and hear enough from now on. */
  const speak = async (): Promise<void> => {
    const from = [low, high].map(({ sent, packets }) => ({ sent, packets }));
    const isEnough = ({ sent, packets }: RtpParty, of: number): boolean =>
      sent - (from[of]?.sent ?? 0) >= spoken && packets - (from[of]?.packets ?? 0) >= spoken / 2;
    await eventually(() => [low, high].every(isEnough), 30_000);
  };
  return { call, speak, next: () => (at += 1), frequencies };
}

/** Milliseconds of a tone in a channel, of which a block begins each 5 ms. */
export const toneIn = (wav: Buffer, channel: 0 | 1, frequency: number) =>
  5 * timesHeard(frequency, samplesOfWav(wav, channel));
