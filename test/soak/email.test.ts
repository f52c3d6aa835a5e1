import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { storeDomain, storeTemplate } from '../support/email.fixture.ts';
import { eventually } from '../support/eventually.ts';
import { startCloud, type OwnCloud } from '../system/cloud.ts';
import { storeOf } from '../system/people.ts';
import { logInAsOperator, type Body } from '../system/tenant.fixture.ts';

/**
 * E-mails under faults: functions are killed, calls of AWS fail before and after they took effect, messages come late
 * and twice, and once everything is killed. `SEED` chooses the faults.
 */

const requests = Number(process.env['EMAILS'] ?? 60);
const environment = {
  FAULTS: JSON.stringify({ seed: Number(process.env['SEED'] ?? 7), killedFunction: 0.05 }),
  RATE_LIMIT_SCALE: '1000',
};
const json = { accept: 'application/json' };

/** Repeats a request with its `Idempotency-Key` until it is accepted. @returns the data of the answer */
async function accepted(cloud: OwnCloud, token: string, path: string, [key, body]: readonly [string, Body]) {
  let answered: Body = {};
  await eventually(async () => {
    const headers = { ...json, 'idempotency-key': key };
    const answer = await cloud.api(path, { method: 'PUT', token, headers, json: body });
    expect(answer.status).toBe(200);
    ({ data: answered } = answer.body as { data: Body });
  }, 60_000);
  return answered;
}

async function newSender(cloud: OwnCloud, token: string): Promise<number> {
  const body = { name: 'Sender', country: 'US', timezone: 'UTC' };
  let organization = 0;
  await eventually(async () => {
    const answer = await cloud.api('/orgs', { method: 'PUT', token, headers: json, json: body });
    ({ org_id: organization } = (answer.body as { data: { org_id: number } }).data);
  }, 60_000);
  await storeTemplate(storeOf(cloud.outputs), organization, { name: 'invoice' });
  await storeDomain(storeOf(cloud.outputs), organization, 'acme.example');
  return organization;
}

const requestOf = (number: number): readonly [key: string, body: Body] => [
  `request-${number}`,
  {
    to: number % 3 === 0 ? [0, 1, 2].map((each) => `${number}-${each}@example.net`) : `${number}@example.net`,
    from: 'shop@acme.example',
    template: 'invoice',
    variables: { name: 'Ann', month: 'May' },
  },
];

type Accepted = { readonly email_id?: string; readonly emails?: readonly { readonly email_id: string }[] };

const idsOf = (answer: Body): readonly string[] => {
  const { email_id: id, emails = [] } = answer as Accepted;
  return id === undefined ? emails.map((each) => each.email_id) : [id];
};

test('each accepted e-mail is sent, once a request, whatever fails in between', async () => {
  let cloud = await startCloud(environment);
  try {
    let token = await logInAsOperator(cloud);
    const organization = await newSender(cloud, token);
    const path = `/email?org_id=${organization}`;
    const ids = new Set<string>();
    for (let number = 0; number < requests; number += 1) {
      if (number === Math.floor(requests / 2)) {
        await cloud.kill9();
        cloud = await startCloud({ ...environment, DATA_DIR: cloud.dataDir });
        token = await logInAsOperator(cloud);
      }
      for (const id of idsOf(await accepted(cloud, token, path, requestOf(number)))) ids.add(id);
    }
    const listed = async (): Promise<readonly Body[]> =>
      ((await cloud.api(`${path}&limit=500`, { token, headers: json })).body as { data: Body[] }).data;
    await eventually(async () => {
      const states = (await listed()).map(({ status }) => status);
      expect(states.filter((status) => status === 'queued' || status === 'sending')).toEqual([]);
    }, 600_000);
    const emails = await listed();
    expect(emails.map(({ email_id: id }) => String(id)).toSorted()).toEqual([...ids].toSorted());
    expect(emails.filter(({ status }) => status !== 'sent' && status !== 'delivered')).toEqual([]);
    const folder = join(cloud.dataDir, 'outbox', 'email');
    expect([...ids].filter((id) => !existsSync(join(folder, `${id}.eml`)))).toEqual([]);
  } finally {
    await cloud.stop();
  }
});
