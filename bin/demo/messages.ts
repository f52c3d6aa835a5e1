import { setTimeout as pause } from 'node:timers/promises';
import { DemoError } from './client.ts';
import { all, ensure, type DemoContext } from './ensure.ts';
import type { MadeUser, Tenant } from './plan.ts';
import { emailsOf, leftMessagesOf, smsLogOf, soundOf, template, texts, type LeftMessage } from './plan-messages.ts';

/** Voicemail, SMS and e-mail of a tenant. */

type Messages = {
  readonly id: string;
  readonly users: readonly MadeUser[];
  /** Its main number. */
  readonly main: string;
  /** When the demo was made first, Unix milliseconds. */
  readonly at: number;
};

const instant = (at: number): string => new Date(at).toISOString();

/** The query for what was sent by the first run. A list has at most 31 days. */
const firstDays = ({ id, at }: Messages): string =>
  `org_id=${id}&start=${instant(at)}&end=${instant(at + 31 * 24 * 3_600_000)}`;

async function ensureSms({ ask }: DemoContext, messages: Messages): Promise<void> {
  const { id, users, main: from } = messages;
  const sent = new Set((await all(ask, `/sms?${firstDays(messages)}`)).map(({ reference }) => reference));
  for (const [at, message] of texts.entries()) {
    const reference = `demo ${at}`;
    if (!sent.has(reference))
      await ask('PUT', `/sms?org_id=${id}`, { from, to: users[at]?.number ?? from, message, reference });
  }
}

/** E-mails to users: others get none from the address of the platform. */
async function ensureEmails({ ask }: DemoContext, tenant: Tenant, messages: Messages): Promise<void> {
  const { id, users } = messages;
  await ensure(ask, `/emailtemplates?org_id=${id}`, template);
  const sent = new Set((await all(ask, `/email?${firstDays(messages)}`)).map(({ reference }) => reference));
  for (const [at, email] of emailsOf(tenant, users).entries()) {
    if (sent.has(email.reference)) continue;
    await ask('POST', `/users/${users[at]?.id}?org_id=${id}`, { email: email.to });
    await ask('PUT', `/email?org_id=${id}`, email);
  }
}

const upload = async (link: unknown, sound: Buffer): Promise<void> => {
  const { url, headers } = link as { readonly url: string; readonly headers: Readonly<Record<string, string>> };
  const { status } = await fetch(url, { method: 'PUT', headers, body: new Uint8Array(sound) });
  // 412: it was uploaded before.
  if (status !== 200 && status !== 412) throw new DemoError(`The upload of a message is answered ${status}.`);
};

const callersIn = async ({ ask }: DemoContext, id: string, mailbox: string): Promise<ReadonlySet<unknown>> =>
  new Set((await all(ask, `/voicemail?mailbox=${mailbox}&org_id=${id}`)).map(({ caller_number: number }) => number));

const byMailbox = (tenant: Tenant, { users, at }: Messages): ReadonlyMap<string, readonly LeftMessage[]> =>
  Map.groupBy(leftMessagesOf(tenant, { users, newest: at }), ({ mailbox }) => mailbox);

/** Leaves the messages that are missing in the mailboxes. */
async function ensureVoicemail(context: DemoContext, tenant: Tenant, messages: Messages): Promise<void> {
  for (const [mailbox, left] of byMailbox(tenant, messages)) {
    const known = await callersIn(context, messages.id, mailbox);
    for (const { caller_number, caller_name, received_at, urgent, ...sounding } of left) {
      if (known.has(caller_number)) continue;
      const sound = soundOf(sounding);
      const audio = { content_type: 'audio/wav', size: sound.length, duration_seconds: sounding.seconds };
      const message = { caller_number, caller_name, received_at, urgent, ...audio };
      const { data } = await context.ask('PUT', `/voicemail/${mailbox}?org_id=${messages.id}`, message);
      await upload(data['upload'], sound);
    }
  }
}

/** Waits until the messages that were left are checked. @throws DemoError if they are not in five minutes */
export async function waitForVoicemail(context: DemoContext, tenant: Tenant, messages: Messages): Promise<void> {
  for (const [mailbox, left] of byMailbox(tenant, messages))
    for (let attempt = 0; ; attempt += 1) {
      const there = await callersIn(context, messages.id, mailbox);
      if (left.every(({ caller_number: number }) => there.has(number))) break;
      if (attempt === 600) throw new DemoError(`The messages of the mailbox ${mailbox} are not checked.`);
      await pause(500);
    }
}

export async function ensureMessages(context: DemoContext, tenant: Tenant, messages: Messages): Promise<void> {
  const { id, main, at } = messages;
  await ensureSms(context, messages);
  const log = { from: main, newest: at, days: Math.min(80, context.sizes.days) };
  // What is known is not filed again; what is older than the log takes is left out.
  await context.ask('POST', `/smslogs/push?org_id=${id}`, { logs: smsLogOf(tenant, log) });
  await ensureEmails(context, tenant, messages);
  await ensureVoicemail(context, tenant, messages);
}
