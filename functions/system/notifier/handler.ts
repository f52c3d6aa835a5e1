import { consume, consumerDependencies, type ConsumerDependencies, type Delivery } from '#runtime/consume.ts';
import type { Write } from '#dynamodb/write.ts';
import { emergencyEvent, rulesFor } from '#schema/notifier/notifier-settings.ts';
import {
  admitNotices,
  endHeld,
  isDue,
  nextRelease,
  postpone,
  quietUntil,
  releaseKept,
  releaseTime,
  type Terms,
} from './admission.ts';
import { notifier, type NotifierMessage } from './contract.ts';
import { digestWrites, noticeWrites, type Notice, type NotifierContext, type Tenant } from './notice-steps.ts';
import { decidedWrite, keepWrite, notifierStore, releaseWrite, stateWrites } from './store.ts';

/** Notices of one transaction: each has four writes at most. */
const slice = 20;

type NotifierWrite =
  | 'notice'
  | 'due'
  | 'email'
  | 'event:notifier.notice'
  | 'event:notifier.digest'
  | 'event:email.queued';

/** The terms of an organization now. */
function termsOf({ organization, settings }: Tenant, { clock }: NotifierContext): Terms {
  const now = clock();
  const { delivery_preferences: preferences } = settings;
  return {
    cap: preferences.max_notifications_per_hour,
    quietUntil: quietUntil(preferences, organization, now),
    release: releaseTime(preferences, organization, now),
    now,
  };
}

/** The organization and its settings; undefined if it is closed, or has none. */
async function tenantOf(organization: number, { tableOf }: NotifierContext): Promise<Tenant | undefined> {
  const store = notifierStore(tableOf(organization));
  const [item, settings] = await Promise.all([store.organization(), store.settings()]);
  return item === undefined || item.status === 'closed' || settings === undefined
    ? undefined
    : { organization: item, settings };
}

const keyOf = ({ event, rule }: Notice) => ({ event_id: event.id, rule_id: rule.id });

/** Decides notices, each once, however often its event comes. */
const decideNotices = (notices: readonly Notice[], tenant: Tenant, context: NotifierContext): Promise<void> => {
  const { org_id: organization } = tenant.organization;
  const ids = [...new Set(notices.map(({ event }) => event.id))];
  return context.transact(organization, async (): Promise<readonly Write<NotifierWrite>[]> => {
    const store = notifierStore(context.tableOf(organization));
    // In this order: what is decided after the state was read makes the state stale.
    const before = await store.state();
    const decided = await store.decided(ids);
    const fresh = notices.filter(({ event, rule }) => decided.get(event.id)?.includes(rule.id) !== true);
    if (fresh.length === 0) return [];
    const terms = termsOf(tenant, context);
    const wanted = fresh.map(({ event, rule }) => ({
      rule: rule.id,
      isCritical: event.severity === 'critical',
      isEmergency: event.type === emergencyEvent,
    }));
    const { outcomes, after } = admitNotices(before, wanted, terms);
    const sending = await Promise.all(
      fresh.map(async (notice, position) => {
        if (outcomes[position] === 'send') return noticeWrites(notice, tenant, context);
        return outcomes[position] === 'keep' ? [keepWrite(keyOf(notice))] : [];
      }),
    );
    const at = terms.now.toISOString();
    const marks = [...Map.groupBy(fresh, ({ event }) => event.id)].map(([id, of]) =>
      decidedWrite({ event_id: id, rules: [...(decided.get(id) ?? []), ...of.map(({ rule }) => rule.id)], at }),
    );
    return [...stateWrites(organization, before, after), ...marks, ...sending.flat()];
  });
};

/** The kept notices of a slice; one whose event or rule is gone has no notice. */
async function keptNotices({ organization, settings }: Tenant, { tableOf }: NotifierContext) {
  const store = notifierStore(tableOf(organization.org_id));
  const kept = await store.kept(slice);
  const events = new Map(
    (await store.events([...new Set(kept.map(({ event_id: id }) => id))])).map((event) => [event.id, event]),
  );
  return kept.map((key) => {
    const event = events.get(key.event_id);
    const rule = settings.notification_rules.find(({ id, enabled }) => enabled && id === key.rule_id);
    return { key, notice: event === undefined || rule === undefined ? null : { event, rule } };
  });
}

/** One step of what is held back and due: it waits while it may not be sent. @returns whether there may be another */
async function releaseStep(tenant: Tenant, context: NotifierContext): Promise<boolean> {
  const { org_id: organization, status } = tenant.organization;
  let isOver = false;
  await context.transact(organization, async (): Promise<readonly Write<NotifierWrite>[]> => {
    const before = await notifierStore(context.tableOf(organization)).state();
    const terms = termsOf(tenant, context);
    const next = nextRelease(before, terms);
    const step = next !== 'nothing' && status !== 'active' ? 'wait' : next;
    isOver = step !== 'kept';
    if (before?.held == null || step === 'nothing') return [];
    if (step === 'wait') return stateWrites(organization, before, postpone(before, terms.quietUntil ?? terms.release));
    if (step === 'digest')
      return [
        ...stateWrites(organization, before, endHeld(before)),
        ...(before.held.counted === 0 ? [] : await digestWrites(before.held, tenant, context)),
      ];
    const kept = await keptNotices(tenant, context);
    const { outcomes, after } = releaseKept(
      before,
      kept.map(({ notice }) => notice?.rule.id ?? null),
      terms,
    );
    const writes = await Promise.all(
      kept.map(async ({ key, notice }, at) => [
        releaseWrite(key),
        ...(notice !== null && outcomes[at] === 'send' ? await noticeWrites(notice, tenant, context) : []),
      ]),
    );
    return [...stateWrites(organization, before, after), ...writes.flat()];
  });
  return !isOver;
}

/** Sends what is held back and due. A repetition goes on where this one ended. */
async function release(tenant: Tenant, context: NotifierContext): Promise<void> {
  while (await releaseStep(tenant, context));
}

const slicesOf = <T>(items: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(items.length / slice) }, (_slice, at) => items.slice(at * slice, (at + 1) * slice));

/** Acts on events of an organization. @param ids null: what is held back is due */
async function actOn(organization: number, ids: readonly (string | null)[], context: NotifierContext): Promise<void> {
  const tenant = await tenantOf(organization, context);
  if (tenant === undefined) return;
  const store = notifierStore(context.tableOf(organization));
  const events = await store.events([...new Set(ids)].filter((id) => id !== null));
  const isActive = tenant.organization.status === 'active';
  // Emergency calls are possible while an organization is suspended, and so are their notices.
  const noticed = events.filter(({ type }) => isActive || type === emergencyEvent);
  const notices = noticed.flatMap((event) =>
    rulesFor(event, tenant.settings.notification_rules).map((rule): Notice => ({ event, rule })),
  );
  for (const part of slicesOf(notices)) await decideNotices(part, tenant, context);
  // What is overdue too: the message of its pointer may be among the dead letters.
  if (isDue(await store.state(), context.clock())) await release(tenant, context);
}

/** Acts on the events of an organization together; if that fails on each alone, so that one does not hold up others. */
async function settleOrganization(
  organization: number,
  ids: readonly (string | null)[],
  context: NotifierContext,
): Promise<ReadonlyMap<string | null, PromiseSettledResult<void>>> {
  const [outcome] = await Promise.allSettled([actOn(organization, ids, context)]);
  const settled = new Map(ids.map((id) => [id, outcome]));
  if (outcome.status === 'fulfilled' || settled.size === 1) return settled;
  for (const id of settled.keys()) settled.set(id, (await Promise.allSettled([actOn(organization, [id], context)]))[0]);
  return settled;
}

async function actOnAll(
  deliveries: readonly Delivery<NotifierMessage>[],
  context: NotifierContext,
): Promise<PromiseSettledResult<void>[]> {
  const organizations = Map.groupBy(deliveries, ({ message }) => message.org_id);
  const outcomes = new Map(
    await Promise.all(
      [...organizations].map(async ([organization, group]) => {
        const ids = group.map(({ message }) => message.event_id);
        return [organization, await settleOrganization(organization, ids, context)] as const;
      }),
    ),
  );
  return deliveries.flatMap(({ message }) => outcomes.get(message.org_id)?.get(message.event_id) ?? []);
}

export const notifierHandler = (dependencies: ConsumerDependencies = consumerDependencies()) =>
  consume(notifier, actOnAll, dependencies);

export const handler = notifierHandler();
