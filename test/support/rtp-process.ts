/**
 * Main program of parties of calls in a namespace of the network, without SIP: phones that speak RTP, or a stranger who
 * sends RTP to a whole range of ports. It prints what it gets, by voice.
 */
import * as z from 'zod';
import { RtpParty } from './rtp-party.fixture.ts';

const Start = z.object({
  from: z.string(),
  /** Each speaks to the description that it got, after a time in milliseconds. */
  phones: z.array(z.object({ port: z.number(), voice: z.number(), remote: z.string(), after: z.number() })),
  /** To which ports a stranger sends, once in each round. */
  stranger: z.object({ relay: z.string(), ports: z.array(z.number()), round: z.number() }).optional(),
});
const { from, phones, stranger } = Start.parse(JSON.parse(process.argv[2] ?? ''));
export type RtpProcessStart = z.input<typeof Start>;

/** Ports to which a stranger sends at once. */
const together = 50;

const report = (heard: () => Readonly<Record<string, number>>): void =>
  void setInterval(() => process.stdout.write(`${JSON.stringify(heard())}\n`), 200);

if (stranger === undefined) {
  const parties = await Promise.all(phones.map(({ port, voice }) => RtpParty.open({ address: from, port }, voice)));
  for (const [at, { remote, after }] of phones.entries())
    setTimeout(() => parties[at]?.speakTo({ remote }, 200), after);
  report(() => Object.fromEntries(phones.map(({ voice }, at) => [voice, parties[at]?.packets ?? 0])));
} else {
  const { relay, ports, round } = stranger;
  const party = await RtpParty.open({ address: from, port: 4_000 }, 255);
  report(() => Object.fromEntries(party.heard));
  let at = 0;
  setInterval(
    () => {
      for (const port of ports.slice(at, at + together)) party.sendTo({ address: relay, port });
      at = at + together < ports.length ? at + together : 0;
    },
    (round * together) / ports.length,
  );
}
