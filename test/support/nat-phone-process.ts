/**
 * Main program of a phone behind NAT: it registers, answers or calls back, speaks when it gets an INFO, and prints what
 * it hears. When another task goes on with its call, it describes its media again.
 */
import * as z from 'zod';
import { minute } from '#schema/time.ts';
import { eventually } from './eventually.ts';
import { RtpParty, sendReports } from './rtp-party.fixture.ts';
import type { SoftCall } from './soft-call.fixture.ts';
import { Softphone } from './softphone.fixture.ts';

const Start = z.object({
  server: z.object({ address: z.string(), port: z.number() }),
  from: z.string(),
  account: z.object({ username: z.string(), password: z.string(), domain: z.string() }),
  voice: z.number(),
  /** Instead of answering, it rejects the first call, and calls this extension. */
  callsBack: z.string().optional(),
  /** What it sends beside its voice. */
  besides: z.enum(['comfort noise', 'rtcp']).optional(),
});
const { server, from, account, voice, callsBack, besides } = Start.parse(JSON.parse(process.argv[2] ?? ''));

const phone = await Softphone.open(server, { from, account });
/** One in ten packets may be comfort noise. */
const sound = (packet: number): Buffer =>
  Buffer.alloc(besides === 'comfort noise' && packet % 10 === 0 ? 1 : 160, voice);
const party = await RtpParty.open({ address: from, port: phone.mediaPort }, voice, sound);
if (callsBack !== undefined) phone.answers = 480;
process.stdout.write(`registered ${await phone.register()} media ${phone.mediaPort}\n`);
const call = await taken();
await eventually(() => call.log.some((each) => each.startsWith('info')));
party.speakTo(call);
if (besides === 'rtcp') sendReports(call, from);
setInterval(() => process.stdout.write(`heard ${party.packets}\n`), 200);
const target = (): string | undefined => call.session.stored()?.target;
const first = target();
await eventually(() => target() !== first, 10 * minute);
process.stdout.write(`offered ${await call.offer('sendrecv')}\n`);

/** Its call, of either direction. */
async function taken(): Promise<SoftCall> {
  const coming = await phone.nextCall();
  if (callsBack === undefined) return coming;
  const own = phone.call(callsBack);
  await eventually(() => own.isUp);
  return own;
}
