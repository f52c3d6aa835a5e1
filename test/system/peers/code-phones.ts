import { join } from 'node:path';
import { freePort } from '#infra/local/machine/free-port.ts';
import { eventually } from '../../support/eventually.ts';
import { TelephoneEvents } from '../../support/telephone-events.fixture.ts';
import { mediaLines, voices } from '../../support/voices.fixture.ts';
import { startRegisteredBaresip, tellBaresip } from './baresip.ts';
import { newAccount, voiceIn, type CodePhone, type Codes } from './dialed-codes.fixture.ts';
import { recordedSamples, samplesIn } from './heard-samples.ts';
import { startLinphone } from './linphone.ts';
import { playCall } from './played-call.ts';
import { temporaryFolder } from './program.ts';
import { ownAddress } from './sip-server.ts';
import { answered, ask, callerSide, dial, part, provenSequence, reply } from './sipp-dialog.ts';
import { label, receive } from './sipp-elements.ts';

/** Phones of the user that dial codes. */

/** A phone that says how many calls it has. */
export type CountedPhone = CodePhone & { readonly calls: () => Promise<number> };

export async function newBaresip(codes: Codes, open: AsyncDisposableStack): Promise<CountedPhone> {
  const folder = open.use(temporaryFolder());
  const [account, from] = [await newAccount(codes), ownAddress()];
  const tone = { frequency: 440, folder: folder.path };
  const telephone = { from, transport: 'udp', server: codes.task, calls: true, tone } as const;
  open.use(await startRegisteredBaresip(account, telephone));
  return {
    dial: (code) => tellBaresip(from, 'dial', `sip:${code}@${account.domain}`),
    heard: () => voiceIn(samplesIn(folder.path)),
    calls: async () => Number(/Active calls \((\d+)\)/.exec(await tellBaresip(from, 'listcalls'))?.[1] ?? 0),
  };
}

/** Linphone dials while it has a call when that is paused, and records all calls in one file. */
export async function newLinphone(codes: Codes, open: AsyncDisposableStack): Promise<CountedPhone> {
  const file = join(open.use(temporaryFolder()).path, 'heard.wav');
  const [account, from] = [await newAccount(codes), ownAddress()];
  const phone = open.use(await startLinphone(account, from, codes.task));
  phone.tell(`record ${file}`);
  /** Gives it a command until it has printed something since: a call may begin or end in between. */
  const ask = async (command: string, expected: RegExp): Promise<string> => {
    const before = phone.printed().length;
    let answer: string | undefined;
    await eventually(() => {
      phone.tell(command);
      [answer] = expected.exec(phone.printed().slice(before)) ?? [];
      return answer !== undefined;
    }, 20_000);
    return answer ?? '';
  };
  return {
    dial: async (code) => {
      await ask('pause', /is now paused|only pause when/);
      phone.tell(`call sip:${code}@${account.domain}`);
    },
    heard: () => voiceIn(recordedSamples(file)),
    printed: () => phone.printed().slice(-2_000),
    // Each line of its list begins with the number of a call.
    calls: async () => {
      const list = await ask('calls', /No active call|Call states[^>]+>/);
      return list.match(/^\d+ +\| /gm)?.length ?? 0;
    },
  };
}

/** SIPp is started for each call. */
export async function newSipp(codes: Codes, open: AsyncDisposableStack): Promise<CodePhone> {
  const [account, from] = [await newAccount(codes), ownAddress()];
  const media = await freePort();
  const voice = open.use(await TelephoneEvents.open(from, media));
  const body = [
    ...['v=0', 'o=sipp 1 1 IN IP4 [local_ip]', 's=-', `c=IN IP4 ${from}`, 't=0 0'],
    ...mediaLines(voices.PCMU, media),
  ];
  // Who takes a call gets its offer later.
  const offered = [
    label('wait'),
    receive({ request: 'INVITE', optional: 'true', next: 'offered' }),
    receive({ request: 'BYE', next: 'end' }),
    label('offered'),
    reply('200 OK', { body }),
    receive({ request: 'ACK', next: 'wait' }),
    label('end'),
    reply('200 OK'),
  ];
  const ringing = receive({ response: 180, optional: 'true' });
  return {
    dial: async (code) => {
      const begin = [dial(code, { body }), ringing, answered(), ask(callerSide, 'ACK', provenSequence)];
      const scenario = part(...begin, ...offered);
      await playCall({ account, to: codes.task, from, port: await freePort(), scenario });
    },
    heard: () => voiceIn(voice.samples.flat()),
  };
}
