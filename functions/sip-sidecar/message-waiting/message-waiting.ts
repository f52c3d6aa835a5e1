import { second } from '#schema/time.ts';
import type { CommandOf } from '#sidecar/command.ts';
import { header } from '#sip/header-kinds.ts';
import { Field } from '#sip/headers.ts';
import { Parameters } from '#sip/parameters.ts';
import { messageSummaryType } from '#sip/subscription/message-summary.ts';
import { anyAccountRow } from '../../telephony/rows/sip-account.ts';
import type { SidecarContext } from '../leases/membership.ts';
import { LatestSender } from '../subscriptions/latest-sender.ts';
import { askContact, type ContactDependencies, type ContactRequest } from '../registrar/contact-requests.ts';
import type { Owned, OwnedBindings } from '../registrar/owned-bindings.ts';
import type { EventSource, Subscriptions } from '../subscriptions/subscriptions.ts';
import { waitAtMost } from '#concurrency/wait-at-most.ts';
import { Coalescer } from './coalescer.ts';
import { lineNamesOf, mailboxStateOf, ownerOf, summaryText, userOfLine } from './mailbox-lines.ts';
import { aorOf } from '../registrar/contacts.ts';

/** The dependencies of message waiting indication. */
export type MessageWaitingDependencies = ContactDependencies & {
  readonly context: Pick<SidecarContext, 'tableOf' | 'clock'>;
  readonly owned: Pick<OwnedBindings, 'get' | 'ofUser'>;
  readonly subscriptions: Pick<Subscriptions, 'update' | 'hasPhone'>;
  readonly fault: (error: unknown) => void;
};

/**
 * A burst of changes is sent when it pauses for this time, or after the longer one (RFC 3842 §3.10 asks for 1 s). A
 * change that soon follows waits for a longer pause, so that a burst is two NOTIFYs even if it is spread over seconds.
 */
const burst = {
  quiet: second,
  max: 5 * second,
  next: { within: 10 * second, quiet: 3 * second, max: 15 * second },
} as const;
/** A phone that registers has this time to subscribe, before it gets a NOTIFY without a subscription. */
const registrationDelay = second;
/** Registrations per run of `sendDue`, so that the phones of a power failure do not delay the other work. */
const maxRegistrations = 200;
/** Time to wait for the answer of a phone, in milliseconds. A later change is sent after it. */
const timeout = 5 * second;

/** What a phone shows since it registered. */
type Shown = { readonly user: string; readonly organization: number; readonly since: string; readonly text: string };

type Tables = Readonly<Record<'accounts' | 'organization', ReturnType<SidecarContext['tableOf']>>>;

/** A NOTIFY without a subscription, which phones accept for message waiting. */
const summaryRequest = (text: string): ContactRequest => ({
  method: 'NOTIFY',
  fields: [
    Field.of(header.event, { value: 'message-summary', parameters: Parameters.none }),
    Field.of(header.subscriptionState, { value: 'terminated', parameters: Parameters.none }),
    Field.of(header.contentType, { value: messageSummaryType, parameters: Parameters.none }),
  ],
  body: text,
  timeout,
});

/**
 * Message waiting indication (RFC 3842): the phones of this task show the counts of their users' mailboxes. The counts
 * are read when they are sent, so that the order and number of the changes do not matter.
 */
export class MessageWaiting {
  readonly #dependencies: MessageWaitingDependencies;
  readonly #changes: Coalescer;
  readonly #sender: LatestSender;
  /** By contact key. */
  readonly #shown = new Map<string, Shown>();
  /** Contact keys of new registrations, with the time at which they are sent to. The oldest is first. */
  readonly #registered = new Map<string, number>();

  constructor(dependencies: MessageWaitingDependencies) {
    this.#dependencies = dependencies;
    this.#sender = new LatestSender();
    this.#changes = new Coalescer(burst, (key) => this.#update(key));
  }

  /** Sends the present counts to the phones of the owners of mailboxes, and of users. Ends when they are sent. */
  async send({ organization, mailboxes, users }: CommandOf<'message-summary'>): Promise<void> {
    const table = this.#dependencies.context.tableOf(organization);
    const owners = await Promise.all(mailboxes.map((mailbox) => ownerOf(table, mailbox)));
    const concerned = new Set([...users, ...owners.filter((owner) => owner !== null)]);
    await Promise.all([...concerned].map((user) => this.#changes.request(`${organization} ${user}`)));
  }

  /** Remembers a phone that has registered, or was taken over from another task. */
  register({ binding }: Owned): void {
    const { contact_key: key } = binding;
    this.#shown.delete(key);
    this.#registered.delete(key);
    this.#registered.set(key, this.#dependencies.context.clock().getTime() + registrationDelay);
  }

  /** Sends the counts to the phones that have registered, without waiting for their answers. */
  sendDue(): void {
    const { owned, context, fault } = this.#dependencies;
    const now = context.clock().getTime();
    const due = [...this.#registered].filter(([, at]) => at <= now).slice(0, maxRegistrations);
    for (const [key] of due) this.#registered.delete(key);
    const phones = due.flatMap(([key]) => owned.get(key) ?? []);
    for (const [organization, group] of Map.groupBy(phones, (phone) => phone.organization))
      for (const [at, sent] of this.#sendTo(organization, group).entries())
        sent.catch((error: unknown) => {
          fault(error);
          const phone = group[at];
          if (phone !== undefined) this.register(phone);
        });
  }

  /** Forgets phones that this task does not own any more. */
  forgetLost(): void {
    for (const key of this.#shown.keys()) if (this.#dependencies.owned.get(key) === undefined) this.#shown.delete(key);
  }

  /** Sends what waits. */
  close(): Promise<void> {
    return this.#changes.close();
  }

  async #update(key: string): Promise<void> {
    const { context, subscriptions, owned } = this.#dependencies;
    const [number = '', user = ''] = key.split(' ');
    const organization = Number(number);
    const names = await lineNamesOf(context.tableOf(organization), user);
    const keys = new Set(names.flatMap((name) => owned.ofUser(name)).map(({ contact_key: contact }) => contact));
    // Lines that are not the user's any more, too.
    for (const [contact, shown] of this.#shown)
      if (shown.user === user && shown.organization === organization) keys.add(contact);
    const phones = [...keys].flatMap((contact) => owned.get(contact) ?? []);
    const sent = [
      subscriptions.update({ package: 'message-summary', organization, resource: user }),
      ...this.#sendTo(organization, phones),
    ];
    // A phone that does not answer is not waited for longer.
    await waitAtMost(timeout, Promise.all(sent));
  }

  /** Reads that several phones start at the same time share their round trips. */
  #sendTo(organization: number, phones: readonly Owned[]): Promise<unknown>[] {
    const { tableOf } = this.#dependencies.context;
    const tables = { accounts: tableOf(0), organization: tableOf(organization) };
    return phones.map(({ binding: { contact_key: key } }) =>
      this.#sender.send(key, () => this.#sendToPhone(key, tables)),
    );
  }

  /** Reads the mailbox of the phone's line, and sends its counts if the phone does not show them yet. */
  async #sendToPhone(key: string, tables: Tables): Promise<void> {
    const { owned, subscriptions } = this.#dependencies;
    const phone = owned.get(key);
    const account = phone === undefined ? undefined : await tables.accounts.get(anyAccountRow, phone.binding);
    if (phone === undefined || account === undefined || subscriptions.hasPhone('message-summary', phone.binding))
      return;
    const user = await userOfLine(tables.organization, account);
    const state = user === null ? undefined : await mailboxStateOf(tables.organization, user);
    const text = summaryText(account, state);
    const since = phone.binding.registered_at;
    if (!this.#needs(key, { text, since }, state !== undefined)) return;
    const { kind } = await askContact(this.#dependencies, phone.binding, summaryRequest(text));
    if (state === undefined || user === null) this.#shown.delete(key);
    else if (kind === 'answered') this.#shown.set(key, { user, organization: phone.organization, since, text });
  }

  /** Whether a phone has to be sent a text. Without a mailbox it has, if it shows what it had. */
  #needs(key: string, { text, since }: Pick<Shown, 'text' | 'since'>, hasMailbox: boolean): boolean {
    const before = this.#shown.get(key);
    return hasMailbox ? before?.text !== text || before.since !== since : before !== undefined;
  }
}

/**
 * The event package message-summary: a line may subscribe to the mailbox of its user, which it names by its own
 * extension or user name, or by the mailbox. Any other name gets 403, whether there is such a mailbox or not.
 */
export const mailboxEvents = ({ tableOf }: Pick<SidecarContext, 'tableOf'>): EventSource => ({
  resourceOf: async (request, account) => {
    const table = tableOf(account.org_id);
    const user = await userOfLine(table, account);
    const state = user === null ? undefined : await mailboxStateOf(table, user);
    const target = aorOf(request.uri)?.user;
    const extension = account.kind === 'line' ? undefined : account.extension;
    const isOwn = [account.sip_username, extension, state?.mailbox].includes(target);
    if (target === undefined || !isOwn) return { status: 403 };
    return user === null || state === undefined ? { status: 404 } : user;
  },
  bodyOf: async ({ organization, resource: user, username: sip_username, domain }) => {
    const table = tableOf(organization);
    const account = await tableOf(0).get(anyAccountRow, { sip_username });
    if (account === undefined || (await userOfLine(table, account)) !== user) return undefined;
    const state = await mailboxStateOf(table, user);
    return state === undefined ? undefined : summaryText({ sip_username, domain }, state);
  },
});
