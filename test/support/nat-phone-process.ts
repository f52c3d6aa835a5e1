/**
 * Main program of a phone behind NAT: it registers, answers, speaks when it gets an INFO, and prints what it hears.
 * When another task goes on with its call, it describes its media again.
 */
import * as z from 'zod';
import { minute } from '#schema/time.ts';
import { eventually } from './eventually.ts';
import { RtpParty } from './rtp-party.fixture.ts';
import { Softphone } from './softphone.fixture.ts';

const Start = z.object({
  server: z.object({ address: z.string(), port: z.number() }),
  from: z.string(),
  account: z.object({ username: z.string(), password: z.string(), domain: z.string() }),
  voice: z.number(),
});
const { server, from, account, voice } = Start.parse(JSON.parse(process.argv[2] ?? ''));

const phone = await Softphone.open(server, { from, account });
const party = await RtpParty.open({ address: from, port: phone.mediaPort }, voice);
process.stdout.write(`registered ${await phone.register()} media ${phone.mediaPort}\n`);
const call = await phone.nextCall();
await eventually(() => call.log.some((each) => each.startsWith('info')));
party.speakTo(call);
setInterval(() => process.stdout.write(`heard ${party.packets}\n`), 200);
const target = (): string | undefined => call.session.stored()?.target;
const first = target();
await eventually(() => target() !== first, 10 * minute);
process.stdout.write(`offered ${await call.offer('sendrecv')}\n`);
