import { wavOf } from '#functions/messaging/voicemail/example-requests.fixture.ts';
import { eventually } from '../support/eventually.ts';
import { newAccountOf, type Account } from './peers/accounts.ts';
import { outcome, texts, uniqueName, type AdministeredTenant } from './tenant.fixture.ts';

/** A user with an extension, which is the name of its mailbox. */
export type MailboxUser = { readonly user: string; readonly mailbox: string };

let extensions = 700;
export async function newMailboxUser({ ask }: AdministeredTenant): Promise<MailboxUser> {
  const mailbox = String((extensions += 1));
  const made = await ask('PUT', '/users', { username: uniqueName('ann'), extension: mailbox });
  return { user: texts(made)['id'] ?? '', mailbox };
}

/** The account of a phone of the user. */
export const phoneAccountOf = (tenant: AdministeredTenant, { user, mailbox }: MailboxUser): Promise<Account> =>
  newAccountOf(tenant, { user, extension: mailbox });

const audio = new Uint8Array(wavOf(1_000));

/** Leaves a message, whose audio is checked soon. @returns its id */
export async function leaveMessage({ ask }: AdministeredTenant, mailbox: string, more: object = {}): Promise<string> {
  const made = await ask('PUT', `/voicemail/${mailbox}`, {
    caller_number: '+14155550100',
    content_type: 'audio/wav',
    size: audio.length,
    duration_seconds: 1,
    ...more,
  });
  const { id, upload } = (made.body as { data: { id: string; upload: { url: string; headers: object } } }).data;
  const headers = new Headers(Object.entries(upload.headers));
  headers.delete('content-length');
  const { status } = await fetch(upload.url, { method: 'PUT', headers, body: audio });
  if (status !== 200) throw new Error(`the upload is answered ${status}`);
  return id;
}

/** Waits until a message is new. */
export const heard = ({ ask }: AdministeredTenant, id: string): Promise<boolean> =>
  eventually(async () => outcome(await ask('GET', `/voicemail/${id}`)) === '200');
