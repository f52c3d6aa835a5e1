import { expect } from 'vitest';
import { wavOf } from '#functions/messaging/voicemail/example-requests.fixture.ts';
import type { Answer } from './cloud.ts';
import { eventually } from '../support/eventually.ts';
import {
  newAdministeredTenant,
  outcome,
  tenantPassword,
  texts,
  uniqueName,
  type AdministeredTenant,
  type Ask,
  type Body,
} from './tenant.fixture.ts';

/** Mailboxes, messages and recordings of tenants. */

/** A tenant, and another one that must not see what it has. */
export async function twoTenants(prefix: string): Promise<readonly [AdministeredTenant, AdministeredTenant]> {
  const [tenant, other] = await Promise.all([newAdministeredTenant(prefix), newAdministeredTenant(prefix)]);
  return [tenant, other];
}

/** An agent and its credential. @param more fields of the user */
export async function newAgent({ ask, logIn }: AdministeredTenant, more: Body = {}) {
  const username = uniqueName('agent');
  const person = { username, roles: ['agent'], password: tenantPassword, must_change_password: false, ...more };
  const made = await ask('PUT', '/users', person);
  expect(outcome(made)).toBe('201');
  return { id: texts(made)['id'] ?? '', token: await logIn(username) };
}

type Uploaded = { readonly upload: { readonly url: string; readonly headers: Record<string, string> } };

/** Uploads bytes by the link of an answer. */
export async function upload({ body }: Pick<Answer, 'body'>, bytes: Buffer): Promise<void> {
  const { url, headers } = (body as { data: Uploaded }).data.upload;
  // The client sets it.
  const { 'Content-Length': _length, ...others } = headers;
  const { status } = await fetch(url, { method: 'PUT', headers: others, body: new Uint8Array(bytes) });
  expect(status).toBe(200);
}

const message = { caller_number: '+14155550100', content_type: 'audio/wav', size: 1_000, duration_seconds: 12 };

/** What a tenant does with mailboxes. */
export function mailboxesOf(ask: Ask) {
  const deposit = (mailbox: string, more: Body = {}) => ask('PUT', `/voicemail/${mailbox}`, { ...message, ...more });
  return {
    deposit,
    /** A mailbox with preferences. @returns its name */
    newMailbox: async (preferences: Body = {}): Promise<string> => {
      const mailbox = uniqueName('box');
      expect(outcome(await ask('PUT', `/voicemailprefs/${mailbox}`, preferences))).toBe('201');
      return mailbox;
    },
    /** A message whose audio was uploaded. @returns its id */
    leave: async (mailbox: string, more: Body = {}): Promise<string> => {
      const made = await deposit(mailbox, more);
      expect(outcome(made)).toBe('201');
      await upload(made, wavOf(1_000));
      const id = texts(made)['id'] ?? '';
      await eventually(async () => outcome(await ask('GET', `/voicemail/${id}`)) === '200');
      return id;
    },
  };
}
