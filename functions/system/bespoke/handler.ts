import { join } from 'node:path';
import { found } from '#errors.ts';
import { commits, created, ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { assertListsRemoveFew } from '#http/removal.ts';
import { serve } from '#http/serve.ts';
import { newConfirmation } from '#mail/confirmation.ts';
import { assetsIn, type Assets } from '#runtime/assets.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { eventCatalogueIn } from '#runtime/event-catalogue.ts';
import { assertSelectors } from '#schema/event-catalogue.ts';
import { queuedDetails } from '#schema/email.ts';
import { noticeWarnings, addressesToAsk } from '#schema/notice-recipients.ts';
import { triggerAliases, type NotifierSettings } from '#schema/notifier/notifier-settings.ts';
import { askWrites } from '../../billing/rows/notice-recipients.ts';
import { bespoke, getNotifier, getQueueMonitor, setNotifier, setQueueMonitor } from './contract.ts';
import { addressesOf, presentNotifier, recipientsOf, saveNotifier } from './notifier-settings.ts';
import { formulaWarnings, presentQueueMonitor, saveQueueMonitor } from './queue-monitor.ts';
import { bespokeStore, notifierWrites, queueMonitorWrites } from './store.ts';

type BespokeContext = Context<typeof bespoke>;

async function readQueueMonitor({ query, organization }: Request<typeof getQueueMonitor>, { table }: BespokeContext) {
  const store = bespokeStore(table);
  const { queue_id: queue = null } = query;
  const monitor = found((await store.queueMonitor(queue)) ?? (await store.queueMonitor(null)), 'Settings');
  return ok(presentQueueMonitor(monitor, organization.org_id), { version: monitor.version });
}

async function saveQueueMonitorSettings(request: Request<typeof setQueueMonitor>, { table }: BespokeContext) {
  const { organization, now, record, pinnedVersion } = request;
  const body = request.body();
  const before = await bespokeStore(table).queueMonitor(body.queue_id ?? null);
  if (before !== undefined) assertPinnedVersion(before, pinnedVersion);
  const after = saveQueueMonitor(before, body, now.toISOString());
  const entity = { type: 'bespoke', id: ['queuemon', after.queue_id ?? []].flat().join('/') };
  const answer = before === undefined ? created : ok;
  return commits(
    [
      ...queueMonitorWrites(before, after),
      record('bespoke.updated', {
        entity,
        description: 'Settings of a queue monitor saved',
        before: before ?? {},
        after,
      }),
    ],
    answer(presentQueueMonitor(after, organization.org_id), {
      message: 'Queue monitor settings saved successfully',
      warnings: formulaWarnings(after),
      version: after.version,
    }),
  );
}

async function readNotifier({ query, organization }: Request<typeof getNotifier>, { table }: BespokeContext) {
  const settings = found(await bespokeStore(table).notifier(), 'Settings');
  return ok(presentNotifier(settings, organization.org_id, query.type), { version: settings.version });
}

/** Addresses that one save asks: each takes four items of its transaction. */
const askedAtOnce = 20;

/** Asks the addresses of rules that were not asked yet, and warns of those that get no notice. */
async function askRecipients(
  after: NotifierSettings,
  { now, organization, record }: Request<typeof setNotifier>,
  { table, nextId, environment }: BespokeContext,
) {
  const addresses = addressesOf(after);
  const recipients = await bespokeStore(table).recipients(addresses);
  const unasked = addressesToAsk(addresses, recipients);
  const writes = unasked.slice(0, askedAtOnce).flatMap((address) => {
    const asked = newConfirmation(address, {
      id: nextId('eml'),
      organization: organization.org_id,
      url: environment['PUBLIC_URL'] ?? '',
      now,
    });
    return [...askWrites(asked), record('email.queued', queuedDetails(asked.email))];
  });
  const later = unasked.slice(askedAtOnce).map((address) => `recipients: ${address} is asked at the next save`);
  return { writes, warnings: [...noticeWarnings('recipients', addresses, recipients), ...later] };
}

async function saveNotifierSettings(request: Request<typeof setNotifier>, context: BespokeContext, assets: Assets) {
  const { organization, now, record, pinnedVersion } = request;
  const before = await bespokeStore(context.table).notifier();
  const body = request.body();
  const triggers = body.notification_rules.map(({ trigger }, at) => {
    return { path: `notification_rules[${at}].trigger`, selector: trigger };
  });
  assertSelectors(eventCatalogueIn(assets), triggers, triggerAliases);
  if (before !== undefined) assertPinnedVersion(before, pinnedVersion);
  if (before !== undefined) assertListsRemoveFew(before, body, request);
  const after = saveNotifier(before, body, { nextId: context.nextId, now: now.toISOString() });
  const asking = await askRecipients(after, request, context);
  const entity = { type: 'bespoke', id: 'notifier' };
  const answer = before === undefined ? created : ok;
  return commits(
    [
      ...notifierWrites(before, after),
      ...asking.writes,
      record('bespoke.updated', {
        entity,
        description: 'Settings of the notifier saved',
        before: before ?? {},
        after,
        persons: [before ?? after, after].flatMap(recipientsOf),
      }),
    ],
    answer(presentNotifier(after, organization.org_id), {
      message: 'Notifier settings saved successfully',
      warnings: asking.warnings,
      version: after.version,
    }),
  );
}

/** The function of `/bespoke`. @param assets the files beside the bundle */
export const bespokeHandler = (
  dependencies = dependenciesFromEnvironment(),
  assets: Assets = assetsIn(join(import.meta.dirname, 'assets')),
) =>
  serve(
    bespoke,
    {
      [getQueueMonitor.route]: readQueueMonitor,
      [setQueueMonitor.route]: saveQueueMonitorSettings,
      [getNotifier.route]: readNotifier,
      [setNotifier.route]: (request, context) => saveNotifierSettings(request, context, assets),
    },
    dependencies,
  );

export const handler = bespokeHandler();
