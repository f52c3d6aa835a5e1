/**
 * Phones that all restart: each registers again with a new Call-ID and without a nonce, so each is challenged. From a
 * process of its own. The first line on standard input has the phones; it answers with `{}` when all are registered.
 * Each further line is a part of a storm, which it answers with what it saw. All lines are JSON.
 */
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { openLine, phoneOn, type Line } from './load-phone.ts';
import { openLoop } from './open-loop.ts';

const Phones = z.object({
  port: z.int(),
  domain: z.string(),
  password: z.string(),
  usernames: z.array(z.string()),
  /** Local addresses that the phones share. */
  sources: z.array(z.string()),
  /** Phones that restart at the same time. */
  concurrent: z.int(),
});
export type StormPhones = Readonly<z.output<typeof Phones>>;

/** So many phones at a time (a closed loop), or restarts at a rate, whatever the answers do (an open loop). */
const Part = z.object({ seconds: z.number(), rate: z.number().optional() });
export type StormPart = Readonly<z.output<typeof Part>>;

/** What was seen of a part. */
export type PartSeen = {
  /** Milliseconds from a restart until it was accepted; none of an open loop. */
  readonly times: readonly number[];
  /** Accepted registrations a second. */
  readonly rate: number;
  /** Accepted registrations, with those after the time. */
  readonly accepted: number;
};

type Phone = ReturnType<typeof phoneOn>;

/** Restarts phones in turn. One that is still registering is passed over. */
function restarting(phones: readonly Phone[]): () => Promise<boolean> {
  const idle = [...phones];
  return async () => {
    const phone = idle.shift();
    if (phone === undefined) return false;
    phone.restart();
    return phone.register().finally(() => idle.push(phone));
  };
}

/** Each of so many workers restarts one phone after the other. */
async function inTurn(concurrent: number, seconds: number, restart: () => Promise<boolean>): Promise<PartSeen> {
  const end = performance.now() + seconds * 1_000;
  const times: number[] = [];
  let accepted = 0;
  const work = async (): Promise<void> => {
    while (performance.now() < end) {
      const begun = performance.now();
      if (!(await restart())) continue;
      accepted += 1;
      if (performance.now() < end) times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: concurrent }, work));
  return { times, rate: times.length / seconds, accepted };
}

/** Restarts while so many a second are due. The rate counts after the first quarter of the time. */
async function atRate(rate: number, seconds: number, restart: () => Promise<boolean>): Promise<PartSeen> {
  const from = performance.now() + seconds * 250;
  const end = from + seconds * 750;
  let counted = 0;
  let accepted = 0;
  await openLoop(rate, Math.round(rate * seconds), async () => {
    if (!(await restart())) return;
    accepted += 1;
    if (performance.now() > from && performance.now() < end) counted += 1;
  });
  return { times: [], rate: counted / (0.75 * seconds), accepted };
}

const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const read = async (): Promise<unknown> => {
  const { value } = await input.next();
  return value === undefined ? undefined : JSON.parse(value);
};
const answer = (seen: PartSeen | object): void => void process.stdout.write(`${JSON.stringify(seen)}\n`);

const settings = Phones.parse(await read());
const lines = await Promise.all(settings.sources.map(openLine));
const phones = settings.usernames.map((username, at) => phoneOn(lines[at % lines.length] as Line, username, settings));
let first = 0;
await Promise.all(
  Array.from({ length: settings.concurrent }, async () => {
    while (first < phones.length) await phones[first++]?.register();
  }),
);
answer({});
const restart = restarting(phones);
for (let order = await read(); order !== undefined; order = await read()) {
  const { seconds, rate } = Part.parse(order);
  answer(
    rate === undefined ? await inTurn(settings.concurrent, seconds, restart) : await atRate(rate, seconds, restart),
  );
}
process.exit(0);
