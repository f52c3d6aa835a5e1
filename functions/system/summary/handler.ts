import type { Scope } from '#contract/scopes.ts';
import { ok } from '#http/answers/answer.ts';
import { coversRecord } from '#http/authorization/own-records.ts';
import type { Handler } from '#http/handlers.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { omit } from '#schema/omit.ts';
import { getSummary, summaries } from './contract.ts';
import { summaryStore } from './store.ts';
import {
  accountOf,
  attentionOf,
  callsOf,
  comparedDays,
  countNames,
  isLastEndSoon,
  visibleCounts,
  type Sight,
} from './summary.ts';

type Store = ReturnType<typeof summaryStore>;
/** The reads of a figure, by what the caller sees of its records. */
type Readers<Figure> = { readonly all: () => Promise<Figure>; readonly own?: () => Promise<Figure> };

async function readBalance(store: Store) {
  const { profile, balance } = await store.account();
  return profile === null ? null : accountOf(profile, balance);
}

const showSummary: Handler<typeof summaries, typeof getSummary> = async ({ caller, organization, now }, { table }) => {
  const store = summaryStore(table);
  const sightOf = (scope: Scope): Sight => {
    if (!caller.scopes.has(scope)) return 'none';
    return coversRecord(caller, scope, null) ? 'all' : 'own';
  };
  const visible = async <Figure>(scope: Scope, readers: Readers<Figure>): Promise<Figure | null> => {
    const sight = sightOf(scope);
    return sight === 'none' ? null : ((await readers[sight]?.()) ?? null);
  };
  const zone = { timeZone: organization.timezone, now: now.getTime() };
  const isAtHome = caller.organization === organization.org_id;
  const isSeller = caller.reach !== 'own';
  const [counts, hours, failed_gateways, ends, new_voicemail, devices, calls_in_progress, has_cdrs, account] =
    await Promise.all([
      store.counts(countNames),
      visible('cdr:read', { all: () => store.hours(comparedDays(zone)) }),
      visible('telephony:read', { all: store.failedGateways }),
      isSeller ? visible('telephony:read', { all: store.certificateEnds }) : null,
      isAtHome && caller.scopes.has('messaging:read') ? store.newVoicemail(caller.id) : null,
      visible('telephony:read', {
        all: async () => ({ online_devices: await store.onlineDevices() }),
        own: () => store.devicesOf(caller.id),
      }),
      visible('calls:read', { all: store.callsInProgress, own: () => store.callsInProgressOf(caller.id) }),
      visible('cdr:read', {
        all: () => store.hasCdrs(organization.charge_shards),
        own: () => store.hasCdrsOf(caller.id),
      }),
      visible('billing:read', { all: () => readBalance(store) }),
    ]);
  const figures = { ...visibleCounts(counts, sightOf), ...(devices ?? { online_devices: null }) };
  const ofCalls = hours === null ? null : callsOf(hours, { ...zone, money: sightOf('billing:read') === 'all' });
  const attention = attentionOf({
    ...figures,
    isCertificateExpiring: isLastEndSoon(ends ?? [], now.toISOString()),
    ...{ failed_gateways, new_voicemail, balance: account, charges: ofCalls?.charges ?? [] },
  });
  const balance = account === null ? null : omit(account, 'isLow');
  return ok({ ...figures, calls_in_progress, has_cdrs, balance, calls: ofCalls?.calls ?? null, attention });
};

/** @param dependencies what the function uses from outside; tests pass their own */
export const summaryHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(summaries, { [getSummary.route]: showSummary }, dependencies);

export const handler = summaryHandler();
