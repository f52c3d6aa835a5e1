import { setTimeout as pause } from 'node:timers/promises';
import { isDueWorkLate } from '#dynamodb/rows/due.ts';
import { isAlive, sidecarTaskRow, sidecarTasks } from '#dynamodb/rows/lease.ts';
import { organizationRow, operatorOrganization } from '#dynamodb/rows/organization.ts';
import type { DocumentAnswer } from '#http/answers/answer.ts';
import type { Context } from '#http/handlers.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { serve } from '#http/serve.ts';
import { queuesFromEnvironment } from '#queue/queues.ts';
import { version } from '#version.ts';
import { second } from '#schema/time.ts';
import { getHealth, healthChecks } from './contract.ts';
import { statusOf, type Check, type Checks, type Dependency, type Health } from './health.ts';

type HealthContext = Context<typeof healthChecks>;

/** How long results are reused, and after which time a dependency counts as down. Milliseconds. */
const resultTtl = 5 * second;
const timeout = 2 * second;

const probes: Readonly<Record<Dependency, (context: HealthContext) => Promise<unknown>>> = {
  database: ({ tableOf }) => tableOf(operatorOrganization).get(organizationRow, {}),
  queue: ({ queues }) => queues.depth('cdr-ingest'),
  sip: async ({ tableOf, clock }) => {
    const { items } = await tableOf(0).query(sidecarTaskRow, sidecarTasks);
    if (!items.some((task) => isAlive(task, clock().getTime()))) throw new Error('no task of the sidecar is alive');
  },
  timers: async ({ tableOf }) => {
    if (await isDueWorkLate(tableOf(0))) throw new Error('the sweeper has passed over timers');
  },
};

const tooLate = (): Promise<never> =>
  pause(timeout, undefined, { ref: false }).then(() => Promise.reject(new Error(`no answer within ${timeout} ms`)));

async function checkOne(context: HealthContext, probe: (context: HealthContext) => Promise<unknown>): Promise<Check> {
  const began = performance.now();
  const status = await Promise.race([probe(context), tooLate()]).then(
    () => 'ok' as const,
    () => 'down' as const,
  );
  return { status, latency_ms: Math.round(performance.now() - began) };
}

async function checkAll(context: HealthContext): Promise<Checks> {
  const found = await Promise.all(
    Object.entries(probes).map(async ([name, probe]) => [name, await checkOne(context, probe)] as const),
  );
  return Object.fromEntries(found);
}

/** Requests within the TTL of the results share one check. */
function sharedChecks(): (context: HealthContext, now: number) => Promise<Checks> {
  let latest: { readonly until: number; readonly checks: Promise<Checks> } | undefined;
  return (context, now) => {
    if (latest === undefined || latest.until <= now) latest = { until: now + resultTtl, checks: checkAll(context) };
    return latest.checks;
  };
}

const answered = (health: Health): DocumentAnswer<200 | 503> => ({
  kind: 'document',
  status: health.status === 'ok' ? 200 : 503,
  contentType: 'application/json',
  body: JSON.stringify(health),
});

/** @param dependencies what the function touches; tests bring their own */
export const healthHandler = (dependencies = dependenciesFromEnvironment({ queues: queuesFromEnvironment() })) => {
  const checksAt = sharedChecks();
  return serve(
    healthChecks,
    {
      [getHealth.route]: async ({ query, now }, context) => {
        const checks = query.live === true ? {} : await checksAt(context, now.getTime());
        return answered({ status: statusOf(checks), version, uptime_s: Math.floor(process.uptime()), checks });
      },
    },
    dependencies,
  );
};

export const handler = healthHandler();
