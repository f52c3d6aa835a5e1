import * as z from 'zod';
import { eventually } from '../support/eventually.ts';
import { adminPassword, startCloud, type Cloud, type OwnCloud } from './cloud.ts';

/** The process group is killed during writes; every acknowledged write must exist afterwards. */

const LogIn = z.object({ data: z.object({ token: z.string() }) });
const Created = z.object({ data: z.object({ id: z.string() }) });

/** The kill follows at most this many acknowledged writes, while the next ones are in progress. */
const maxAcknowledged = 25;
const writers = 4;

export type Durability = {
  readonly acknowledged: number;
  readonly lost: readonly string[];
  readonly unreadable: readonly string[];
};

type Written = Map<string, string>;

/** Creates trunks until the cloud is killed; returns those answered with 201. */
async function write({ api }: Cloud, token: string, prefix: string, written: Written): Promise<void> {
  for (let number = 0; ; number += 1) {
    const name = `${prefix}-${number}`;
    const answer = await api('/siptrunk/carrier', {
      method: 'PUT',
      token,
      json: { name, host: 'sip.example.com' },
    }).catch(() => null);
    if (answer === null) return;
    if (answer.status === 201) written.set(Created.parse(answer.body).data.id, name);
  }
}

async function logIn({ api }: Cloud): Promise<string> {
  const { body } = await api('/auth/user', { method: 'POST', json: { username: 'admin', password: adminPassword } });
  return LogIn.parse(body).data.token;
}

/** Deletes what a round created, so that the trunk limit of the organization is not reached. */
async function checkWritten(
  { api }: Cloud,
  token: string,
  written: Written,
): Promise<Pick<Durability, 'lost' | 'unreadable'>> {
  const lost: string[] = [];
  const unreadable: string[] = [];
  for (const [id, name] of written) {
    const { status, body } = await api(`/siptrunk/${id}`, { token });
    if (status === 404) lost.push(name);
    else if (status !== 200 || !z.object({ data: z.object({ name: z.literal(name) }) }).safeParse(body).success)
      unreadable.push(name);
    await api(`/siptrunk/${id}`, { method: 'DELETE', token });
  }
  return { lost, unreadable };
}

/** Kills the process group during writes, restarts on the same data, and looks for acknowledged writes, in rounds. */
export async function killDuringWrites(rounds: number, random: () => number): Promise<Durability> {
  const environment = { RATE_LIMIT_SCALE: '1000' };
  let cloud: OwnCloud = await startCloud(environment);
  // The port, and therefore the issuer, differs per start: tokens are not valid after a restart.
  let token = await logIn(cloud);
  const sum = { acknowledged: 0, lost: [] as string[], unreadable: [] as string[] };
  try {
    for (let round = 0; round < rounds; round += 1) {
      const written: Written = new Map();
      const writing = Array.from({ length: writers }, (_, writer) =>
        write(cloud, token, `round-${round}-${writer}`, written),
      );
      const killAfter = 1 + Math.floor(random() * maxAcknowledged);
      await eventually(() => written.size >= killAfter, 30_000);
      await cloud.kill9();
      await Promise.all(writing);
      cloud = await startCloud({ ...environment, DATA_DIR: cloud.dataDir });
      token = await logIn(cloud);
      const { lost, unreadable } = await checkWritten(cloud, token, written);
      sum.acknowledged += written.size;
      sum.lost.push(...lost);
      sum.unreadable.push(...unreadable);
    }
    return sum;
  } finally {
    await cloud.stop();
  }
}
