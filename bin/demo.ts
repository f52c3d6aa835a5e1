/**
 * `npm run demo`: fills the running local cloud with two resellers, five tenants, 200 users with phones and numbers,
 * schedules, ring groups, call flows, SMS, e-mails, voicemail, trunks, gateways, tariffs and 50,000 call records of 90
 * days, over its API and its queue.
 * What is made is the same each time, and a second run adds nothing; one that was interrupted is continued.
 *
 * `ADMIN_PASSWORD`: of the operator. `DATA_DIR`: as of `npm start`. `--users`, `--calls`, `--rates`, `--days`: fewer of
 * them. It ends with code 1, before it makes anything, unless the cloud is one of this machine that no other reaches.
 */
import { scryptSync } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { asking, DemoError, logIn, readLocalCloud } from './demo/client.ts';
import { fillDemo } from './demo/fill.ts';
import { fullSize, type Sizes } from './demo/plan.ts';

const sizeNames = ['users', 'calls', 'rates', 'days'] as const satisfies readonly (keyof Sizes)[];

/** @throws DemoError */
function sizesFrom(values: Readonly<Record<string, string | undefined>>): Sizes {
  const sizes: Record<keyof Sizes, number> = { ...fullSize };
  for (const name of sizeNames) {
    const text = values[name];
    if (text === undefined) continue;
    if (!/^[1-9]\d*$/.test(text) || Number(text) > fullSize[name])
      throw new DemoError(`--${name} must be a number from 1 to ${fullSize[name]}.`);
    sizes[name] = Number(text);
  }
  return sizes;
}

/** A password that only who knows the operator's can compute, the same at each run. */
const passwordsFrom = (secret: string) => (username: string) =>
  scryptSync(secret, `trunkline demo ${username}`, 12).toString('base64url');

async function run(): Promise<void> {
  const option = { type: 'string' } as const;
  const { values } = parseArgs({ options: { users: option, calls: option, rates: option, days: option } });
  const sizes = sizesFrom(values);
  const cloud = readLocalCloud(join(process.env['DATA_DIR'] ?? '.local', 'outputs.json'));
  const password = process.env['ADMIN_PASSWORD'];
  if (!password) throw new DemoError('ADMIN_PASSWORD must be the password of the operator.');
  const username = process.env['ADMIN_USERNAME'] ?? 'admin';
  const began = Date.now();
  const ask = asking(cloud, await logIn(cloud, username, password));
  const passwordOf = passwordsFrom(password);
  const signIns = await fillDemo({ cloud, sizes, ask, passwordOf, say: (line) => console.log(line) });
  console.log(`\nDone after ${Math.round((Date.now() - began) / 1_000)} s. Sign in at ${cloud.api} as`);
  for (const { role, organization, username: name } of signIns)
    console.log(`  ${role.padEnd(9)} ${name.padEnd(28)} ${passwordOf(name)}  ${organization}`);
  console.log(`  operator  ${username.padEnd(28)} (ADMIN_PASSWORD)`);
}

try {
  await run();
} catch (error) {
  if (!(error instanceof DemoError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
