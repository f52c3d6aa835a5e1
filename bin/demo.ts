/**
 * `npm run demo`: fills the running local cloud with two resellers, five tenants, 200 users with phones and numbers,
 * schedules, ring groups, call flows, SMS, e-mails, voicemail, trunks, gateways, tariffs and 20,000 call records of 90
 * days, over its API and its queue.
 * What is made is the same each time, and a second run adds nothing; one that was interrupted is continued.
 *
 * `DATA_DIR`: as of `npm start`, by which it signs in. `--size`: `small`, `medium` (default) or `large`. `--users`,
 * `--calls`, `--rates`, `--days`: that many of them. It ends with code 1, before it makes anything, unless the cloud is
 * one of this machine that no other reaches.
 */
import { scryptSync } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import { command, run } from './command-line/command.ts';
import { readLocalCloud } from './demo/client.ts';
import { fillDemo, type SignIn } from './demo/fill.ts';
import { fullSize, sizesByName, type Sizes } from './demo/plan.ts';
import { demoSecret, signInToDemo } from './demo/sign-in.ts';

const sizeNames = ['users', 'calls', 'rates', 'days'] as const satisfies readonly (keyof Sizes)[];

/** A number of this kind. */
const upTo = (max: number) =>
  z
    .string()
    .refine((text) => /^[1-9]\d*$/.test(text) && Number(text) <= max, `must be a number from 1 to ${max}`)
    .transform(Number)
    .optional()
    .describe(`that many of them, up to ${max}`);

export const tool = command({
  name: 'demo',
  purpose:
    'Fills a running `npm start` with resellers, tenants, users, phones, call flows, messages and calls. A second ' +
    'run adds nothing; one that was interrupted is continued. DATA_DIR is that of `npm start`.',
  options: {
    size: z.enum(['small', 'medium', 'large']).default('medium').describe('small, medium or large'),
    users: upTo(fullSize.users),
    calls: upTo(fullSize.calls),
    rates: upTo(fullSize.rates),
    days: upTo(fullSize.days),
  },
});

type Wanted = ReturnType<typeof tool.read>;

function sizesFrom({ size, ...wanted }: Wanted): Sizes {
  const sizes: Record<keyof Sizes, number> = { ...sizesByName[size] };
  for (const name of sizeNames) sizes[name] = wanted[name] ?? sizes[name];
  return sizes;
}

/** Seconds of one processor core that a user with phone and number takes, by estimate, and a call, as measured once. */
const costs = { user: 0.4, call: 0.009 } as const;

const timeText = ({ users, calls }: Sizes): string => {
  const minutes = Math.ceil((users * costs.user + calls * costs.call) / 2 / 60);
  return `: about ${minutes} min on two cores that do nothing else`;
};

/** A password that only who reads the data directory can compute, the same at each run. */
const passwordsFrom = (secret: string) => (username: string) =>
  scryptSync(secret, `trunkline demo ${username}`, 12).toString('base64url');

async function fill(wanted: Wanted): Promise<void> {
  const sizes = sizesFrom(wanted);
  const file = join(process.env['DATA_DIR'] ?? '.local', 'outputs.json');
  const cloud = readLocalCloud(file);
  const began = Date.now();
  const seconds = (): number => Math.round((Date.now() - began) / 1_000);
  const say = (line: string): void => console.log(`${String(seconds()).padStart(4)} s  ${line}`);
  console.log(`Makes ${sizes.users} users and ${sizes.calls} calls of ${sizes.days} days${timeText(sizes)}.`);
  const passwordOf = passwordsFrom(demoSecret(file));
  const { ask, end } = await signInToDemo(cloud, file);
  let signIns: readonly SignIn[];
  try {
    signIns = await fillDemo({ cloud, sizes, ask, passwordOf, say });
  } finally {
    await end();
  }
  console.log(`\nDone after ${seconds()} s. Sign in at ${cloud.api} as`);
  for (const { role, organization, username: name } of signIns)
    console.log(`  ${role.padEnd(9)} ${name.padEnd(28)} ${passwordOf(name)}  ${organization}`);
}

if (import.meta.main) await run(tool, fill);
