import { generateSync } from 'otplib';
import { eventually } from '#test/support/eventually.ts';
import { textAt } from '#test/support/example-request.ts';
import type { Answer, Cloud } from '../cloud.ts';
import type { StormCloud } from '../storm-cloud.fixture.ts';
import {
  newAdministeredTenant,
  outcome,
  tenantPassword,
  uniqueName,
  type AdministeredTenant,
} from '../tenant.fixture.ts';

/** Credentials that work once, each used by many callers at once against a cloud with the fault mode. */

const callers = 64;
/** Log-ins that wait for their code; several callers share each. */
const waitingLogIns = 8;
/** Milliseconds in which a request succeeds despite faults. */
const patience = 30_000;
/** Seconds of a code (RFC 6238). */
const period = 30;

/** What the callers of one credential got in all. */
export type Uses = {
  /** Answers with success. */
  readonly passed: number;
  /** Answers that reject the credential, or the caller as locked out. */
  readonly rejected: number;
  /** Sessions that the uses opened; undefined for credentials that open none. */
  readonly opened: number | undefined;
};

export type Round = { readonly totp: Uses; readonly recovery: Uses; readonly temporary: Uses };

/** Repeats what a fault rejected: its answer says nothing about the credential. */
const settled = (ask: () => Promise<Answer>): Promise<Answer> =>
  eventually(async () => {
    const answer = await ask();
    if (answer.status >= 500 || answer.status === 409) throw new Error(outcome(answer));
    return answer;
  }, patience);

const codeAt = (secret: string, seconds: number): string => generateSync({ secret, epoch: Math.floor(seconds) });

type Person = { readonly id: string; readonly username: string };

/** A person of a tenant whose first code is used up, and what it may still use once. */
async function newPersonWithFactor({ ask, logIn: logInAs }: AdministeredTenant, { api }: Cloud) {
  const username = uniqueName('once');
  const body = { username, password: tenantPassword, must_change_password: false };
  const made = await settled(() => ask('PUT', '/users', body, { headers: { 'idempotency-key': username } }));
  const person: Person = { id: textAt(made.body, 'data', 'id'), username };
  const token = await eventually(() => logInAs(username), patience);
  const accept = { accept: 'application/json' };
  const shown = await settled(() => api('/auth/twofactor/secret', { token, headers: accept }));
  const secret = textAt(shown.body, 'data', 'secret');
  // The code of the step before, so that the current one can still be used.
  const totp_code = codeAt(secret, Date.now() / 1_000 - period);
  const enabled = await settled(() =>
    api('/auth/twofactor', { method: 'POST', token, headers: accept, json: { totp_code } }),
  );
  if (enabled.status !== 200) throw new Error(`no second factor: ${outcome(enabled)}`);
  return { person, secret, recovery: textAt(enabled.body, 'data', 'recovery_codes', '0') };
}

const activeSessions = async ({ ask }: AdministeredTenant, { id }: Person): Promise<number> =>
  Number(textAt((await settled(() => ask('GET', `/clientaccess/${id}`))).body, 'data', 'sessions', 'activeSessions'));

const countsOf = (answers: readonly Answer[], opened?: number): Uses => ({
  passed: answers.filter(({ status }) => status === 200).length,
  rejected: answers.filter(({ status }) => status === 401 || status === 403).length,
  opened,
});

/** All callers complete log-ins of one person with the same code. */
async function useCode(
  tenant: AdministeredTenant,
  cloud: Cloud,
  person: Person,
  code: () => { readonly totp_code: string } | { readonly recovery_code: string },
): Promise<Uses> {
  const post = (json: object) => () => cloud.api('/auth/user', { method: 'POST', json });
  const begin = post({ username: person.username, password: tenantPassword });
  const waiting = await Promise.all(Array.from({ length: waitingLogIns }, () => settled(begin)));
  const tokens = waiting.map(({ body }) => textAt(body, 'session_token'));
  const before = await activeSessions(tenant, person);
  const given = code();
  const answers = await Promise.all(
    Array.from({ length: callers }, (_, at) => settled(post({ session_token: tokens[at % waitingLogIns], ...given }))),
  );
  return countsOf(answers, (await activeSessions(tenant, person)) - before);
}

/** All callers send one temporary token. */
async function useToken({ ask }: AdministeredTenant, { api }: Cloud): Promise<Uses> {
  const made = await settled(() => ask('POST', '/tempauth', { purpose: 'proof', single_use: true }));
  const token = textAt(made.body, 'data', 'temp_token');
  const use = () => api('/auth/session', { token, headers: { accept: 'application/json' } });
  return countsOf(await Promise.all(Array.from({ length: callers }, () => settled(use))));
}

async function playRound(tenant: AdministeredTenant, cloud: Cloud): Promise<Round> {
  const { person, secret, recovery } = await newPersonWithFactor(tenant, cloud);
  const totp = await useCode(tenant, cloud, person, () => ({ totp_code: codeAt(secret, Date.now() / 1_000) }));
  // The callers that came late have locked the name.
  await settled(() => tenant.ask('PUT', `/clientaccess/${person.id}`, { security: { unlock: true } }));
  const byRecovery = await useCode(tenant, cloud, person, () => ({ recovery_code: recovery }));
  return { totp, recovery: byRecovery, temporary: await useToken(tenant, cloud) };
}

/** Plays rounds in a cloud whose functions are not killed: the answer of a success would be lost with them. */
export async function playRounds(rounds: number, { cloud, operator }: StormCloud): Promise<Round[]> {
  const tenant = await eventually(() => newAdministeredTenant('once', { cloud, operator }), patience);
  const played: Round[] = [];
  for (let round = 0; round < rounds; round += 1) played.push(await playRound(tenant, cloud));
  return played;
}

/** Each credential passes once; every other caller is rejected. */
export const perfectRound: Round = {
  totp: { passed: 1, rejected: callers - 1, opened: 1 },
  recovery: { passed: 1, rejected: callers - 1, opened: 1 },
  temporary: { passed: 1, rejected: callers - 1, opened: undefined },
};
